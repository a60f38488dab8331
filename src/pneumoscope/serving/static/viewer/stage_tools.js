// @ts-check
/** The tools below a film. */

import { el, fill, icon } from "../elements.js";
import { numeral, words } from "../language.js";
import { CLOSER } from "./placement.js";

/** @import { Pane, Tool } from "./pane.js" */
/** @import { Tones } from "./tones.js" */

const OPACITY = 60; // as in the overlays that the package writes
/** @type {[Tool, string][]} */
const TOOLS = [
  ["move", "V"],
  ["window", "W"],
  ["ruler", "L"],
  ["angle", "G"],
];

/**
 * What tools are used on: `pane` is the one that is looked at.
 *
 * @typedef {object} Bench
 * @property {() => Pane} pane
 * @property {() => Pane[]} panes
 * @property {() => void} pin
 * @property {() => boolean} isPinned
 * @property {HTMLElement} stage
 */

/** Buttons and sliders; `tell` is called when what they show has changed. */
export class StageTools {
  #bench;
  #heat = button("heat", words.viewer.heat, "H", () => this.toggleHeat(), words.viewer.heat);
  #opacity = slider(words.viewer.opacity, OPACITY, () => this.#style());
  #least = slider(words.viewer.least, 0, () => this.#style());
  #drag = TOOLS.map(([tool, key]) => button(tool, words.viewer[tool], key, () => this.choose(tool)));
  #unmeasure = button("bin", words.viewer.unmeasure, "Backspace", () => this.#bench.pane().unmeasure("all"));
  #levels = el("select", { "aria-label": words.viewer.levels, title: words.viewer.levels, onchange: () => this.#useLevels() });
  #invert = button("invert", words.viewer.invert, "I", () => this.#bench.pane().colour(invert));
  #scale = el("output", { class: "scale" });
  #pin = button("beside", words.viewer.pin, "P", () => this.#bench.pin());
  #full = button("full", words.viewer.fullScreen, "F", () => this.fullScreen());
  /** Whose windows are offered. @type {unknown} */
  #offered = null;

  element;

  /** @param {Bench} bench */
  constructor(bench) {
    this.#bench = bench;
    const placed = (/** @type {(placement: Pane["placement"]) => void} */ change) => () => bench.pane().place(change);
    this.element = el(
      "div",
      { class: "stage-tools", role: "group", "aria-label": words.viewer.tools },
      el("span", { class: "tool-group heat-tools" }, this.#heat, named(words.viewer.opacityShort, this.#opacity), named(words.viewer.leastShort, this.#least)),
      el("span", { class: "tool-group", role: "group", "aria-label": words.viewer.dragging }, this.#drag, this.#unmeasure),
      el("span", { class: "tool-group" }, this.#levels, this.#invert),
      el(
        "span",
        { class: "tool-group" },
        button("turn", words.viewer.turn, "R", placed((placement) => placement.turn())),
        button("mirror", words.viewer.mirror, "M", placed((placement) => placement.mirror())),
      ),
      el(
        "span",
        { class: "tool-group zoom" },
        button("minus", words.viewer.farther, "−", placed((placement) => placement.magnify(1 / CLOSER))),
        this.#scale,
        button("plus", words.viewer.closer, "+", placed((placement) => placement.magnify(CLOSER))),
        button("whole", words.viewer.whole, "0", placed((placement) => placement.fit())),
        button("own-size", words.viewer.ownSize, "O", placed((placement) => placement.magnifyTo(1))),
      ),
      el("span", { class: "tool-group" }, this.#pin, this.#full),
    );
    this.#full.hidden = !document.fullscreenEnabled;
    press(this.#heat, true);
    this.#style();
    this.choose("move");
  }

  toggleHeat() {
    press(this.#heat, !isPressed(this.#heat));
    this.#style();
  }

  /** What dragging does from now on. @param {Tool} tool */
  choose(tool) {
    if ((tool === "ruler" || tool === "angle") && this.#drag[2].disabled) return;
    for (const [place, [name]] of TOOLS.entries()) press(this.#drag[place], name === tool);
    for (const pane of this.#bench.panes()) pane.useTool(tool);
  }

  fullScreen() {
    if (document.fullscreenElement) void document.exitFullscreen();
    else if (document.fullscreenEnabled) void this.#bench.stage.requestFullscreen();
  }

  /** Show how the pane is that is looked at. */
  tell() {
    const pane = this.#bench.pane();
    this.#scale.value = pane.record ? `${numeral(100 * pane.placement.scale)} %` : "";
    press(this.#invert, pane.tones.inverted);
    press(this.#pin, this.#bench.isPinned());
    const canMeasure = Boolean(pane.film?.spacing);
    for (const one of this.#drag.slice(2)) {
      one.disabled = !canMeasure;
      const [what, key] = [one.ariaLabel ?? "", one.getAttribute("aria-keyshortcuts") ?? ""];
      one.title = canMeasure || !pane.film ? words.viewer.withKey(what, key) : `${what}: ${words.viewer.noSpacing}`;
    }
    if (!canMeasure && (pane.tool === "ruler" || pane.tool === "angle")) this.choose("move");
    this.#unmeasure.hidden = pane.measures.isEmpty;
    this.#offerLevels(pane);
  }

  /** @param {Pane} pane */
  #offerLevels(pane) {
    const windows = pane.film?.windows ?? [];
    if (this.#offered !== windows) {
      this.#offered = windows;
      const names = windows.map(({ explanation, width, centre }) =>
        words.viewer.ownWindow(explanation, numeral(width), numeral(centre)),
      );
      fill(
        this.#levels,
        el("option", { value: "judged" }, words.viewer.asJudged),
        names.map((name, place) => el("option", { value: place }, name)),
        el("option", { value: "all" }, words.viewer.wholeRange),
        el("option", { value: "custom", hidden: true }, words.viewer.custom),
      );
    }
    this.#levels.disabled = !pane.film;
    this.#levels.value = String(pane.tones.choice);
  }

  #useLevels() {
    const { value } = this.#levels;
    const choice = value === "judged" || value === "all" ? value : Number(value);
    this.#bench.pane().colour((tones) => (tones.choice = choice));
  }

  #style() {
    const style = {
      isShown: isPressed(this.#heat),
      opacity: Number(this.#opacity.value) / 100,
      least: Number(this.#least.value) / 100,
    };
    this.#opacity.setAttribute("aria-valuetext", `${this.#opacity.value} %`);
    this.#least.setAttribute("aria-valuetext", words.viewer.leastText(`${this.#least.value} %`));
    for (const pane of this.#bench.panes()) pane.useStyle(style);
  }
}

/** Dark for bright. @param {Tones} tones */
export const invert = (tones) => (tones.inverted = !tones.inverted);

/** @param {string} drawing @param {string} what @param {string} key @param {() => void} onclick @param {string} [text] */
function button(drawing, what, key, onclick, text = "") {
  const title = words.viewer.withKey(what, key);
  return el(
    "button",
    { type: "button", title, "aria-label": what, "aria-keyshortcuts": key, onclick },
    icon(drawing),
    text,
  );
}

/** A slider with a name beside it; it has a longer one for those who hear it.
 * @param {string} name @param {HTMLInputElement} one */
const named = (name, one) => el("label", { class: "slider" }, el("span", { class: "quiet", "aria-hidden": "true" }, name), one);

/** @param {string} label @param {number} value @param {() => void} oninput */
const slider = (label, value, oninput) =>
  el("input", { type: "range", min: 0, max: 100, value, "aria-label": label, title: label, oninput });

/** @param {HTMLButtonElement} one */
const isPressed = (one) => one.getAttribute("aria-pressed") === "true";

/** @param {HTMLButtonElement} one @param {boolean} isOn */
const press = (one, isOn) => one.setAttribute("aria-pressed", String(isOn));

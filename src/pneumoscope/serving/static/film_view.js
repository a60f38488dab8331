// @ts-check
/** The film, large, with its heat laid over it. */

import { picture } from "./api.js";
import { el, fill, icon } from "./elements.js";
import { findingsOf } from "./words.js";
import { makeZoomable } from "./zoom.js";

/** @import { ReadFilm } from "./records.js" */

const FILM_SIZE = 2048;
const HEAT_SIZE = 128; // enough for a map of a few cells
const CLOSER = 1.5;
const OPACITY = 60; // as in the overlays that the package writes
const PATIENCE = 150; // milliseconds until the stage says that it waits
const COURSE = "from clear through red to yellow";

/** A stage with a film on it, and what is done with it. */
export class FilmView {
  #film = el("img", { class: "film", alt: "", draggable: "false" });
  #heat = el("img", { class: "heat", alt: "", draggable: "false" });
  #message = el("p", { class: "stage-message", role: "status" });
  #sheet = el("div", { class: "sheet" }, this.#film, this.#heat);
  #frame = el("div", { class: "frame" }, this.#sheet, this.#message);
  #opacity = el("input", {
    type: "range",
    min: 0,
    max: 100,
    value: OPACITY,
    "aria-label": "Opacity of the heat",
    title: "Opacity of the heat",
    oninput: () => this.#apply(),
  });
  #toggle = el(
    "button",
    { type: "button", "aria-pressed": "true", "aria-keyshortcuts": "h", onclick: () => this.toggleHeat() },
    icon("heat"),
    "Heat",
  );
  #inverse = el(
    "button",
    { type: "button", "aria-pressed": "false", "aria-keyshortcuts": "i", onclick: () => this.invert() },
    icon("invert"),
    "Invert",
  );
  #scale = el("output", { class: "scale" }, "100 %");
  #legend = el("span", { class: "legend-name" });
  #class = el("select", { "aria-label": "Evidence for", onchange: () => this.#load() });
  #zoom = makeZoomable(this.#frame, this.#sheet, (scale) => {
    this.#scale.value = `${Math.round(100 * scale)} %`;
  });
  /** @type {AbortController} */
  #loading = new AbortController();
  /** @type {ReadFilm | null} */
  #record = null;

  #stage;
  #tellOfHeat;

  /**
   * @param {HTMLElement} stage what it is built in
   * @param {(film: ReadFilm, strongest: number) => void} tellOfHeat is told how strong the heat for
   * a film's class of interest is at most, 0 to 1, once that is known
   */
  constructor(stage, tellOfHeat) {
    this.#stage = stage;
    this.#tellOfHeat = tellOfHeat;
    fill(
      stage,
      el(
        "div",
        { class: "viewport" },
        this.#frame,
        el(
          "p",
          { class: "legend" },
          this.#legend,
          this.#class,
          el("span", { class: "quiet" }, "none"),
          el("span", { class: "colours", role: "img", "aria-label": COURSE }),
          el("span", { class: "quiet" }, "full"),
        ),
      ),
      el(
        "div",
        { class: "stage-tools", role: "group", "aria-label": "View" },
        this.#toggle,
        this.#opacity,
        el(
          "span",
          { class: "zoom" },
          tool("minus", "Farther (−)", () => this.closer(-1)),
          this.#scale,
          tool("plus", "Closer (+)", () => this.closer(1)),
          tool("whole", "Whole film (0)", () => this.wholeFilm()),
        ),
        this.#inverse,
      ),
    );
    this.#apply();
  }

  /** Show a film with the evidence for its class of interest. @param {ReadFilm} record */
  show(record) {
    const isOther = this.#record?.id !== record.id;
    this.#record = record;
    const names = findingsOf(record);
    fill(this.#class, ...names.concat(record.normal_class ?? []).map((name) => el("option", {}, name)));
    this.#class.value = record.class_of_interest;
    this.#class.hidden = names.length < 2;
    this.#legend.textContent = `Evidence for ${names.length < 2 ? record.class_of_interest : ""}`;
    if (isOther) {
      this.#zoom.reset();
      this.#sheet.style.setProperty("--ratio", String(record.width / record.height));
      this.#empty();
    }
    this.#load();
  }

  /** Show nothing. */
  clear() {
    this.#loading.abort();
    this.#record = null;
    this.#empty();
    this.#message.textContent = "";
    this.#class.hidden = true;
    this.#frame.removeAttribute("aria-busy");
  }

  #empty() {
    for (const image of [this.#film, this.#heat]) drop(image);
    this.#stage.classList.add("empty");
  }

  toggleHeat() {
    press(this.#toggle);
    this.#apply();
  }

  invert() {
    press(this.#inverse);
    this.#apply();
  }

  /** @param {number} steps closer, or farther where that is negative */
  closer(steps) {
    this.#zoom.by(CLOSER ** steps);
  }

  wholeFilm() {
    this.#zoom.reset();
  }

  #apply() {
    this.#heat.hidden = !isPressed(this.#toggle);
    this.#heat.style.opacity = String(Number(this.#opacity.value) / 100);
    this.#opacity.setAttribute("aria-valuetext", `${this.#opacity.value} %`);
    this.#film.classList.toggle("inverse", isPressed(this.#inverse));
  }

  async #load() {
    const record = /** @type {ReadFilm} */ (this.#record);
    this.#loading.abort();
    this.#loading = new AbortController();
    const { signal } = this.#loading;
    const isKept = record.film_kept !== "none";
    const name = this.#class.value;
    const path = `v1/predictions/${record.id}`;
    this.#film.hidden = !isKept;
    this.#film.alt = `Film ${record.film}`;
    this.#heat.alt = `Where the film speaks for ${name}`;
    this.#sheet.classList.toggle("bare", !isKept);
    this.#message.textContent = "";
    this.#frame.setAttribute("aria-busy", "true");
    const waiting = setTimeout(() => (this.#message.textContent = "The picture is loading."), PATIENCE);
    try {
      await Promise.all([
        isKept && put(this.#film, `${path}/film?size=${FILM_SIZE}`, signal),
        put(this.#heat, `${path}/heatmap?class=${encodeURIComponent(name)}`, signal),
      ]);
      if (signal.aborted) return;
      this.#message.textContent = isKept ? "" : "The film was not kept. This is its heat alone.";
      if (name === record.class_of_interest) this.#tellOfHeat(record, strongest(this.#heat));
    } catch (error) {
      if (signal.aborted) return;
      this.#message.textContent = `The picture could not be shown: ${/** @type {Error} */ (error).message}`;
    } finally {
      clearTimeout(waiting);
    }
    this.#stage.classList.remove("empty");
    this.#frame.removeAttribute("aria-busy");
  }
}

/** @param {HTMLImageElement} image @param {string} path @param {AbortSignal} signal */
async function put(image, path, signal) {
  if (image.dataset.path === path && image.src) return;
  drop(image); // the one before would be taken for this one, until it comes and where it does not
  image.src = await picture(path, signal);
  image.dataset.path = path;
  await image.decode();
}

/** How opaque a picture is at most, 0 to 1: heat is as opaque as there is evidence.
 * @param {HTMLImageElement} image */
export function strongest(image) {
  const canvas = el("canvas", { width: HEAT_SIZE, height: HEAT_SIZE });
  const paper = canvas.getContext("2d", { willReadFrequently: true });
  if (!paper) throw new Error("this browser has no room for a picture");
  paper.drawImage(image, 0, 0, HEAT_SIZE, HEAT_SIZE);
  const { data } = paper.getImageData(0, 0, HEAT_SIZE, HEAT_SIZE);
  let most = 0;
  for (let place = 3; place < data.length; place += 4) most = Math.max(most, data[place]);
  return most / 255;
}

/** Give a picture back. @param {HTMLImageElement} image */
function drop(image) {
  if (image.src) URL.revokeObjectURL(image.src);
  image.removeAttribute("src");
}

/** A button with a drawing alone. @param {string} drawing @param {string} label @param {() => void} onclick */
const tool = (drawing, label, onclick) =>
  el("button", { type: "button", title: label, "aria-label": label, onclick }, icon(drawing));

/** @param {HTMLButtonElement} button */
const isPressed = (button) => button.getAttribute("aria-pressed") === "true";

/** @param {HTMLButtonElement} button */
const press = (button) => button.setAttribute("aria-pressed", String(!isPressed(button)));

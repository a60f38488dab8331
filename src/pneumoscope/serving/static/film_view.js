// @ts-check
/** The stage: the film, large, another one beside it if wanted, and what is done with them. */

import { isHidden } from "./blind.js";
import { el, fill } from "./elements.js";
import { words } from "./language.js";
import { show } from "./messages.js";
import { Pane } from "./viewer/pane.js";
import { CLOSER } from "./viewer/placement.js";
import { invert, StageTools } from "./viewer/stage_tools.js";
import { findingsOf } from "./words.js";

/** @import { ReadFilm } from "./records.js" */

/** A stage with a film on it. */
export class FilmView {
  #pane = new Pane();
  /** Another film, to be compared with. @type {Pane | null} */
  #beside = null;
  /** What the tools are for. */
  #active = this.#pane;
  #panes = el("div", { class: "panes" });
  #rendering = el("p", { class: "rendering" });
  #legend = el("span", { class: "legend-name" });
  #class = el("select", { "aria-label": words.viewer.evidenceChoice, onchange: () => void this.#load() });
  #tools;
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
    this.#tools = new StageTools({
      pane: () => this.#active,
      panes: () => [this.#pane, ...(this.#beside ? [this.#beside] : [])],
      pin: () => this.pin(),
      isPinned: () => this.#beside !== null,
      stage,
    });
    this.#panes.append(this.#pane.frame);
    fill(
      stage,
      el(
        "div",
        { class: "viewport" },
        this.#panes,
        this.#rendering,
        el(
          "p",
          { class: "legend" },
          this.#legend,
          this.#class,
          el("span", { class: "quiet" }, words.viewer.none),
          el("span", { class: "colours", role: "img", "aria-label": words.viewer.colours }),
          el("span", { class: "quiet" }, words.viewer.full),
        ),
      ),
      this.#tools.element,
    );
    this.#adopt(this.#pane);
    this.clear();
  }

  /** Show a film with the evidence for its class of interest. @param {ReadFilm} record */
  show(record) {
    const names = findingsOf(record);
    fill(this.#class, ...names.concat(record.normal_class ?? []).map((name) => el("option", {}, name)));
    this.#class.value = record.class_of_interest;
    this.#class.hidden = names.length < 2;
    this.#legend.textContent = words.viewer.evidence(names.length < 2 ? record.class_of_interest : "");
    if (this.#pane.record?.id !== record.id) this.#stage.classList.add("empty");
    void this.#load(record);
    if (this.#beside?.record?.id === record.id) this.#beside.record = record; // its reviews
    this.#activate(this.#pane);
  }

  /** Show nothing. */
  clear() {
    this.#pane.clear();
    this.#stage.classList.add("empty");
    this.#class.hidden = true;
  }

  /** Keep the film that is open beside those that are opened next; or keep none. */
  pin() {
    if (this.#beside) {
      this.#beside.free();
      this.#beside = null;
    } else if (this.#pane.record) {
      const { record } = this.#pane;
      this.#beside = new Pane();
      this.#beside.useStyle(this.#pane.style);
      this.#beside.useTool(this.#pane.tool);
      this.#panes.prepend(this.#beside.frame);
      this.#adopt(this.#beside);
      void this.#beside.show(record, record.class_of_interest);
      show(words.viewer.pinned, words.viewer.pinnedHow);
    }
    this.#activate(this.#pane);
  }

  /** What single keys do. @type {Record<string, () => void>} */
  keys = {
    h: () => this.#tools.toggleHeat(),
    i: () => this.#active.colour(invert),
    r: () => this.#active.place((placement) => placement.turn()),
    m: () => this.#active.place((placement) => placement.mirror()),
    v: () => this.#tools.choose("move"),
    w: () => this.#tools.choose("window"),
    l: () => this.#tools.choose("ruler"),
    g: () => this.#tools.choose("angle"),
    f: () => this.#tools.fullScreen(),
    p: () => this.pin(),
    "+": () => this.#active.place((placement) => placement.magnify(CLOSER)),
    "-": () => this.#active.place((placement) => placement.magnify(1 / CLOSER)),
    0: () => this.#active.place((placement) => placement.fit()),
    o: () => this.#active.place((placement) => placement.magnifyTo(1)),
  };

  async #load(record = this.#pane.record) {
    if (!record) return;
    const strongest = await this.#pane.show(record, this.#class.value);
    if (this.#pane.record === record) this.#stage.classList.remove("empty");
    if (strongest !== null && this.#class.value === record.class_of_interest) {
      this.#tellOfHeat(record, strongest);
    }
  }

  /** @param {Pane} pane */
  #adopt(pane) {
    pane.addEventListener("change", () => this.#tell());
    for (const kind of ["pointerdown", "focusin"]) {
      pane.frame.addEventListener(kind, () => this.#activate(pane));
    }
  }

  /** Let the tools be for one of the panes. @param {Pane} pane */
  #activate(pane) {
    this.#active = pane;
    this.#tell();
  }

  #tell() {
    const isPair = this.#beside !== null;
    this.#panes.classList.toggle("pair", isPair);
    for (const one of [this.#pane, this.#beside]) {
      if (!one) continue;
      const { record } = one;
      one.frame.classList.toggle("active", isPair && one === this.#active);
      // Its answer may change, and is the panel's to tell.
      one.title = isPair && record ? record.film : "";
      one.frame.classList.toggle("blind-film", record !== null && isHidden(record));
    }
    const { tones, measures } = this.#active;
    const lines = [tones.line, measures.isEmpty ? "" : words.viewer.lengths];
    this.#rendering.textContent = this.#rendering.title = lines.filter(Boolean).join(" · ");
    this.#tools.tell();
  }
}

// @ts-check
/** One film in its frame, with heat and measures over it. */

import { el } from "../elements.js";
import { words } from "../language.js";
import { Heat } from "./heat.js";
import { listenToPane } from "./hands.js";
import { Measures } from "./measures.js";
import { Picture } from "./picture.js";
import { Placement } from "./placement.js";
import { Tones } from "./tones.js";
import { filmValues } from "./values.js";

/** @import { ReadFilm } from "../records.js" */
/** @import { Place } from "./placement.js" */
/** @import { FilmValues } from "./values.js" */

/** @typedef {"move" | "window" | "ruler" | "angle"} Tool */
/** How heat is shown: `least` is the evidence from which on it is, 0 to 1.
 * @typedef {{isShown: boolean, opacity: number, least: number}} HeatStyle */

const PREVIEW = 1280; // pixels of the longer side; what is larger comes in this size first
const PATIENCE = 150; // milliseconds until it is said that something is waited for
const DENSEST = 2; // pixels of the canvas for one of CSS
const STEP = 1 / 32; // of the whole range of a film's values, for a key
const CROSS_STEP = 4; // pixels of CSS

/** A frame that shows a film. Tells `change` when what can be asked of it is another. */
export class Pane extends EventTarget {
  picture = new Picture(() => this.#paintSoon());
  placement = new Placement();
  tones = new Tones();
  /** @type {ReadFilm | null} */
  record = null;
  /** What dragging does. @type {Tool} */
  tool = "move";
  /** @type {HeatStyle} */
  style = { isShown: true, opacity: 0.6, least: 0 };

  #heatCanvas = el("canvas", { class: "heat", role: "img" });
  #heat = new Heat(this.#heatCanvas);
  #drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  measures = new Measures(this.#drawing);
  #message = el("p", { class: "stage-message", role: "status" });
  #title = el("p", { class: "pane-title" });
  frame = el("div", { class: "frame", tabindex: 0, role: "group" }, this.#heatCanvas, this.#message, this.#title);
  #loading = new AbortController();
  /** Whether the film is here in its own size. */
  #isComplete = false;
  #density = 1;
  /** Where the next place of a measure would be set. @type {Place | null} */
  #pointer = null;
  #isDue = false;

  constructor() {
    super();
    this.#drawing.classList.add("measures");
    this.#drawing.setAttribute("aria-hidden", "true");
    this.picture.canvas.className = "film";
    this.picture.canvas.setAttribute("role", "img");
    this.frame.prepend(this.picture.canvas);
    this.#heatCanvas.after(this.#drawing);
    new ResizeObserver(() => this.#resize()).observe(this.frame);
    listenToPane(this);
  }

  /** The film, where it has come. */
  get film() {
    return this.picture.film;
  }

  /** What is told of the shown film beside others. @param {string} text */
  set title(text) {
    this.#title.textContent = this.#title.title = text;
  }

  /**
   * Show a film with the evidence for a class. Whoever asks learns how strong that is at most, 0
   * to 1; `null` where it did not come, or something else was asked for meanwhile.
   *
   * @param {ReadFilm} record
   * @param {string} name of the class
   * @returns {Promise<number | null>}
   */
  async show(record, name) {
    const isOther = this.record?.id !== record.id;
    if (isOther) this.#begin(record);
    this.record = record;
    this.#loading.abort();
    this.#loading = new AbortController();
    const { signal } = this.#loading;
    const isKept = record.film_kept !== "none";
    this.frame.setAttribute("aria-label", words.viewer.film(record.film));
    this.picture.canvas.setAttribute("aria-label", words.viewer.film(record.film));
    this.#heatCanvas.setAttribute("aria-label", words.viewer.heatFor(name));
    this.picture.canvas.hidden = !isKept;
    this.#heatCanvas.classList.toggle("bare", !isKept);
    this.#message.textContent = "";
    this.frame.setAttribute("aria-busy", "true");
    const waiting = setTimeout(() => (this.#message.textContent = words.viewer.loading), PATIENCE);
    try {
      const path = `v1/predictions/${record.id}/heatmap?class=${encodeURIComponent(name)}`;
      await Promise.all([
        isKept && !this.#isComplete && this.#load(record, signal),
        this.#heat.load(path, signal),
      ]);
      if (signal.aborted) return null;
      this.#message.textContent = isKept ? "" : words.viewer.notKept;
      this.#cutHeat();
      this.#paintSoon();
      return this.#heat.strongest;
    } catch (error) {
      if (!signal.aborted) {
        this.#message.textContent = words.viewer.failed(/** @type {Error} */ (error).message);
      }
      return null;
    } finally {
      clearTimeout(waiting);
      if (!signal.aborted) this.frame.removeAttribute("aria-busy");
    }
  }

  /** @param {ReadFilm} record */
  #begin(record) {
    this.clear();
    this.placement.begin(record.width, record.height);
  }

  /** The film: soon in the size of a screen, then in its own. @param {ReadFilm} record @param {AbortSignal} signal */
  async #load(record, signal) {
    const isLarge = Math.max(record.width, record.height) > PREVIEW;
    for (const size of isLarge && !this.film ? [PREVIEW, null] : [null]) {
      const film = await filmValues(record.id, size, signal);
      if (signal.aborted) return;
      this.#take(film);
    }
    this.#isComplete = true;
  }

  /** @param {FilmValues} film */
  #take(film) {
    if (film.spacing) this.measures.spacing = film.spacing;
    this.tones.know(film);
    this.picture.take(film, this.tones.gray);
    this.#message.textContent = "";
    this.#paint(); // not soon: whoever looks has waited
    this.#tell();
  }

  /** Show nothing. */
  clear() {
    this.#loading.abort();
    this.record = null;
    this.tones.begin();
    this.#isComplete = false;
    this.picture.take(null, this.tones.gray);
    this.picture.canvas.hidden = true;
    this.#heat.clear();
    this.measures.clear();
    this.#pointer = null;
    this.#message.textContent = "";
    this.frame.removeAttribute("aria-busy");
    this.#paintSoon();
    this.#tell();
  }

  /** Give everything back; it shows nothing any more. */
  free() {
    this.clear();
    this.picture.free();
    this.frame.remove();
  }

  /** Show the film in other tones. @param {(tones: Tones) => void} change */
  colour(change) {
    change(this.tones);
    if (!this.film) return;
    this.picture.colour(this.tones.gray);
    this.#paintSoon();
    this.#tell();
  }

  /** @param {(placement: Placement) => void} change */
  place(change) {
    change(this.placement);
    this.#paintSoon();
    this.#tell();
  }

  /** How heat is shown. @param {HeatStyle} style */
  useStyle(style) {
    const isCutElsewhere = style.least !== this.style.least;
    this.style = style;
    this.#heatCanvas.hidden = !style.isShown;
    this.#heatCanvas.style.opacity = String(style.opacity);
    if (isCutElsewhere) this.#cutHeat();
  }

  /** @param {Tool} tool */
  useTool(tool) {
    this.tool = tool;
    this.frame.dataset.tool = tool;
    if (this.measures.isBegun) this.measures.back();
    this.#pointer = null;
    this.#paintSoon();
  }

  /** Take back the last measure, or all. @param {"last" | "all"} what */
  unmeasure(what) {
    if (what === "all") this.measures.clear();
    else this.measures.back();
    this.#paintSoon();
    this.#tell();
  }

  /** Move what the tool moves by a key: `right` and `down` are -1, 0 or 1.
   * @param {number} right @param {number} down */
  nudge(right, down) {
    const { width, height } = this.frame.getBoundingClientRect();
    if (this.tool === "window") this.colour((tones) => tones.adjust(STEP * right, STEP * down));
    else if (this.tool === "move") this.moveBy((-right * width) / 10, (-down * height) / 10);
    else {
      const here = this.#pointer ? this.#inFrame(this.#pointer) : { x: width / 2, y: height / 2 };
      this.pointAt({ x: here.x + CROSS_STEP * right, y: here.y + CROSS_STEP * down });
    }
  }

  /** Set a place of a measure where the cross is. @returns {string} what was measured, if it was */
  mark() {
    if (!this.#pointer || (this.tool !== "ruler" && this.tool !== "angle")) return "";
    const text = this.measures.set(this.tool, this.#pointer);
    this.#paintSoon();
    this.#tell();
    return text;
  }

  get isMeasuring() {
    return this.tool === "ruler" || this.tool === "angle";
  }

  /** Move the film by so many pixels of CSS. @param {number} right @param {number} down */
  moveBy(right, down) {
    this.place((placement) => placement.move(right * this.#density, down * this.#density));
  }

  /** Magnify at a place of the frame. @param {number} factor @param {Place} at */
  magnifyAt(factor, at) {
    this.place((placement) => placement.magnify(factor, this.#dense(at)));
  }

  /** The next place of a measure would be here. @param {Place | null} at in the frame */
  pointAt(at) {
    this.#pointer = at && this.placement.filmAt(this.#dense(at));
    this.#paintSoon();
  }

  /** Where a place of the film is in the frame, in pixels of CSS. @param {Place} place @returns {Place} */
  #inFrame(place) {
    const { x, y } = this.placement.frameAt(place);
    return { x: x / this.#density, y: y / this.#density };
  }

  /** In pixels of the canvas. @param {Place} place in those of CSS @returns {Place} */
  #dense({ x, y }) {
    return { x: x * this.#density, y: y * this.#density };
  }

  #tell() {
    this.frame.classList.toggle("zoomed", !this.placement.isWhole);
    this.dispatchEvent(new Event("change"));
  }

  #cutHeat() {
    this.#heat.cut(this.style.least);
  }

  #resize() {
    const { width, height } = this.frame.getBoundingClientRect();
    this.#density = Math.min(DENSEST, devicePixelRatio);
    const [across, down] = [width, height].map((side) => Math.max(1, Math.round(side * this.#density)));
    const { canvas } = this.picture;
    if (canvas.width !== across || canvas.height !== down) [canvas.width, canvas.height] = [across, down];
    this.placement.resize(across, down);
    this.#paint();
    this.#tell();
  }

  #paintSoon() {
    if (!this.#isDue) requestAnimationFrame(() => this.#isDue && this.#paint());
    this.#isDue = true;
  }

  #paint() {
    this.#isDue = false;
    const { matrix } = this.placement;
    if (this.record) {
      this.picture.paint(matrix, this.record);
      // The heat lies on the film, in pixels of CSS.
      const [a, b, c, d, e, f] = matrix.map((part) => part / this.#density);
      const [across, down] = [this.record.width / this.#heat.width, this.record.height / this.#heat.height];
      this.#heatCanvas.style.transform = `matrix(${[a * across, b * across, c * down, d * down, e, f].join()})`;
    }
    this.measures.draw((place) => this.#inFrame(place), this.#pointer);
  }
}

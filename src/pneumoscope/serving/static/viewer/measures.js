// @ts-check
/** Lengths and angles, drawn over a film. */

import { numeral, words } from "../language.js";

/** @import { Place } from "./placement.js" */

/** @typedef {"ruler" | "angle"} Kind */
/** Places are the film's. @typedef {{kind: Kind, places: Place[]}} Measure */

const NEEDED = { ruler: 2, angle: 3 };
const ROOM = 80; // pixels that a text needs
const SVG = "http://www.w3.org/2000/svg";

/** What was measured on a film whose pixels lie so far apart. */
export class Measures {
  /** @type {Measure[]} */
  #done = [];
  /** @type {Measure | null} */
  #begun = null;
  /** Millimetres between rows and columns. @type {[number, number]} */
  spacing = [1, 1];

  /** @param {SVGSVGElement} drawing */
  constructor(drawing) {
    this.drawing = drawing;
  }

  get isBegun() {
    return this.#begun !== null;
  }

  get isEmpty() {
    return !this.#done.length && !this.#begun;
  }

  /** Set one more place. @param {Kind} kind @param {Place} place
   * @returns {string} what was measured, where that was the last one needed; else nothing */
  set(kind, place) {
    if (this.#begun?.kind !== kind) this.#begun = { kind, places: [] };
    this.#begun.places.push(place);
    if (this.#begun.places.length < NEEDED[kind]) return "";
    const measure = this.#begun;
    this.#done.push(measure);
    this.#begun = null;
    return this.#textOf(measure);
  }

  /** Take back what was begun or, where nothing was, what was measured last. */
  back() {
    if (this.#begun) this.#begun = null;
    else this.#done.pop();
  }

  clear() {
    this.#done = [];
    this.#begun = null;
  }

  /** @param {(place: Place) => Place} frameAt from the film to the frame
   * @param {Place | null} pointer where the next place of the film would be set */
  draw(frameAt, pointer) {
    /** @type {Element[]} */
    const drawn = this.#done.flatMap((measure) => this.#drawn(measure, frameAt, this.#textOf(measure)));
    if (this.#begun) {
      const { kind, places } = this.#begun;
      const all = pointer ? [...places, pointer] : places;
      const whole = all.length === NEEDED[kind];
      drawn.push(...this.#drawn({ kind, places: all }, frameAt, whole ? this.#textOf({ kind, places: all }) : ""));
    }
    if (pointer) drawn.push(...cross(frameAt(pointer)));
    this.drawing.replaceChildren(...drawn);
  }

  /** @param {Measure} measure @param {(place: Place) => Place} frameAt @param {string} text */
  #drawn({ places }, frameAt, text) {
    const points = places.map(frameAt);
    const line = part("polyline", { points: points.map(({ x, y }) => `${x},${y}`).join(" ") });
    const ends = points.map(({ x, y }) => part("circle", { cx: x, cy: y, r: 3 }));
    if (!text) return [line, ...ends];
    const { x, y } = points[points.length - 1];
    const isRight = x > this.drawing.clientWidth - ROOM;
    const label = part("text", { x: isRight ? x - 8 : x + 8, y: Math.max(y - 8, 16), "text-anchor": isRight ? "end" : "start" });
    label.textContent = text;
    return [line, ...ends, label];
  }

  /** @param {Measure} measure */
  #textOf({ kind, places: [a, b, c] }) {
    if (kind === "ruler") {
      const [right, down] = this.#way(a, b);
      return words.viewer.millimetres(numeral(Math.hypot(right, down), 1));
    }
    const [first, second] = [this.#way(b, a), this.#way(b, c)].map(([x, y]) => Math.atan2(y, x));
    const turn = Math.abs(first - second);
    return words.viewer.degrees(numeral((180 / Math.PI) * Math.min(turn, 2 * Math.PI - turn), 1));
  }

  /** In millimetres. @param {Place} from @param {Place} to */
  #way(from, to) {
    const [rows, columns] = this.spacing;
    return [(to.x - from.x) * columns, (to.y - from.y) * rows];
  }
}

/** @param {Place} at */
const cross = ({ x, y }) => [
  part("path", { class: "cross", d: `M${x - 9},${y}h6m6,0h6M${x},${y - 9}v6m0,6v6` }),
];

/** @param {string} tag @param {Record<string, unknown>} attributes */
function part(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

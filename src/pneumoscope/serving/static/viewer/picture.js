// @ts-check
/** A film on a canvas: in several sizes, by whatever paints it best here. */

import { CanvasPainter } from "./canvas_painter.js";
import { GpuPainter } from "./gpu_painter.js";
import { halved } from "./values.js";

/** @import { Matrix } from "./placement.js" */
/** @import { FilmValues } from "./values.js" */

const SMALLEST = 512; // no smaller sizes are made: painting one of these is quick

/** What a canvas shows of a film. */
export class Picture {
  /** The canvas; another one where the graphics processor was lost. */
  canvas = document.createElement("canvas");

  #painter;
  /** The largest size first. @type {FilmValues[]} */
  #pyramid = [];
  /** @type {Uint8Array} */
  #gray = new Uint8Array(0);
  #changed;

  /** @param {() => void} changed is called where it has to be painted anew */
  constructor(changed) {
    this.#changed = changed;
    this.#painter = this.#bestPainter();
  }

  /** The film as it is shown. @returns {FilmValues | undefined} */
  get film() {
    return this.#pyramid[0];
  }

  /** Another film; none gives memory back.
   * @param {FilmValues | null} film @param {Uint8Array} gray the gray level of each value */
  take(film, gray) {
    this.#pyramid = film ? [film] : [];
    while (film && Math.max(film.width, film.height) > SMALLEST) {
      film = halved(film);
      this.#pyramid.push(film);
    }
    const longest = this.#painter instanceof GpuPainter ? this.#painter.longest : Infinity;
    const { width, height } = this.#pyramid[0] ?? { width: 0, height: 0 };
    if (Math.max(width, height) > longest) this.#fallBack();
    this.#painter.take(this.#pyramid); // of none, the canvas is black: it never shows another film
    this.colour(gray);
  }

  /** @param {Uint8Array} gray the gray level of each value */
  colour(gray) {
    this.#gray = gray;
    this.#painter.colour(gray);
  }

  /** Paint it. @param {Matrix} matrix from the film's own pixels to those of the canvas
   * @param {{width: number, height: number}} own its size, which may be more than what is here */
  paint(matrix, own) {
    const [largest] = this.#pyramid;
    if (!largest) return;
    const size = Math.hypot(matrix[0], matrix[1]) * (own.width / largest.width);
    const which = Math.max(0, Math.min(this.#pyramid.length - 1, Math.floor(-Math.log2(size))));
    const film = this.#pyramid[which];
    const [a, b, c, d, e, f] = matrix;
    const [across, down] = [own.width / film.width, own.height / film.height];
    this.#painter.paint(which, [a * across, b * across, c * down, d * down, e, f]);
  }

  free() {
    this.#pyramid = [];
    this.#painter.free();
  }

  #bestPainter() {
    try {
      const painter = new GpuPainter(this.canvas);
      this.canvas.addEventListener("webglcontextlost", () => {
        if (this.#painter === painter && this.#pyramid.length) this.#fallBack();
      });
      return painter;
    } catch {
      return this.#other(); // no graphics processor, or one that is slower than this
    }
  }

  /** A canvas keeps its kind of paper: another one is needed. */
  #other() {
    const canvas = document.createElement("canvas");
    for (const { name, value } of this.canvas.attributes) canvas.setAttribute(name, value);
    this.canvas.replaceWith(canvas);
    this.canvas = canvas;
    return new CanvasPainter(canvas);
  }

  #fallBack() {
    this.#painter = this.#other();
    this.#painter.take(this.#pyramid);
    this.#painter.colour(this.#gray);
    this.#changed();
  }
}

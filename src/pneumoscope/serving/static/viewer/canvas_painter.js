// @ts-check
/** Painting a film without the graphics processor. */

/** @import { Matrix } from "./placement.js" */
/** @import { FilmValues } from "./values.js" */

/** Paints a film on a canvas, pixel by pixel. */
export class CanvasPainter {
  #canvas;
  #paper;
  /** @type {ImageData | null} */
  #picture = null;
  /** @type {FilmValues[]} */
  #pyramid = [];
  /** @type {Uint8Array} */
  #gray = new Uint8Array(0);

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    const paper = canvas.getContext("2d", { alpha: false });
    if (!paper) throw new Error("this browser has no room for a picture");
    this.#canvas = canvas;
    this.#paper = paper;
  }

  /** What is painted from now on: a film in several sizes; none gives memory back.
   * @param {FilmValues[]} pyramid */
  take(pyramid) {
    this.#pyramid = pyramid;
    if (pyramid.length) return;
    this.#picture = null;
    this.#paper.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  /** @param {Uint8Array} gray the gray level of each value */
  colour(gray) {
    this.#gray = gray;
  }

  /** Give everything back; nothing can be painted any more. */
  free() {
    this.take([]);
    this.#canvas.width = this.#canvas.height = 1;
  }

  /** @param {number} which of the sizes @param {Matrix} matrix from its pixels to those of the
   * canvas */
  paint(which, [a, b, c, d, e, f]) {
    const film = this.#pyramid[which];
    const { width, height } = this.#canvas;
    if (this.#picture?.width !== width || this.#picture.height !== height) {
      this.#picture = new ImageData(width, height);
    }
    const size = a * d - b * c;
    const [stepX, stepY] = [d / size, -b / size];
    const to = new Uint32Array(this.#picture.data.buffer);
    for (let row = 0; row < height; row += 1) {
      // The middle of the row's first pixel, from the middle of the film's first one.
      const [x, y] = [0.5 - e, row + 0.5 - f];
      const filmX = (d * x - c * y) / size - 0.5;
      const filmY = (a * y - b * x) / size - 0.5;
      paintRow(film, this.#gray, to, row * width, width, filmX, filmY, stepX, stepY);
    }
    this.#paper.putImageData(this.#picture, 0, 0);
  }
}

const BLACK = 0xff000000;

/**
 * @param {FilmValues} film @param {Uint8Array} gray
 * @param {Uint32Array} to @param {number} begin @param {number} count
 * @param {number} x @param {number} y @param {number} stepX @param {number} stepY
 */
function paintRow({ values, width, height }, gray, to, begin, count, x, y, stepX, stepY) {
  for (let place = begin; place < begin + count; place += 1, x += stepX, y += stepY) {
    if (x < -0.5 || y < -0.5 || x >= width - 0.5 || y >= height - 0.5) {
      to[place] = BLACK;
      continue;
    }
    // Between the four that are nearest; at the edge some of them are the same.
    const left = x < 0 ? 0 : x | 0;
    const top = y < 0 ? 0 : y | 0;
    const right = left + 1 < width ? left + 1 : left;
    const here = top * width;
    const below = top + 1 < height ? here + width : here;
    const across = x < left ? 0 : x - left;
    const down = y < top ? 0 : y - top;
    const over = gray[values[here + left]] * (1 - across) + gray[values[here + right]] * across;
    const under = gray[values[below + left]] * (1 - across) + gray[values[below + right]] * across;
    const level = (over * (1 - down) + under * down + 0.5) | 0;
    to[place] = BLACK | (level * 0x010101);
  }
}

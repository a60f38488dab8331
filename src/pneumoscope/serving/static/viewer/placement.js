// @ts-check
/** Where a film lies in its frame: moved, magnified, turned and mirrored. */

/** `[a, b, c, d, e, f]`, as in CSS. @typedef {[number, number, number, number, number, number]} Matrix */
/** @typedef {{x: number, y: number}} Place */

/** How many times closer one step is. */
export const CLOSER = 1.5;

const CLOSEST = 16; // pixels of the frame for one of the film
const MARGIN = 1e-6; // a scale that was computed twice is the same

/** A film `width` x `height` in a frame, which has pixels of its own. */
export class Placement {
  /** Pixels of the frame for one of the film. */
  scale = 1;
  /** Quarter turns to the right, before left is taken for right. */
  turns = 0;
  mirrored = false;
  /** What of the film lies in the middle of the frame. */
  #x = 0;
  #y = 0;
  #film = { width: 1, height: 1 };
  #frame = { width: 1, height: 1 };
  /** Whether the whole film is to be seen, however the frame changes. */
  #isFitted = true;

  /** Another film: upright, and whole. @param {number} width @param {number} height */
  begin(width, height) {
    this.#film = { width, height };
    this.turns = 0;
    this.mirrored = false;
    this.fit();
  }

  /** The frame has another size. @param {number} width @param {number} height */
  resize(width, height) {
    this.#frame = { width, height };
    if (this.#isFitted) this.fit();
    else this.#keepInside();
  }

  /** The scale at which the whole film is seen. */
  get whole() {
    const { width, height } = this.#film;
    const [across, down] = this.turns % 2 ? [height, width] : [width, height];
    return Math.min(this.#frame.width / across, this.#frame.height / down);
  }

  get isWhole() {
    return this.scale <= this.whole * (1 + MARGIN);
  }

  fit() {
    this.#isFitted = true;
    this.scale = this.whole;
    this.#x = this.#film.width / 2;
    this.#y = this.#film.height / 2;
  }

  /** Magnify, so that what lies at a place of the frame stays there.
   * @param {number} factor @param {Place} [at] the middle, unless told */
  magnify(factor, at = { x: this.#frame.width / 2, y: this.#frame.height / 2 }) {
    this.magnifyTo(this.scale * factor, at);
  }

  /** @param {number} scale @param {Place} [at] */
  magnifyTo(scale, at = { x: this.#frame.width / 2, y: this.#frame.height / 2 }) {
    const there = this.filmAt(at);
    const { whole } = this;
    this.scale = Math.max(Math.min(1, whole), Math.min(Math.max(CLOSEST, whole), scale));
    this.#isFitted = Math.abs(this.scale / whole - 1) < MARGIN;
    const now = this.filmAt(at);
    this.#x += there.x - now.x;
    this.#y += there.y - now.y;
    this.#keepInside();
  }

  /** Move the film by so many pixels of the frame. @param {number} right @param {number} down */
  move(right, down) {
    const middle = { x: this.#frame.width / 2, y: this.#frame.height / 2 };
    const to = this.filmAt({ x: middle.x - right, y: middle.y - down });
    this.#x = to.x;
    this.#y = to.y;
    this.#keepInside();
  }

  /** Turn to the right by a quarter. */
  turn() {
    this.turns = (this.turns + (this.mirrored ? 3 : 1)) % 4;
    if (this.#isFitted) this.fit();
    else this.#keepInside();
  }

  /** Left for right, as it is seen. */
  mirror() {
    this.mirrored = !this.mirrored;
    this.#keepInside();
  }

  /** From the film's pixels to those of the frame. @returns {Matrix} */
  get matrix() {
    const [cos, sin] = [[1, 0], [0, 1], [-1, 0], [0, -1]][this.turns];
    const flip = this.mirrored ? -1 : 1;
    const a = this.scale * cos * flip;
    const b = this.scale * sin;
    const c = -this.scale * sin * flip;
    const d = this.scale * cos;
    // Whole pixels of the frame, so that a film in its own size is shown as it is.
    const corner = (/** @type {number} */ at) => (this.scale === 1 ? Math.round(at) : at);
    return [
      a,
      b,
      c,
      d,
      corner(this.#frame.width / 2 - a * this.#x - c * this.#y),
      corner(this.#frame.height / 2 - b * this.#x - d * this.#y),
    ];
  }

  /** What of the film lies at a place of the frame. @param {Place} place */
  filmAt({ x, y }) {
    const [a, b, c, d, e, f] = this.matrix;
    const size = a * d - b * c;
    return { x: (d * (x - e) - c * (y - f)) / size, y: (a * (y - f) - b * (x - e)) / size };
  }

  /** Where in the frame a place of the film is. @param {Place} place */
  frameAt({ x, y }) {
    const [a, b, c, d, e, f] = this.matrix;
    return { x: a * x + c * y + e, y: b * x + d * y + f };
  }

  /** The film covers the frame where it is larger, and lies in its middle where it is not. */
  #keepInside() {
    const { scale } = this;
    const [across, down] = [this.#frame.width / scale, this.#frame.height / scale];
    const [seenX, seenY] = this.turns % 2 ? [down, across] : [across, down];
    this.#x = within(this.#x, seenX / 2, this.#film.width - seenX / 2, this.#film.width / 2);
    this.#y = within(this.#y, seenY / 2, this.#film.height - seenY / 2, this.#film.height / 2);
  }
}

/** @param {number} value @param {number} low @param {number} high @param {number} middle where there is no room */
const within = (value, low, high, middle) =>
  low > high ? middle : Math.max(low, Math.min(high, value));

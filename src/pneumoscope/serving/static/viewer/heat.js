// @ts-check
/** Where a film speaks for a class: colours that are as opaque as there is evidence. */

import { bytes } from "../api.js";

/** A picture of heat on a canvas, of which weak evidence can be left out. */
export class Heat {
  /** How strong it is at most, 0 to 1. */
  strongest = 0;

  #canvas;
  #paper;
  /** As it came. @type {ImageData | null} */
  #whole = null;
  #path = "";

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    const paper = canvas.getContext("2d", { willReadFrequently: true });
    if (!paper) throw new Error("this browser has no room for a picture");
    this.#canvas = canvas;
    this.#paper = paper;
    this.clear();
  }

  /** Raises as `ask` does. @param {string} path @param {AbortSignal} signal */
  async load(path, signal) {
    if (path === this.#path) return;
    this.clear();
    const image = await createImageBitmap(new Blob([await bytes(path, signal)]));
    if (signal.aborted) return;
    this.#canvas.width = image.width;
    this.#canvas.height = image.height;
    this.#paper.drawImage(image, 0, 0);
    image.close(); // of an `Image`, Chromium would keep the pixels for long
    this.#whole = this.#paper.getImageData(0, 0, this.width, this.height);
    this.#path = path;
    this.strongest = strongest(this.#whole);
  }

  /** Leave out what is weaker than this. @param {number} least 0 to 1 */
  cut(least) {
    if (!this.#whole) return;
    const { data, width, height } = this.#whole;
    const shown = new Uint8ClampedArray(data);
    for (let place = 3; place < shown.length; place += 4) {
      if (shown[place] < 255 * least) shown[place] = 0;
    }
    this.#paper.putImageData(new ImageData(shown, width, height), 0, 0);
  }

  clear() {
    this.#path = "";
    this.#whole = null;
    this.#canvas.width = this.#canvas.height = 1;
  }

  get width() {
    return this.#canvas.width;
  }

  get height() {
    return this.#canvas.height;
  }
}

/** How strong a picture of heat is at most, 0 to 1. @param {HTMLImageElement} image */
export function strengthOf(image) {
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  const paper = canvas.getContext("2d", { willReadFrequently: true });
  if (!paper) throw new Error("this browser has no room for a picture");
  paper.drawImage(image, 0, 0);
  return strongest(paper.getImageData(0, 0, canvas.width, canvas.height));
}

/** Heat is as opaque as there is evidence. @param {ImageData} picture */
function strongest({ data }) {
  let most = 0;
  for (let place = 3; place < data.length; place += 4) most = Math.max(most, data[place]);
  return most / 255;
}

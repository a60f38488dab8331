// @ts-check
/** A film's values before its window, as the service has them. */

import { bytes } from "../api.js";

/** @typedef {{centre: number, width: number, function: string, explanation: string}} Window */

/**
 * A film before its window: `levels` are the gray levels that the program shows its values with,
 * and `slope` times a value plus `intercept` is what the film means by it. `hidden` is the value
 * of what is no part of the film. `spacing` are millimetres between rows and columns of the film in
 * full size.
 *
 * @typedef {object} FilmValues
 * @property {number} width
 * @property {number} height
 * @property {Uint8Array | Uint16Array} values
 * @property {Uint8Array} levels
 * @property {number} slope
 * @property {number} intercept
 * @property {boolean} inverse whether low values are bright
 * @property {number | null} hidden
 * @property {Window[]} windows
 * @property {[number, number] | null} spacing
 * @property {string} rendering
 */

/**
 * Raises as `ask` does.
 *
 * @param {string} id of the film's record
 * @param {number | null} size of its longer side at most; `null`: as it is
 * @param {AbortSignal} signal
 * @returns {Promise<FilmValues>}
 */
export async function filmValues(id, size, signal) {
  const query = size === null ? "" : `?size=${size}`;
  return unpacked(await bytes(`v1/predictions/${id}/values${query}`, signal));
}

/** @param {ArrayBuffer} packed @returns {FilmValues} */
export function unpacked(packed) {
  const begin = 4 + new DataView(packed).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(packed, 4, begin - 4)));
  const Values = head.bytes_a_value === 1 ? Uint8Array : Uint16Array; // browsers are little-endian
  return {
    width: head.width,
    height: head.height,
    levels: new Uint8Array(packed, begin, head.levels),
    values: new Values(packed, begin + head.levels, head.width * head.height),
    slope: head.slope,
    intercept: head.intercept,
    inverse: head.inverse,
    hidden: head.hidden,
    windows: head.windows,
    spacing: head.pixel_spacing,
    rendering: head.rendering,
  };
}

/** A film of half the size: means of four values each, and no parts of what is hidden.
 * @param {FilmValues} film @returns {FilmValues} */
export function halved(film) {
  const { values, hidden, width: from } = film;
  const width = Math.max(1, film.width >> 1);
  const height = Math.max(1, film.height >> 1);
  const [right, below] = [film.width > 1 ? 1 : 0, film.height > 1 ? from : 0];
  const means = new /** @type {Uint16ArrayConstructor} */ (values.constructor)(width * height);
  for (let row = 0, to = 0; row < height; row += 1) {
    let place = 2 * row * from;
    for (let column = 0; column < width; column += 1, place += 2, to += 1) {
      const a = values[place];
      const b = values[place + right];
      const c = values[place + below];
      const d = values[place + below + right];
      means[to] =
        hidden !== null && (a === hidden || b === hidden || c === hidden || d === hidden)
          ? a
          : (a + b + c + d + 2) >> 2;
    }
  }
  return { ...film, width, height, values: means };
}

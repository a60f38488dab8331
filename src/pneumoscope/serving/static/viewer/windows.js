// @ts-check
/**
 * Windows: which stretch of a film's values becomes black to white (DICOM PS3.3, C.11.2.1.2 and
 * C.11.2.1.3; `imaging/dicom/window.py` does the same).
 */

/** @import { FilmValues } from "./values.js" */

/** A stretch of values in the film's own units; without one, gray levels are those that the
 * program judged. @typedef {{centre: number, width: number, function: string}} Setting */

/**
 * The gray level of every value of a film.
 *
 * @param {FilmValues} film
 * @param {Setting | null} setting
 * @param {boolean} inverted
 * @returns {Uint8Array}
 */
export function grayLevels(film, setting, inverted) {
  const { levels, slope, intercept, inverse, hidden } = film;
  const gray = new Uint8Array(levels.length);
  if (setting) {
    const curve = curveOf(setting);
    for (let value = 0; value < gray.length; value += 1) {
      const share = curve(slope * value + intercept);
      gray[value] = toEven(255 * (inverse ? 1 - share : share));
    }
  } else gray.set(levels);
  if (inverted) for (let value = 0; value < gray.length; value += 1) gray[value] = 255 - gray[value];
  if (hidden !== null) gray[hidden] = 0; // it is no part of the film
  return gray;
}

/** @param {Setting} setting @returns {(value: number) => number} from 0 to 1 */
function curveOf({ centre, width, function: name }) {
  if (name === "SIGMOID") return (value) => 0.5 + 0.5 * Math.tanh((2 * (value - centre)) / width);
  if (name === "LINEAR" && width <= 1) return (value) => (value > centre - 0.5 ? 1 : 0);
  const low = centre - width / 2;
  const range = name === "LINEAR" ? width - 1 : width;
  return (value) => Math.min(1, Math.max(0, (value - low) / range));
}

/** Half-way values go to the even one, as in NumPy. @param {number} value */
function toEven(value) {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}

/** The stretch from the least value of a film to its greatest. @param {FilmValues} film @returns {Setting} */
export function wholeRange(film) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of film.values) {
    if (value === film.hidden) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return between(film, low, high);
}

/** The stretch that comes closest to the gray levels that the program judged: from the last value
 * that is black to the first that is white. @param {FilmValues} film @returns {Setting} */
export function nearest(film) {
  const { levels, hidden, inverse } = film;
  const [black, white] = inverse ? [255, 0] : [0, 255];
  const last = levels.length - 1;
  let low = 0;
  let high = last;
  while (low < last && (levels[low + 1] === black || low + 1 === hidden)) low += 1;
  while (high > low + 1 && (levels[high - 1] === white || high - 1 === hidden)) high -= 1;
  return between(film, low, high);
}

/** @param {FilmValues} film @param {number} low @param {number} high @returns {Setting} */
function between({ slope, intercept }, low, high) {
  const ends = [slope * low + intercept, slope * high + intercept];
  return {
    centre: (ends[0] + ends[1]) / 2,
    width: Math.max(Math.abs(ends[1] - ends[0]), Math.abs(slope)),
    function: "LINEAR_EXACT",
  };
}

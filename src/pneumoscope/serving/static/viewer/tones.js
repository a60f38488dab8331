// @ts-check
/** Which gray levels a film is shown in: those that the program judged, or those of a window. */

import { numeral, words } from "../language.js";
import { grayLevels, nearest, wholeRange } from "./windows.js";

/** @import { FilmValues, Window } from "./values.js" */
/** @import { Setting } from "./windows.js" */

/** `judged`, `all` for all values, `custom`, or the place of one of the film's own windows.
 * @typedef {"judged" | "all" | "custom" | number} Choice */

/** The tones of one film. */
export class Tones {
  inverted = false;
  /** @type {Choice} */
  choice = "judged";

  /** @type {FilmValues | null} */
  #film = null;
  /** By hand. @type {Setting} */
  #custom = { centre: 0, width: 1, function: "LINEAR_EXACT" };
  /** @type {Setting} */
  #whole = this.#custom;

  /** Another film, as it was judged. */
  begin() {
    this.#film = null;
    this.choice = "judged";
    this.inverted = false;
  }

  /** The film has come, in whatever size. @param {FilmValues} film */
  know(film) {
    this.#film = film;
    this.#whole = wholeRange(film);
  }

  /** The gray level of every value of the film. */
  get gray() {
    return this.#film ? grayLevels(this.#film, this.#setting, this.inverted) : new Uint8Array(0);
  }

  /** How values become gray levels, in one line. */
  get line() {
    const setting = this.#setting;
    if (!setting) return this.#film?.rendering ?? "";
    return words.viewer.windowLine(numeral(setting.width), numeral(setting.centre));
  }

  /** Make the window wider, and the film darker, by parts of the film's whole range.
   * @param {number} wider @param {number} darker */
  adjust(wider, darker) {
    if (!this.#film) return;
    const { inverse, slope, windows } = this.#film;
    const { centre, width, function: name } = this.#setting ?? windows[0] ?? nearest(this.#film);
    const narrowest = Math.max(name === "LINEAR" ? 1 : 0, Math.abs(slope));
    const higher = inverse === this.inverted ? darker : -darker;
    this.#custom = {
      centre: centre + higher * this.#whole.width,
      width: Math.max(narrowest, width + wider * this.#whole.width),
      function: name,
    };
    this.choice = "custom";
  }

  /** @returns {Setting | null} `null`: as it was judged */
  get #setting() {
    if (!this.#film || this.choice === "judged") return null;
    if (this.choice === "custom") return this.#custom;
    return this.choice === "all" ? this.#whole : this.#film.windows[this.choice];
  }
}

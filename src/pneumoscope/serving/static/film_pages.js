// @ts-check
/** The films that fit, in order, of which some pages are known: those that are needed, and a few. */

import { ask } from "./api.js";
import { complain } from "./messages.js";

/** @import { FilmRecord } from "./records.js" */

const PAGE = 50;
const KEPT = 500; // films on either side of those that are needed
const MOST = 100_000; // rows: browsers draw nothing beyond some 17 million pixels

/** Films by their places. */
export class FilmPages {
  /** How many films fit, of which `length` can be listed. */
  total = 0;
  /** With holes where they are not known. @type {FilmRecord[]} */
  #films = [];
  /** Pages that were asked for and are needed still, by the place of their first film. One that
   * failed or came short stays, so that it is not asked for again and again. @type {Map<number, AbortController>} */
  #asked = new Map();
  #loading = new AbortController();
  #query = new URLSearchParams();
  /** From a place to before another one. @type {number[][]} */
  #needed = [];
  /** Deleted here: an answer that was on its way may still have them. @type {Set<string>} */
  #gone = new Set();
  #changed;

  /** @param {() => void} changed is told when other films are known */
  constructor(changed) {
    this.#changed = changed;
  }

  get length() {
    return this.#films.length;
  }

  /** @param {number} place @returns {FilmRecord | undefined} */
  at(place) {
    return this.#films[place];
  }

  /** @param {string} id @returns {number} -1 where that is not known */
  placeOf(id) {
    return this.#films.findIndex((film) => film?.id === id);
  }

  /**
   * Ask for other films; those that are here stay until that is answered. What goes wrong is told.
   *
   * @param {URLSearchParams} query @param {number} place that is needed first
   * @returns {Promise<boolean>} whether that worked
   */
  async load(query, place) {
    this.#loading.abort();
    const { signal } = (this.#loading = new AbortController());
    const offset = place - (place % PAGE);
    try {
      const told = await this.#page(query, offset, 2 * PAGE, signal);
      if (signal.aborted) return true; // something else was asked meanwhile
      this.#drop();
      this.#query = query;
      this.#films = [];
      this.#put(offset, told);
    } catch (error) {
      if (signal.aborted) return true;
      complain(error);
      return false;
    }
    return true;
  }

  /** Ask for what is not known of these places and around them, and for nothing else any more.
   * @param {number[][]} spans each from a place to before another one @param {number} around */
  need(spans, around) {
    this.#needed = spans.map(([first, end]) => [Math.max(0, first - around), end + around]);
    const offsets = new Set();
    for (const [first, end] of this.#needed) {
      for (let offset = first - (first % PAGE); offset < Math.min(end, this.length); offset += PAGE) {
        offsets.add(offset);
      }
    }
    this.#drop((offset) => !offsets.has(offset));
    for (const offset of offsets) {
      if (!this.#asked.has(offset) && this.#hasHoles(offset)) void this.#ask(offset);
    }
  }

  /** @param {number} place @param {FilmRecord} film */
  insert(place, film) {
    this.#films.splice(place, 0, film);
    this.total += 1;
  }

  /** @param {number} place @param {FilmRecord} film */
  replace(place, film) {
    this.#films[place] = film;
  }

  /** A film that is deleted. @param {string} id @returns {number} its place; -1 where not known */
  remove(id) {
    this.#gone.add(id);
    const place = this.placeOf(id);
    if (place >= 0) this.#films.splice(place, 1);
    else this.#films.length -= 1;
    this.total -= 1;
    return place;
  }

  /** @param {number} offset */
  async #ask(offset) {
    const control = new AbortController();
    this.#asked.set(offset, control);
    try {
      const told = await this.#page(this.#query, offset, PAGE, control.signal);
      if (control.signal.aborted) return;
      if (told.total !== this.total) this.#films = []; // films came or went: all may have moved
      this.#put(offset, told);
      if (!this.#hasHoles(offset)) this.#asked.delete(offset);
    } catch (error) {
      if (!control.signal.aborted) complain(error);
    }
  }

  /** @param {URLSearchParams} query @param {number} offset @param {number} limit
   * @param {AbortSignal} signal
   * @returns {Promise<{predictions: FilmRecord[], total: number}>} */
  async #page(query, offset, limit, signal) {
    const page = new URLSearchParams(query);
    page.set("limit", String(limit));
    page.set("offset", String(offset));
    const told = await ask(`v1/predictions?${page}`, { signal });
    const isStale = told.predictions.some((/** @type {FilmRecord} */ { id }) => this.#gone.has(id));
    return isStale ? ask(`v1/predictions?${page}`, { signal }) : told;
  }

  /** @param {number} offset @param {{predictions: FilmRecord[], total: number}} told */
  #put(offset, { predictions, total }) {
    this.total = total;
    const length = Math.min(total, MOST);
    predictions.forEach((film, place) => (this.#films[offset + place] = film));
    this.#films.length = length;
    for (const key of Object.keys(this.#films)) {
      const place = Number(key);
      const isNear = this.#needed.some(([first, end]) => first - KEPT <= place && place < end + KEPT);
      if (!isNear && (place < offset || place >= offset + predictions.length)) delete this.#films[place];
    }
    this.#changed();
  }

  /** @param {number} offset */
  #hasHoles(offset) {
    const end = Math.min(offset + PAGE, this.length);
    for (let place = offset; place < end; place += 1) if (!(place in this.#films)) return true;
    return false;
  }

  /** Stop asking for pages. @param {(offset: number) => boolean} [which] */
  #drop(which = () => true) {
    for (const [offset, control] of this.#asked) {
      if (!which(offset)) continue;
      control.abort();
      this.#asked.delete(offset);
    }
  }
}

// @ts-check
/** The films that the history has, newest first unless somebody wants another order. */

import { addressOf } from "./address.js";
import { ask, Problem } from "./api.js";
import { markListed } from "./blind.js";
import { byId } from "./elements.js";
import { FilmPages } from "./film_pages.js";
import { filmRow, markOpen } from "./film_row.js";
import { Filters } from "./filters.js";
import { numeral, words } from "./language.js";
import { show } from "./messages.js";
import { VirtualList } from "./virtual_list.js";
import { percent } from "./words.js";

/** @import { FilmRecord, Model } from "./records.js" */

const SETTLED = 60; // milliseconds until what is scrolled to is asked for
const NEAR = 10; // films around those in sight and the one that is open, to which the next step may lead
const KEPT = 200; // rows that are kept, so that pictures do not flicker

/** @typedef {{film: string, node: HTMLLIElement}} Row */

/** The list beside the film. */
export class Worklist {
  /** Which operating point films are called at. */
  point = "";

  #list = byId("films");
  #count = byId("count");
  #nothing = byId("no-films");
  #exports = byId("exports");
  #pages = new FilmPages(() => this.#draw());
  #rows = new VirtualList(this.#list, byId("list-box"), (place) => this.#rowAt(place), () => this.#look());
  #filters;
  /** Those used last are at the end. @type {Map<string, Row>} */
  #kept = new Map();
  #open = "";
  /** Where the open film is: a whole number. One and a half: it was between the second and the
   * third, and is there no more. `null`: nobody knows. @type {number | null} */
  #at = null;
  /** The place that somebody steps to, until its film is known and open. @type {number | null} */
  #target = null;
  /** Whether the open film is to be scrolled to, once it is known where it is. */
  #isSought = false;
  #looking = 0;
  /** The share of films with a finding that each model has of its own, by its graph.
   * @type {Map<string, number | null>} */
  #shares = new Map();

  /** @param {(isTyping: boolean) => void} narrowed is told when somebody wants other films, and
   * whether that goes on with a word that is being typed */
  constructor(narrowed) {
    this.#filters = new Filters((isTyping) => {
      narrowed(isTyping);
      this.begin();
    });
    this.#list.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** Films can be narrowed to the classes of these models. @param {Model[]} models */
  offer(models) {
    this.#shares = new Map(models.map((model) => [model.graph_sha256, model.prevalence]));
    this.#kept.clear();
    this.#filters.offer(models);
  }

  /** What the list is narrowed to, as a query of the service. */
  get query() {
    const { query } = this.#filters;
    query.set("operating_point", this.point);
    return query;
  }

  /** Whether all films are shown, the newest first. */
  get isPlain() {
    return this.#filters.isPlain;
  }

  /** The address of a film, or of none, with the list as it is now.
   * @param {string} film its id @param {boolean} [isReport] whether its report is meant */
  address(film, isReport = false) {
    return addressOf({ film, isReport }, this.#filters.wanted);
  }

  /** Narrow the list to what an address says. What makes no sense is passed over, and told.
   * @param {[name: string, value: string][]} said @returns whether the list becomes another one */
  narrow(said) {
    const before = String(this.#filters.query);
    const wrong = this.#filters.put(said);
    if (wrong.length) show(words.worklist.passedOver, words.worklist.noSuchFilter(wrong.join(", ")));
    return String(this.#filters.query) !== before;
  }

  /** Ask anew for what is shown. What goes wrong is told. @returns whether that worked */
  load() {
    const [first] = this.#rows.sight;
    return this.#pages.load(this.query, first);
  }

  /** Ask for other films, and show them from the first on. */
  begin() {
    this.#at = null;
    this.#target = null;
    void this.#pages.load(this.query, 0).then((worked) => worked && this.#rows.toTop());
  }

  /** Ask anew for one record. Raises as `ask` does. @param {string} id @returns {Promise<FilmRecord>} */
  async refresh(id) {
    const { point } = this;
    const record = await recordAt(id, point);
    if (point !== this.point) return record; // the list has been asked for at another one since
    const place = this.#pages.placeOf(id);
    if (place < 0) return record;
    const isMoved = this.#filters.goByReview && verdictOf(this.#pages.at(place)) !== verdictOf(record);
    this.#pages.replace(place, record);
    this.#draw();
    if (isMoved) {
      if (place === this.#at) this.#at = place - 0.5; // the next one is the one that follows here
      void this.load();
    }
    return record;
  }

  /** Put a record that has just come on top, where that is its place. @param {FilmRecord} record */
  add(record) {
    const known = this.#pages.placeOf(record.id);
    if (known >= 0) this.#pages.replace(known, record);
    else {
      let place = 0;
      // Ids are ordered by time.
      for (let film; (film = this.#pages.at(place)) && film.id > record.id; ) place += 1;
      this.#pages.insert(place, record);
      this.#shift(place, 1);
    }
    this.#draw();
  }

  /** @param {string} id */
  remove(id) {
    const place = this.#pages.remove(id);
    if (place >= 0) this.#shift(place, -1);
    this.#draw();
  }

  /** Mark the film that is open. @param {string} id @param {number | null} at where it was in the
   * list when it was last open, if anybody knows */
  mark(id, at) {
    if (id !== this.#open) {
      this.#at = id ? at : null;
      this.#isSought = id !== "";
    }
    this.#open = id;
    this.#target = null;
    for (const [other, { node }] of this.#kept) markOpen(node, other === id);
    this.#draw();
  }

  /** Where the open film is in the list, if anybody knows. */
  get place() {
    return this.#at !== null && Number.isInteger(this.#at) ? this.#at : null;
  }

  /** Open the next film, or the one before. @param {1 | -1} by */
  step(by) {
    const here = this.#target ?? this.#at;
    if (here === null) this.#visit(0);
    else this.#visit(by > 0 ? Math.floor(here) + 1 : Math.ceil(here) - 1);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const here = this.#target ?? this.#rows.focused;
    if (here < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const [first, end] = this.#rows.sight;
    const page = Math.max(1, end - first - 2);
    const last = this.#pages.length - 1;
    const place = { ArrowDown: here + 1, ArrowUp: here - 1, PageDown: here + page, PageUp: here - page, Home: 0, End: last }[
      event.key
    ];
    if (place === undefined) return;
    event.preventDefault();
    this.#visit(Math.max(0, Math.min(last, place)));
  }

  /** Open the film at a place, once it is known. @param {number} place */
  #visit(place) {
    if (place < 0 || place >= this.#pages.length) return;
    this.#target = place;
    this.#rows.reveal(place);
    const film = this.#pages.at(place);
    if (!film) return this.#look();
    const hadFocus = this.#rows.focused >= 0;
    location.hash = this.address(film.id);
    if (hadFocus) this.#rows.focus(place);
  }

  /** Films come in at a place, or leave from it on. @param {number} place @param {number} by */
  #shift(place, by) {
    if (this.#at !== null && this.#at >= place) this.#at += by;
    if (this.#target !== null && this.#target >= place) this.#target += by;
    this.#rows.shift(place, by);
  }

  /** Ask for what is in sight and around the open film; and not for all that is scrolled past. */
  #look() {
    if (this.#looking) return;
    this.#looking = window.setTimeout(() => {
      this.#looking = 0;
      const [first, end] = this.#rows.sight;
      const listed = Array.from({ length: end - first }, (_, row) => this.#pages.at(first + row));
      markListed(listed.filter((record) => record?.status === "read").map((record) => record?.id ?? ""));
      const here = [this.#at, this.#target].filter((place) => place !== null);
      this.#pages.need([this.#rows.sight, ...here.map((place) => [Math.floor(place), place + 1])], NEAR);
    }, SETTLED);
  }

  #draw() {
    const { total, length } = this.#pages;
    this.#locate();
    this.#count.textContent = total ? words.worklist.films(numeral(total)) : "";
    this.#nothing.hidden = length > 0 && length === total;
    this.#nothing.textContent = length
      ? words.worklist.firstOnly(numeral(length), numeral(total))
      : this.isPlain
        ? words.worklist.none
        : this.#filters.wanted.show === "verdict:none"
          ? words.worklist.allReviewed
          : words.worklist.noneFits;
    this.#filters.hidden = this.#exports.hidden = this.isPlain && !length;
    this.#rows.length = length;
    this.#rows.current = this.#at ?? -1;
    this.#rows.draw();
    if (this.#isSought && length) {
      this.#isSought = this.place !== null && !this.#pages.at(this.place);
      this.#rows.reveal(Math.floor(this.#at ?? -1));
    }
    if (this.#target !== null && this.#pages.at(this.#target)) this.#visit(this.#target);
    this.#look();
  }

  /** Find the open film, unless it is known to have gone from where it was. */
  #locate() {
    if (!this.#open || (this.#at !== null && !Number.isInteger(this.#at))) return;
    const place = this.#pages.placeOf(this.#open);
    if (place >= 0) this.#at = place;
    else if (this.#at !== null && this.#pages.at(this.#at)) this.#at -= 0.5;
  }

  /** @param {number} place @returns {HTMLLIElement | null} */
  #rowAt(place) {
    const record = this.#pages.at(place);
    if (!record) return null;
    const address = this.address(record.id);
    const film = address + JSON.stringify(record);
    const kept = this.#kept.get(record.id);
    const row =
      kept?.film === film ? kept : { film, node: filmRow(record, address, this.#noteOf(record), kept?.node) };
    if (row !== kept) markOpen(row.node, record.id === this.#open);
    this.#kept.delete(record.id);
    this.#kept.set(record.id, row);
    if (this.#kept.size > KEPT) this.#kept.delete(/** @type {string} */ (this.#kept.keys().next().value));
    return row.node;
  }

  /** For how many films with a finding a film was judged, where that is not what its model has of
   * its own, or its model is there no more. @param {FilmRecord} record */
  #noteOf(record) {
    if (record.status === "unreadable" || record.prevalence === null) return "";
    const share = percent(record.prevalence);
    const own = this.#shares.get(record.model.graph_sha256) ?? null;
    return own !== null && percent(own) === share ? "" : words.worklist.judgedFor(share);
  }
}

/** @param {FilmRecord | undefined} record */
const verdictOf = (record) => record?.review?.verdict;

/**
 * A record called at an operating point or, as in lists, at that of its judgement where its model
 * has no such point.
 *
 * @param {string} id @param {string} point
 * @returns {Promise<FilmRecord>}
 */
async function recordAt(id, point) {
  try {
    return await ask(`v1/predictions/${id}?${new URLSearchParams({ operating_point: point })}`);
  } catch (error) {
    if (!(error instanceof Problem && error.status === 422)) throw error;
    return ask(`v1/predictions/${id}`);
  }
}

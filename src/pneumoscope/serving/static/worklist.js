// @ts-check
/** The films that the history has, newest first unless somebody wants another order. */

import { ask, Problem } from "./api.js";
import { byId, el, fill, icon } from "./elements.js";
import { longTime, shortTime } from "./language.js";
import { complain } from "./messages.js";
import { thumbnail } from "./thumbnails.js";
import { counted, isIll, percent, shortReading } from "./words.js";

/** @import { FilmRecord, Model, ReadFilm } from "./records.js" */

const PAGE = 50;
const MOST = 500; // that the service gives at once
const TYPING = 250;

/** @typedef {{film: string, node: HTMLLIElement}} Row */

/** The list beside the film. */
export class Worklist {
  /** @type {FilmRecord[]} */
  records = [];
  /** Which operating point films are called at. */
  point = "";

  #list = byId("films");
  #more = byId("more");
  #count = byId("count");
  #nothing = byId("no-films");
  #exports = byId("exports");
  #filters = /** @type {HTMLFormElement} */ (byId("filters"));
  /** Rows are kept, so that pictures do not flicker. @type {Map<string, Row>} */
  #rows = new Map();
  /** @type {string | null} */
  #cursor = null;
  #total = 0;
  /** Deleted here: an answer that was on its way may still have them. @type {Set<string>} */
  #gone = new Set();
  #open = "";
  #asked = 0;
  /** The share of films with a finding that each model has of its own, by its graph.
   * @type {Map<string, number | null>} */
  #shares = new Map();

  constructor() {
    let typing = 0;
    this.#filters.addEventListener("input", () => {
      clearTimeout(typing);
      typing = window.setTimeout(() => this.load(), TYPING);
    });
    this.#filters.addEventListener("submit", (event) => event.preventDefault());
    this.#more.addEventListener("click", () => this.#loadMore());
    this.#list.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      this.step(step);
    });
  }

  /** Films can be narrowed to the classes of these models. @param {Model[]} models */
  offer(models) {
    this.#shares = new Map(models.map((model) => [model.graph_sha256, model.prevalence]));
    this.#rows.clear();
    const { show } = this.#wanted;
    const names = [...new Set(models.flatMap((model) => model.class_names))];
    fill(byId("classes"), names.map((name) => el("option", { value: `finding:${name}` }, name)));
    /** @type {HTMLSelectElement} */ (this.#filters.elements.namedItem("show")).value = show;
  }

  /** What the list is narrowed to, as a query of the service. */
  get query() {
    const { search, show, sort } = this.#wanted;
    const query = new URLSearchParams({ operating_point: this.point, sort });
    const [, name, value] = show.match(/^(\w+):(.*)$/s) ?? []; // names of classes may have colons
    if (name) query.set(name, value);
    if (search) query.set("search", search);
    return query;
  }

  /** Whether all films are shown, the newest first. */
  get isPlain() {
    const { search, show, sort } = this.#wanted;
    return !search && !show && sort === "newest";
  }

  get #wanted() {
    return /** @type {{search: string, show: string, sort: string}} */ (
      Object.fromEntries(new FormData(this.#filters))
    );
  }

  /** Ask anew for what is shown. What goes wrong is told. @returns whether that worked */
  load() {
    const wanted = Math.min(MOST, Math.max(PAGE, this.records.length));
    return this.#ask({ limit: String(wanted) }, () => []);
  }

  /** Ask anew for one record. Raises as `ask` does. @param {string} id @returns {Promise<FilmRecord>} */
  async refresh(id) {
    const { point } = this;
    const record = await recordAt(id, point);
    if (point !== this.point) return record; // the list has been asked for at another one since
    const place = this.records.findIndex((other) => other.id === id);
    if (place >= 0) {
      this.records[place] = record;
      this.#draw();
    }
    return record;
  }

  /** Put a record that has just come on top, where that is its place. @param {FilmRecord} record */
  add(record) {
    const place = this.records.findIndex((other) => other.id === record.id);
    if (place >= 0) this.records.splice(place, 1);
    else this.#total += 1;
    // Ids are ordered by time.
    const next = this.records.findIndex((other) => other.id < record.id);
    this.records.splice(next < 0 ? this.records.length : next, 0, record);
    this.#draw();
  }

  /** @param {string} id */
  remove(id) {
    this.#gone.add(id);
    this.records = this.records.filter((record) => record.id !== id);
    this.#total -= 1;
    this.#draw();
  }

  /** Mark the film that is open. @param {string} id */
  mark(id) {
    this.#open = id;
    for (const [other, { node }] of this.#rows) markOpen(node, other === id);
    this.#rows.get(id)?.node.scrollIntoView({ block: "nearest" });
  }

  /** Open the next film, or the one before. @param {number} by */
  step(by) {
    const here = this.records.findIndex((record) => record.id === this.#open);
    const next = this.records[here < 0 ? 0 : here + by];
    if (!next) return;
    location.hash = `#/films/${next.id}`;
    if (this.#list.contains(document.activeElement)) {
      this.#rows.get(next.id)?.node.querySelector("a")?.focus();
    }
  }

  #loadMore() {
    return this.#ask({ limit: String(PAGE), cursor: this.#cursor ?? "" }, () => this.records);
  }

  /** @param {Record<string, string>} page @param {() => FilmRecord[]} before what stays above it,
   * once it is there @returns {Promise<boolean>} */
  async #ask(page, before) {
    const number = ++this.#asked;
    const query = this.query;
    for (const [name, value] of Object.entries(page)) query.set(name, value);
    try {
      const told = await ask(`v1/predictions?${query}`);
      if (number !== this.#asked) return true; // something else was asked meanwhile
      const all = /** @type {FilmRecord[]} */ ([...before(), ...told.predictions]);
      this.records = all.filter(({ id }) => !this.#gone.has(id));
      this.#cursor = told.next;
      this.#total = told.total;
      this.#draw();
      return true;
    } catch (error) {
      complain(error);
      return false;
    }
  }

  /** For how many films with a finding a film was judged, where that is not what its model has of
   * its own, or its model is there no more. @param {FilmRecord} record */
  #noteOf(record) {
    if (record.status === "unreadable" || record.prevalence === null) return "";
    const share = percent(record.prevalence);
    const own = this.#shares.get(record.model.graph_sha256) ?? null;
    return own !== null && percent(own) === share ? "" : `judged for ${share} with a finding`;
  }

  #draw() {
    const before = this.#rows;
    this.#rows = new Map();
    for (const record of this.records) {
      const film = JSON.stringify(record);
      const known = before.get(record.id);
      const row = known?.film === film ? known : { film, node: rowOf(record, this.#noteOf(record)) };
      markOpen(row.node, record.id === this.#open);
      this.#rows.set(record.id, row);
    }
    const nodes = [...this.#rows.values()].map(({ node }) => node);
    if (nodes.some((node, place) => this.#list.children[place] !== node) || nodes.length !== this.#list.children.length) {
      this.#list.replaceChildren(...nodes);
    }
    this.#count.textContent = this.#total ? counted(this.#total, "film") : "";
    this.#nothing.hidden = this.records.length > 0;
    this.#nothing.textContent = this.isPlain ? "No films yet." : "No film fits.";
    this.#filters.hidden = this.#exports.hidden = this.isPlain && !this.records.length;
    this.#more.hidden = this.#cursor === null;
    this.#more.textContent = `Show more of ${counted(this.#total, "film")}`;
  }
}

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

/** @param {HTMLLIElement} row @param {boolean} isOpen */
function markOpen(row, isOpen) {
  const link = /** @type {HTMLAnchorElement} */ (row.firstElementChild);
  if (isOpen) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
}

/** @param {FilmRecord} record @param {string} note @returns {HTMLLIElement} */
function rowOf(record, note) {
  return el(
    "li",
    {},
    el(
      "a",
      { href: `#/films/${record.id}` },
      thumbnail(record),
      el(
        "span",
        { class: "row-text" },
        el(
          "span",
          { class: "row-head" },
          el("bdi", { class: "name", title: record.film }, record.film),
          el("time", { datetime: record.created_at, title: longTime(record.created_at) }, shortTime(record.created_at)),
        ),
        record.status === "read" ? outcome(record, note) : el("span", { class: "why" }, record.reason),
      ),
    ),
  );
}

/** @param {ReadFilm} film @param {string} note */
function outcome(film, note) {
  const value = el("span", { class: "value" });
  const mark = el("i", { class: "mark" });
  value.style.width = `${100 * film.probability}%`;
  mark.style.left = `${100 * film.threshold}%`;
  const { review } = film;
  return [
    el(
      "span",
      { class: "row-head" },
      el("strong", { class: "call", "data-ill": isIll(film) }, film.finding),
      film.tags.warnings.length > 0 &&
        el("span", { class: "sign warning", title: film.tags.warnings.join("; ") }, icon("warning"), el("span", { class: "unseen" }, "with warnings")),
      review &&
        el("span", { class: "sign", title: `Review: ${review.verdict}` }, icon(review.verdict), el("span", { class: "unseen" }, `review: ${review.verdict}`)),
    ),
    el("span", { class: "quiet" }, shortReading(film)),
    note && el("span", { class: "share" }, note),
    el("span", { class: "track", "aria-hidden": "true", title: percent(film.probability) }, value, mark),
  ];
}

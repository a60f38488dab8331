// @ts-check
/** A row of the worklist: all are of one height, and what is cut is told in full by its title. */

import { el, icon } from "./elements.js";
import { longTime, shortTime, words } from "./language.js";
import { thumbnail } from "./thumbnails.js";
import { isIll, percent, shortReading } from "./words.js";

/** @import { FilmRecord, ReadFilm } from "./records.js" */

/**
 * @param {FilmRecord} record
 * @param {string} address
 * @param {string} note
 * @param {HTMLLIElement} [before] the row that the film had until now, whose picture it keeps
 * @returns {HTMLLIElement}
 */
export function filmRow(record, address, note, before) {
  return el(
    "li",
    {},
    el(
      "a",
      { href: address },
      before?.querySelector(".thumbnail") ?? thumbnail(record),
      el(
        "span",
        { class: "row-text" },
        el(
          "span",
          { class: "row-head" },
          el("bdi", { class: "name", title: record.film }, record.film),
          el("time", { datetime: record.created_at, title: longTime(record.created_at) }, shortTime(record.created_at)),
        ),
        record.status === "read" ? outcome(record, note) : el("span", { class: "why", title: record.reason }, record.reason),
      ),
    ),
  );
}

/** @param {HTMLLIElement} row @param {boolean} isOpen */
export function markOpen(row, isOpen) {
  const link = /** @type {HTMLAnchorElement} */ (row.firstElementChild);
  if (isOpen) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
}

/** @param {ReadFilm} film @param {string} note */
function outcome(film, note) {
  const value = el("span", { class: "value" });
  const mark = el("i", { class: "mark" });
  value.style.width = `${100 * film.probability}%`;
  mark.style.left = `${100 * film.threshold}%`;
  const { review } = film;
  const reading = shortReading(film);
  return [
    el(
      "span",
      { class: "row-head" },
      el("strong", { class: "call", "data-ill": isIll(film), title: film.finding }, film.finding),
      film.tags.warnings.length > 0 && sign("warning", film.tags.warnings.join("; "), words.worklist.warnings),
      review && sign(review.verdict, words.worklist.review[review.verdict]),
      note && el("span", { class: "share", title: note }, note),
    ),
    el("span", { class: "reading quiet", title: reading }, reading),
    el("span", { class: "track", "aria-hidden": "true", title: percent(film.probability) }, value, mark),
  ];
}

/** @param {string} name @param {string} title @param {string} heard */
const sign = (name, title, heard = title) =>
  el("span", { class: `sign ${name}`, title }, icon(name), el("span", { class: "unseen" }, heard));

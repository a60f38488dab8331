// @ts-check
/** What is said of a film, beside it. */

import { ask, file } from "./api.js";
import { isHidden, markSeen } from "./blind.js";
import { confirmed } from "./dialogs.js";
import { el, fill, icon } from "./elements.js";
import { longTime, numeral, words } from "./language.js";
import { complain, say } from "./messages.js";
import { reviewForm } from "./review.js";
import { ownReview } from "./reviewer.js";
import { reviewList, toldOf } from "./reviews.js";
import {
  doubts,
  faintHeat,
  findingsOf,
  isIll,
  percent,
  shortReading,
  whatItDoesNotMean,
  whatItMeans,
  whatWasCalled,
} from "./words.js";

/** @import { FilmRecord, ReadFilm } from "./records.js" */

const said = words.film;
const FAINT = 0.3; // of full heat; what is drawn of that can hardly be seen

/**
 * What the panel needs of the page: ids of records that were answered from the history, and what to
 * do with changes.
 *
 * @typedef {object} Surroundings
 * @property {Set<string>} known
 * @property {(id: string) => void} changed
 * @property {(id: string) => void} deleted
 * @property {(model: string) => void} showModel
 * @property {(id: string) => void} report
 */

/** `data-film` of the panel is the id of the record that it shows.
 * @param {HTMLElement} panel @param {FilmRecord} record @param {Surroundings} around */
export function showPanel(panel, record, around) {
  panel.dataset.film = record.id;
  const title = el("h2", { id: "film-title", tabindex: -1 }, el("bdi", {}, record.film));
  if (record.status === "unreadable") {
    fill(
      panel,
      title,
      el("p", { class: "called", "data-ill": "broken" }, icon("broken"), said.notRead),
      el("p", { class: "reason" }, record.reason),
      facts([
        [said.sent, longTime(record.created_at)],
        [said.by, record.client],
        ["SHA-256", record.sha256],
      ]),
      actions(record, around),
    );
    return;
  }
  if (isHidden(record)) {
    fill(panel, title, reviewForm(record, around.changed), about(record, around), actions(record, around));
    return;
  }
  markSeen(record.id);
  const own = ownReview(record);
  fill(
    panel,
    title,
    el("p", { class: "called", "data-ill": isIll(record) }, el("bdi", {}, record.finding)),
    el("p", { class: "reading" }, shortReading(record)),
    own && toldOf(own),
    bars(record),
    el("p", { id: "faint", class: "faint", hidden: true }),
    doubts(record).map((text) =>
      el("p", { class: "caution", role: "note" }, icon("warning"), el("span", {}, text)),
    ),
    el(
      "section",
      { "aria-label": said.inWords },
      el("p", {}, whatWasCalled(record)),
      el("p", {}, whatItMeans(record)),
      el("p", {}, whatItDoesNotMean(record)),
    ),
    reviewForm(record, around.changed),
    record.reviews.length > 0 && reviewList(record),
    about(record, around),
    actions(record, around),
  );
}

/** Whether a film is called ill, and hardly any colour says why.
 * @param {ReadFilm} film @param {number} strongest its heat, 0 to 1 */
export const isFaint = (film, strongest) => isIll(film) !== "no" && strongest < FAINT;

/** Say of a film that is called ill where hardly any colour says why.
 * @param {ReadFilm} film @param {number} strongest its heat, 0 to 1 */
export function tellOfHeat(film, strongest) {
  const note = document.getElementById("faint"); // not there once another film has come
  if (!note || !isFaint(film, strongest)) return;
  note.textContent = faintHeat(film, strongest);
  note.hidden = false;
}

/** A bar for each finding, with the thresholds of all operating points. @param {ReadFilm} film */
export function bars(film) {
  return el(
    "div",
    { class: "bars" },
    findingsOf(film).map((name) => {
      const figure = percent(film.probabilities[name]);
      const value = el("div", { class: "value" });
      value.style.width = `${100 * film.probabilities[name]}%`;
      const points = Object.entries(film.operating_points);
      return el(
        "div",
        { class: "bar" },
        el("p", {}, el("span", {}, name), el("strong", {}, figure)),
        el(
          "div",
          {
            class: "track",
            role: "img",
            "aria-label": words.finding.bar(name, figure, percent(film.thresholds[name])),
          },
          value,
          points.map(([point, thresholds]) => {
            const mark = el("i", { class: point === film.operating_point ? "mark" : "mark other" });
            mark.style.left = `${100 * thresholds[name]}%`;
            return mark;
          }),
        ),
        el(
          "ul",
          { class: "thresholds" },
          points.map(([point, thresholds]) =>
            el(
              "li",
              { class: point === film.operating_point ? "here" : "" },
              `${point} ${percent(thresholds[name])}`,
            ),
          ),
        ),
      );
    }),
  );
}

/** @param {ReadFilm} film @param {Surroundings} around */
function about(film, around) {
  const { tags } = film;
  const age = tags.patient_age === null ? null : said.years(numeral(tags.patient_age));
  const numbers = Object.entries(film.probabilities);
  const when = longTime(film.created_at);
  return el(
    "details",
    { class: "about", open: true },
    el("summary", {}, said.about),
    facts([
      [said.levels, tags.rendering],
      [said.notes, tags.notes.join("; ")],
      [said.film, said.size(`${film.width} × ${film.height}`, tags.format, numeral(tags.bits))],
      [said.frames, tags.frames > 1 ? said.firstOf(numeral(tags.frames)) : null],
      [said.taken, [tags.modality, tags.body_part, tags.view].filter(Boolean).join(", ")],
      [said.age, age],
      [said.read, around.known.has(film.id) ? said.knownBefore(when) : when],
      [said.by, film.client],
      [said.kept, said.keptAs[film.film_kept]],
      [
        said.model,
        el(
          "button",
          { type: "button", class: "link", onclick: () => around.showModel(film.model.name) },
          film.model.name,
        ),
      ],
      [
        said.numbers,
        isHidden(film)
          ? null
          : el("ul", { class: "plain" }, numbers.map(([name, p]) => el("li", {}, `${name} ${percent(p)}`))),
      ],
    ]),
  );
}

/** @param {[string, string | Node | null][]} pairs */
export const facts = (pairs) =>
  el(
    "dl",
    {},
    pairs
      .filter(([, value]) => value)
      .map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
  );

/** @param {FilmRecord} record @param {Surroundings} around */
function actions(record, around) {
  const path = `v1/predictions/${record.id}`;
  const stem = record.film.replace(/\.[^.]*$/, "") || "film";
  /** @param {string} label @param {string} address @param {string} name */
  const download = (label, address, name) =>
    el("button", { type: "button", onclick: () => save(address, name) }, icon("download"), label);
  const query = record.status === "read" ? `?operating_point=${encodeURIComponent(record.operating_point)}` : "";
  return el(
    "div",
    { class: "actions", role: "group", "aria-label": said.actions },
    !isHidden(record) &&
      el("button", { type: "button", onclick: () => around.report(record.id) }, icon("report"), words.report.button),
    record.status === "read" &&
      record.film_kept !== "none" &&
      !isHidden(record) &&
      download(said.picture, `${path}/overlay${query}`, `${stem}-heat.png`),
    !isHidden(record) && download("JSON", path + query, `${stem}.json`),
    el(
      "button",
      { type: "button", class: "danger", onclick: () => remove(record, around) },
      icon("bin"),
      said.remove,
    ),
  );
}

/** @param {string} path @param {string} name */
async function save(path, name) {
  try {
    const address = URL.createObjectURL(await file(path));
    el("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000); // once the browser has it
  } catch (error) {
    complain(error);
  }
}

/** @param {FilmRecord} record @param {Surroundings} around */
async function remove(record, around) {
  const what = record.film_kept === "none" ? said.recordGoes : said.bothGo;
  if (!(await confirmed(said.removeIt(record.film), what, said.remove))) return;
  try {
    await ask(`v1/predictions/${record.id}`, { method: "DELETE" });
    say(said.removed(record.film));
    around.deleted(record.id);
  } catch (error) {
    complain(error);
  }
}

// @ts-check
/** How a model does on the films that people have reviewed, in front of the page. */

import { ask } from "./api.js";
import { byId, el, fill } from "./elements.js";
import { numeral, words } from "./language.js";
import { complain } from "./messages.js";

/** @import { Interval, Model, PointSummary, ReviewSummary } from "./records.js" */

const FEW = 100; // films, of which intervals are wide
const VERDICTS = Object.entries(words.reviewed.verdicts);

const dialog = /** @type {HTMLDialogElement} */ (byId("reviewed"));
const choice = /** @type {HTMLSelectElement} */ (byId("reviewed-model"));

/** Films of these models can be reviewed. @param {Model[]} models */
export function offerReviewed(models) {
  const { value } = choice;
  fill(choice, models.map(({ name }) => el("option", {}, name)));
  if (models.some(({ name }) => name === value)) choice.value = value;
}

/** Show the films of a model. @param {string} model its name */
export function showReviewed(model) {
  choice.value = model;
  tell("");
  dialog.showModal();
  void load();
}

/** Keep what is shown up to date, whichever tab a review is saved in. */
export function listenForReviews() {
  choice.addEventListener("change", () => void load());
  new BroadcastChannel("pneumoscope-reviews").addEventListener("message", () => {
    if (dialog.open) void load();
  });
}

let asked = 0;

async function load() {
  const number = ++asked;
  try {
    const summary = await ask(`v1/reviews/summary?${new URLSearchParams({ model: choice.value })}`);
    if (number === asked) draw(summary);
  } catch (error) {
    dialog.close(); // it would hide what went wrong
    complain(error);
  }
}

/** @param {string} lead what is heard too, when it changes @param {...(Node | false)} figures */
function tell(lead, ...figures) {
  byId("reviewed-lead").textContent = lead;
  fill(byId("reviewed-films"), ...figures);
}

/** @param {ReviewSummary} summary */
function draw(summary) {
  const { none, lead, few, meaning } = words.reviewed;
  if (!summary.reviewed) {
    tell(none);
    return;
  }
  const [point, { confusion }] = Object.entries(summary.points)[0];
  const agreed = summary.classes.reduce((sum, name) => sum + confusion[name][name], 0);
  const compared = Object.values(confusion).flatMap((row) => Object.values(row)).reduce((sum, count) => sum + count, 0);
  const plainly = words.reviewed.plainly(numeral(agreed), words.worklist.films(numeral(compared)), point);
  const told = lead(summary.reviewed, numeral(summary.reviewed), numeral(summary.decided));
  tell(
    compared ? `${plainly} ${told}` : told,
    summary.decided < 2 * FEW && el("p", { class: "quiet" }, few),
    ...Object.entries(summary.points).map(([name, point]) => pointOf(summary, name, point)),
    blindOf(summary),
    reviewersOf(summary),
    betweenOf(summary),
    el("p", { class: "meaning" }, meaning),
    exportsOf(summary),
  );
}

/** @param {ReviewSummary} summary @param {string} name @param {PointSummary} point */
function pointOf(summary, name, { confusion, sensitivity, specificity, agreement }) {
  const text = words.reviewed;
  const { classes, normal_class: normal } = summary;
  /** @param {string} truth */
  const all = (truth) => classes.reduce((sum, called) => sum + confusion[truth][called], 0);
  const isNormal = (/** @type {string} */ truth) => truth === normal;
  /** @param {string[]} truths */
  const films = (truths) => truths.reduce((sum, truth) => sum + all(truth), 0);
  return part(
    text.point(name),
    table(
      [text.seen, ...classes.map(text.called)],
      classes.map((truth) => [truth, ...classes.map((called) => numeral(confusion[truth][called]))]),
    ),
    figures([
      normal !== null && [text.sensitivity, share(sensitivity, films(classes.filter((one) => !isNormal(one))), text.noFinding)],
      normal !== null && [text.specificity, share(specificity, films(classes.filter(isNormal)), text.noNormal)],
      [text.agreement, share(agreement, films(classes))],
    ]),
  );
}

/** @param {ReviewSummary} summary */
function blindOf({ blind: { films, agreement, kappa } }) {
  const text = words.reviewed;
  return part(
    text.blind,
    films
      ? figures([
          [text.films, numeral(films)],
          [text.agreement, share(agreement, films)],
          [text.kappa, coefficient(kappa)],
        ])
      : el("p", {}, text.blindNeeded),
  );
}

/** @param {ReviewSummary} summary */
function reviewersOf({ reviewers }) {
  const text = words.reviewed;
  return part(
    text.reviewers,
    table(
      [text.reviewer, text.films, text.decided],
      reviewers.map(({ reviewer, films, decided }) => [reviewer || text.unnamed, numeral(films), numeral(decided)]),
    ),
  );
}

/** @param {ReviewSummary} summary */
function betweenOf({ between_reviewers: { films, kappa } }) {
  const text = words.reviewed;
  return part(
    text.between,
    films
      ? figures([
          [text.films, numeral(films)],
          [text.kappa, coefficient(kappa)],
        ])
      : el("p", {}, text.betweenNeeded),
  );
}

/** The films of each verdict as a file; they tell the answers. @param {ReviewSummary} summary */
const exportsOf = ({ model }) =>
  el(
    "p",
    { class: "telling" },
    words.reviewed.save,
    VERDICTS.map(([verdict, label]) => [
      " ",
      el("a", { href: `v1/export?${new URLSearchParams({ format: "csv", model: model.name, verdict })}`, download: "" }, label),
    ]).flat(),
  );

/** @param {string} title @param {...(Node | false)} children */
const part = (title, ...children) => el("section", {}, el("h3", {}, title), ...children);

/** A table whose first column heads its rows. @param {string[]} head @param {string[][]} rows */
const table = (head, rows) =>
  el(
    "div",
    { class: "table", tabindex: 0 },
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, head.map((name) => el("th", { scope: "col" }, name)))),
      el(
        "tbody",
        {},
        rows.map(([name, ...cells]) =>
          el("tr", {}, el("th", { scope: "row" }, el("bdi", {}, name)), cells.map((cell) => el("td", {}, cell))),
        ),
      ),
    ),
  );

/** @param {([string, string] | false)[]} pairs */
const figures = (pairs) =>
  el(
    "dl",
    { class: "figures" },
    pairs.map((pair) => pair && el("div", {}, el("dt", {}, pair[0]), el("dd", {}, pair[1]))),
  );

/** @param {Interval | null} found @param {number} films @param {string} [needed] where there is none */
function share(found, films, needed = words.reviewed.unknown) {
  return found ? `${interval(found, percentage)} ${words.reviewed.ofFilms(words.worklist.films(numeral(films)))}` : needed;
}

/** @param {Interval | null} found */
const coefficient = (found) => (found ? interval(found, (value) => numeral(value, 2)) : words.reviewed.unknown);

/** @param {Interval} found @param {(value: number) => string} written */
const interval = ({ value, low, high }, written) => words.reviewed.interval(written(value), written(low), written(high));

/** A share that was counted: all of five films are 100 %. @param {number} value */
const percentage = (value) => `${numeral(100 * value, 1)}\u00a0%`;

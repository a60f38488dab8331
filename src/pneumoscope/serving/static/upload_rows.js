// @ts-check
/** Films on their way, above the worklist: how far all of them are, those that need a person, and
 * those that were known from before, which the list has under other names. */

import { ask } from "./api.js";
import { byId, el, fill, icon } from "./elements.js";
import { numeral, words } from "./language.js";
import { complain, say } from "./messages.js";

/** @import { Known, Upload, Uploads } from "./uploads.js" */

const said = words.sending;
const MOST_ROWS = 20;

/** Keep what is shown of uploads up to date. @param {Uploads} uploads */
export function showUploads(uploads) {
  // Buttons stay what they are, however often the rest changes: somebody may be pressing one.
  const box = byId("uploads");
  const sum = el("p", { class: "upload-sum" });
  const stop = el("button", { type: "button", class: "link", onclick: () => uploads.stop() }, said.stop);
  const dismiss = el("button", { type: "button", class: "link", onclick: () => uploads.dismiss() }, said.dismiss);
  const progress = el("progress", { "aria-label": said.read });
  const underWay = el("ul");
  const failures = el("ul");
  const known = el("ul");
  const knownMore = el("p", { class: "quiet" });
  fill(box, el("div", { class: "row" }, sum, stop, dismiss), progress, underWay, failures, known, knownMore);

  /** @type {Upload[]} */
  let shown = [];
  /** @type {Known[]} */
  let shownKnown = [];
  let due = false;

  function draw() {
    due = false;
    const { counts, busy, items } = uploads;
    const failed = items.filter((item) => item.state === "failed");
    box.hidden = !counts.all;
    sum.textContent = busy ? said.progress(numeral(doneOf(uploads)), filmsOf(counts.all)) : sumOf(uploads);
    stop.hidden = progress.hidden = underWay.hidden = !busy;
    dismiss.hidden = busy;
    progress.max = Math.max(1, counts.all);
    progress.value = doneOf(uploads) + sentOf(uploads);
    fill(underWay, items.filter((item) => item.state === "sending" || item.state === "held up").map(rowOf));
    if (failed.length !== shown.length || failed.some((item, place) => item !== shown[place])) {
      shown = failed;
      fill(
        failures,
        failed.slice(0, MOST_ROWS).map((item) => failureOf(item, uploads)),
        failed.length > MOST_ROWS && el("li", { class: "quiet" }, andMore(failed.length)),
      );
    }
    if (uploads.known !== shownKnown) {
      // Each row asks for a name, once.
      const goesOn = shownKnown.every((film, place) => uploads.known[place] === film);
      if (!goesOn) fill(known);
      known.append(...uploads.known.slice(known.children.length, MOST_ROWS).map(knownRow));
      shownKnown = uploads.known;
      knownMore.textContent = shownKnown.length > MOST_ROWS ? said.moreKnown(andMore(shownKnown.length)) : "";
    }
  }

  uploads.addEventListener("change", () => {
    // Many changes come between two pictures of the screen.
    if (!due) requestAnimationFrame(draw);
    due = true;
  });
  uploads.addEventListener("idle", () => say(sumOf(uploads)));
}

/** @param {Uploads} uploads */
const doneOf = ({ counts }) => counts.read + counts.unreadable + counts.failed;

/** What has been sent of films that are not done. @param {Uploads} uploads */
const sentOf = ({ items }) =>
  items.reduce((sum, item) => sum + (item.state === "sending" ? 0.8 * item.sent : 0), 0);

/** @param {Uploads} uploads */
function sumOf({ counts, known: { length: known } }) {
  const { read, unreadable, failed } = counts;
  return [
    known
      ? said.readKnown(filmsOf(read), known === read ? said.all : numeral(known))
      : said.readOnes(filmsOf(read)),
    unreadable && said.unreadable(numeral(unreadable)),
    failed && said.notSent(numeral(failed)),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** @param {number} all of which some are shown */
const andMore = (all) => said.more(numeral(all - MOST_ROWS));

/** @param {number} count */
const filmsOf = (count) => words.worklist.films(numeral(count));

/** A film under the name it was sent by now, and the name that the history has it under.
 * @param {Known} film */
function knownRow({ id, name }) {
  const earlier = el("span", {});
  ask(`v1/predictions/${id}`).then(({ film }) => {
    if (film !== name) fill(earlier, said.as, el("bdi", {}, film));
  }, complain);
  return el("li", { class: "known" }, el("a", { href: `#/films/${id}` }, el("bdi", {}, name)), said.knownBefore, earlier);
}

/** @param {Upload} item */
function rowOf(item) {
  const sent = item.sent < 1 ? said.sent(`${numeral(100 * item.sent)} %`) : said.beingRead;
  return el(
    "li",
    { class: "under-way" },
    el("bdi", {}, item.film.name),
    el("span", { class: "quiet" }, item.state === "held up" ? said.waits(item.heldUp) : sent),
  );
}

/** @param {Upload} item @param {Uploads} uploads */
const failureOf = (item, uploads) =>
  el(
    "li",
    { class: "upload-failure" },
    el("p", {}, icon("broken"), el("strong", {}, el("bdi", {}, item.film.name))),
    el("p", {}, `${item.failure?.title}. ${item.failure?.detail}`),
    item.failure?.hint && el("p", { class: "quiet" }, item.failure.hint),
    el(
      "p",
      { class: "row" },
      el("button", { type: "button", onclick: () => uploads.tryAgain(item) }, said.again),
      el("button", { type: "button", class: "link", onclick: () => uploads.forget(item) }, said.dismiss),
    ),
  );

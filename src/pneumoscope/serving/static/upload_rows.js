// @ts-check
/** Films on their way, above the worklist: how far all of them are, and those that need a person. */

import { byId, el, fill, icon } from "./elements.js";
import { say } from "./messages.js";
import { counted } from "./words.js";

/** @import { Upload, Uploads } from "./uploads.js" */

const MOST_FAILURES = 20;

/** Keep what is shown of uploads up to date. @param {Uploads} uploads */
export function showUploads(uploads) {
  // Buttons stay what they are, however often the rest changes: somebody may be pressing one.
  const box = byId("uploads");
  const sum = el("p", { class: "upload-sum" });
  const stop = el("button", { type: "button", class: "link", onclick: () => uploads.stop() }, "Stop");
  const dismiss = el("button", { type: "button", class: "link", onclick: () => uploads.dismiss() }, "Dismiss");
  const progress = el("progress", { "aria-label": "Films read" });
  const underWay = el("ul");
  const failures = el("ul");
  fill(box, el("div", { class: "row" }, sum, stop, dismiss), progress, underWay, failures);

  /** @type {Upload[]} */
  let shown = [];
  let due = false;

  function draw() {
    due = false;
    const { counts, busy, items } = uploads;
    const failed = items.filter((item) => item.state === "failed");
    box.hidden = !counts.all;
    sum.textContent = busy ? `${doneOf(uploads)} of ${counted(counts.all, "film")}` : sumOf(uploads);
    stop.hidden = progress.hidden = underWay.hidden = !busy;
    dismiss.hidden = busy;
    progress.max = Math.max(1, counts.all);
    progress.value = doneOf(uploads) + sentOf(uploads);
    fill(underWay, items.filter((item) => item.state === "sending" || item.state === "held up").map(rowOf));
    if (failed.length !== shown.length || failed.some((item, place) => item !== shown[place])) {
      shown = failed;
      fill(
        failures,
        failed.slice(0, MOST_FAILURES).map((item) => failureOf(item, uploads)),
        failed.length > MOST_FAILURES &&
          el("li", { class: "quiet" }, `and ${counted(failed.length - MOST_FAILURES, "more film")}`),
      );
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
function sumOf({ counts }) {
  const { read, unreadable, known, failed } = counts;
  return [
    `${counted(read, "film")} read${known ? `, ${known === read ? "all" : known} known from before` : ""}`,
    unreadable && `${unreadable} could not be read`,
    failed && `${failed} not sent`,
  ]
    .filter(Boolean)
    .join(" · ");
}

/** @param {Upload} item */
function rowOf(item) {
  const sent = item.sent < 1 ? `${Math.round(100 * item.sent)} % sent` : "is being read";
  return el(
    "li",
    { class: "under-way" },
    el("bdi", {}, item.film.name),
    el("span", { class: "quiet" }, item.state === "held up" ? `waits for the service. ${item.heldUp}`.trim() : sent),
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
      el("button", { type: "button", onclick: () => uploads.tryAgain(item) }, "Try again"),
      el("button", { type: "button", class: "link", onclick: () => uploads.forget(item) }, "Dismiss"),
    ),
  );

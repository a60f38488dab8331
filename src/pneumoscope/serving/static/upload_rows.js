// @ts-check
/** Films on their way, above the worklist: how far all of them are, and those that need a person. */

import { byId, el, fill, icon } from "./elements.js";
import { say } from "./messages.js";
import { counted } from "./words.js";

/** @import { Upload, Uploads } from "./uploads.js" */

const MOST_FAILURES = 20;

/** Keep what is shown of uploads up to date. @param {Uploads} uploads */
export function showUploads(uploads) {
  const box = byId("uploads");
  let due = false;

  function draw() {
    due = false;
    const failed = uploads.items.filter((item) => item.state === "failed");
    const { counts, busy } = uploads;
    box.hidden = !counts.all && !failed.length;
    if (box.hidden) return;
    fill(
      box,
      el(
        "div",
        { class: "row" },
        el("p", { class: "upload-sum" }, busy ? progressText(uploads) : sumText(uploads)),
        busy
          ? el("button", { type: "button", class: "link", onclick: () => uploads.stop() }, "Stop")
          : !failed.length && el("button", { type: "button", class: "link", onclick: dismiss }, "Dismiss"),
      ),
      busy && el("progress", { max: counts.all, value: progressOf(uploads), "aria-label": "Films read" }),
      busy &&
        el(
          "ul",
          { class: "plain" },
          uploads.items.filter((item) => item.state === "sending" || item.state === "held up").map(underWay),
        ),
      el(
        "ul",
        { class: "plain" },
        failed.slice(0, MOST_FAILURES).map((item) => failure(item, uploads)),
        failed.length > MOST_FAILURES &&
          el("li", { class: "quiet" }, `and ${counted(failed.length - MOST_FAILURES, "more film")}`),
      ),
    );
  }

  function dismiss() {
    uploads.counts.all = 0;
    draw();
  }

  uploads.addEventListener("change", () => {
    // Many changes come between two pictures of the screen.
    if (!due) requestAnimationFrame(draw);
    due = true;
  });
  uploads.addEventListener("idle", () => say(sumText(uploads)));
}

/** Films that are done, and parts of those that are being sent. @param {Uploads} uploads */
function progressOf({ counts, items }) {
  const sending = items.reduce((sum, item) => sum + (item.state === "sending" ? 0.8 * item.sent : 0), 0);
  return counts.read + counts.unreadable + counts.failed + sending;
}

/** @param {Uploads} uploads */
function progressText({ counts }) {
  const done = counts.read + counts.unreadable + counts.failed;
  return `${done} of ${counted(counts.all, "film")}`;
}

/** @param {Uploads} uploads */
function sumText({ counts }) {
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
const underWay = (item) =>
  el(
    "li",
    { class: "under-way" },
    el("bdi", {}, item.film.name),
    el(
      "span",
      { class: "quiet" },
      item.state === "held up"
        ? "waits for the service"
        : item.sent < 1
          ? `${Math.round(100 * item.sent)} % sent`
          : "is being read",
    ),
  );

/** @param {Upload} item @param {Uploads} uploads */
const failure = (item, uploads) =>
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

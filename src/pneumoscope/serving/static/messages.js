// @ts-check
/** What happened, for those who see and those who hear the page; and what went wrong. */

import { Away, Problem } from "./api.js";
import { untilReady } from "./connection.js";
import { byId, el, fill, icon } from "./elements.js";
import { words } from "./language.js";

const LONG_ENOUGH = 12_000;
const SHORT = 6_000; // for what is told and asks for nothing

// What stands below the messages makes room for them, so that they cover nothing for good.
new ResizeObserver(() => {
  document.body.style.setProperty("--messages", `${byId("messages").offsetHeight}px`);
}).observe(byId("messages"));

/** Tell something that can be seen anyway to those who hear the page. @param {string} text */
export function say(text) {
  byId("said").textContent = text;
}

/** Tell what went wrong: what happened, and what to do. @param {unknown} error */
export function complain(error) {
  if (error instanceof Problem && error.status === 401) return; // the form to sign in tells it
  if (error instanceof Away) {
    void tellOfBreak(error.changes);
    return;
  }
  if (!(error instanceof Problem)) throw error;
  show(error.title, error.message, error.hint);
}

/**
 * What was to be changed may be lost, and is told at once. What was only asked for comes by itself
 * after a long break, which the top of the page tells; after a short one nobody else would.
 *
 * @param {boolean} changes
 */
async function tellOfBreak(changes) {
  if (!changes && (await untilReady())) return;
  show(words.trouble.broke, words.trouble.didNotAnswer, words.trouble.again);
}

/** Tell something for a while; shorter, where there is nothing to do about it.
 * @param {string} title @param {string} detail @param {string} hint */
export function show(title, detail, hint = "") {
  const messages = byId("messages");
  const message = el(
    "div",
    { class: "message" },
    el("p", {}, el("strong", {}, title)),
    el("p", {}, detail),
    hint && el("p", { class: "quiet" }, hint),
    el(
      "button",
      { type: "button", class: "bare", onclick: () => message.remove() },
      icon("close"),
      el("span", { class: "unseen" }, words.trouble.close),
    ),
  );
  fill(messages, message);
  const end = () => {
    if (message.matches(":hover, :focus-within")) setTimeout(end, SHORT); // somebody reads it
    else message.remove();
  };
  setTimeout(end, hint ? LONG_ENOUGH : SHORT);
}

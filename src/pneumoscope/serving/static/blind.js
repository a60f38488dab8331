// @ts-check
/**
 * Blind reading: what the model says of a film is hidden until whoever reads has said what they see.
 * `body.blind` while it is on, `body[data-blind]` while a film is shown so; the styles hide by that
 * what other modules draw.
 */

import { byId } from "./elements.js";
import { words } from "./language.js";
import { say } from "./messages.js";
import { ownReview } from "./reviewer.js";

/** @import { FilmRecord } from "./records.js" */

const KEPT_AS = "pneumoscope-blind";
const SEEN_AS = "pneumoscope-seen";
/** Choices of the worklist that go by what the model says. */
const TELLING = ["probability", "urgency"].map((value) => `option[value="${value}"]`).concat('option[value^="finding:"]');

/** Ids of films whose answer was shown in this tab; a reader cannot forget it. @type {Set<string>} */
const seen = new Set(JSON.parse(sessionStorage.getItem(SEEN_AS) ?? "[]"));

const isOn = () => document.body.classList.contains("blind");

/** Whether the answer of a film is hidden. @param {FilmRecord} record */
export const isHidden = (record) => isOn() && record.status === "read" && !ownReview(record);

/** Whether whoever reads has seen the answer. @param {string} id of a film */
export const wasSeen = (id) => seen.has(id);

/** The answers of films are shown. @param {...string} ids */
export function markSeen(...ids) {
  const count = seen.size;
  for (const id of ids) seen.add(id);
  if (seen.size > count) sessionStorage.setItem(SEEN_AS, JSON.stringify([...seen]));
}

/** Films stand in the list, with their answers unless it is blind. @param {string[]} ids */
export function markListed(ids) {
  if (!isOn()) markSeen(...ids);
}

/** Switch it as it was left, and by its button from now on.
 * @param {() => void} changed is told when it is switched */
export function listenForBlind(changed) {
  put(localStorage.getItem(KEPT_AS) === "on");
  byId("blind").addEventListener("click", () => {
    put(!isOn());
    localStorage.setItem(KEPT_AS, isOn() ? "on" : "off");
    restrictList();
    say(isOn() ? words.review.blindOn : words.review.blindOff);
    changed();
  });
}

/** @param {boolean} on */
function put(on) {
  document.body.classList.toggle("blind", on);
  byId("blind").setAttribute("aria-pressed", String(on));
  byId("blind-list").hidden = !on;
}

/** Let the list be narrowed and put in order by what the model says, or not; called whenever it has
 * other choices. */
export function restrictList() {
  const form = /** @type {HTMLFormElement} */ (byId("filters"));
  for (const option of form.querySelectorAll(TELLING.join())) {
    const choice = /** @type {HTMLOptionElement} */ (option);
    choice.disabled = isOn();
    if (!isOn() || !choice.selected) continue;
    const select = /** @type {HTMLSelectElement} */ (choice.closest("select"));
    select.selectedIndex = 0;
    form.dispatchEvent(new Event("input"));
  }
}

// @ts-check
/** The list and the address of the page: each follows the other. */

import { readAddress } from "./address.js";
import { words } from "./language.js";
import { show } from "./messages.js";

/** @import { Place } from "./address.js" */
/** @import { Worklist } from "./worklist.js" */

const SETTLED = 300; // milliseconds: browsers refuse to be told of each film that is passed

/** What the address leads to. @returns {Place} */
export const placeInAddress = () => readAddress(location.hash) ?? { film: "", isReport: false };

/** Narrow the list to what the address says; what makes no sense is told, and leaves it.
 * @param {Worklist} worklist @returns whether the list becomes another one */
export function narrow(worklist) {
  const told = readAddress(location.hash);
  if (!told) show(words.worklist.passedOver, words.worklist.noSuchPlace);
  const isOther = worklist.narrow(told?.said ?? []);
  const address = worklist.address(told?.film ?? "", told?.isReport);
  if (readAddress(address)?.said.length !== told?.said.length) history.replaceState(history.state, "", address);
  return isOther;
}

/** Somebody wants other films: each choice is a step that the browser can go back, and a word is
 * one, however many letters it has. @param {Worklist} worklist @param {boolean} isTyping whether a
 * word goes on */
export function keepFilters(worklist, isTyping) {
  const { film, isReport } = placeInAddress();
  const address = worklist.address(film, isReport);
  if (isTyping) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
}

let keeping = 0;

/** Keep where the open film is in the list, for when it is come back to. @param {Worklist} worklist */
export function keepPlace(worklist) {
  clearTimeout(keeping);
  keeping = window.setTimeout(() => history.replaceState({ place: worklist.place }, ""), SETTLED);
}

/** Where the film in the address was in the list, if anybody knows. @returns {number | null} */
export const keptPlace = () => history.state?.place ?? null;

/** Links to films lead there with the list as it is when they are followed.
 * @param {HTMLElement} within @param {Worklist} worklist */
export function keepListIn(within, worklist) {
  within.addEventListener("click", ({ target }) => {
    const link = /** @type {Element} */ (target).closest("a");
    if (link) link.href = worklist.address(readAddress(link.hash)?.film ?? "");
  });
}

// @ts-check
/** Who reviews: the name of the token, or one that is asked for once and kept in this browser. */

import { byId } from "./elements.js";

/** @import { FilmRecord, Review, Session } from "./records.js" */

const KEPT_AS = "pneumoscope-reviewer";

/** @type {string | null} */
let ofToken = null;

/** Who signed in, if anybody has to. @param {Session} session */
export function knowSession({ auth_required: required, client }) {
  ofToken = required ? (client ?? "") : null;
}

/** Whether the service says who reviews, so that nobody is asked. */
export const isOfToken = () => ofToken !== null;

/** The name of whoever reviews, empty without one; `null` where nobody was asked yet. */
export const reviewer = () => ofToken ?? localStorage.getItem(KEPT_AS);

/** The review of a film by whoever reviews. @param {FilmRecord} record @returns {Review | null} */
export const ownReview = (record) =>
  record.reviews.find((review) => review.reviewer === reviewer()) ?? null;

/**
 * The name of whoever reviews, who is asked for it where that is not known yet.
 *
 * @returns {Promise<string | null>} `null` where somebody would not answer
 */
export const knownReviewer = async () => reviewer() ?? askForReviewer();

/**
 * Ask who reviews, and keep the answer.
 *
 * @returns {Promise<string | null>} `null` where somebody would not answer
 */
export function askForReviewer() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("who"));
  const field = /** @type {HTMLInputElement} */ (byId("who-name"));
  field.value = reviewer() ?? "";
  byId("who-none").onclick = () => dialog.close("none"); // sends no form, as Enter does
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener(
      "close",
      () => {
        const name = { keep: field.value.trim(), none: "" }[dialog.returnValue] ?? null;
        if (name !== null) localStorage.setItem(KEPT_AS, name);
        done(name);
      },
      { once: true },
    );
  });
}

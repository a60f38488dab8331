// @ts-check
/** What a person thinks of a finding. */

import { ask } from "./api.js";
import { el, icon } from "./elements.js";
import { complain, say } from "./messages.js";
import { longTime } from "./language.js";

/** @import { ReadFilm } from "./records.js" */

/** @typedef {{verdict: string | null, note: string, reviewer: string}} Opinion */

const VERDICTS = { agree: "Agree", disagree: "Disagree", unsure: "Unsure" };

/** What was typed and not saved, by the id of its film. @type {Map<string, Opinion>} */
const drafts = new Map();

/** Whether a review was typed and not saved. */
export const hasDrafts = () => drafts.size > 0;

/** Keep nothing of a film that is gone. @param {string} id */
export const forgetDraft = (id) => drafts.delete(id);

/**
 * @param {ReadFilm} film
 * @param {{named: boolean, changed: (id: string) => void}} around `named`: who reviews is not known
 * @returns {HTMLFormElement}
 */
export function reviewForm(film, { named, changed }) {
  const { review } = film;
  const shown = drafts.get(film.id) ?? review;

  /** @param {Opinion} opinion */
  async function put(opinion) {
    const draft = drafts.get(film.id);
    try {
      await ask(`v1/predictions/${film.id}/review`, { method: "PUT", body: opinion });
      say(opinion.verdict ? "The review was saved." : "The review was removed.");
      if (drafts.get(film.id) === draft) drafts.delete(film.id); // or more was typed meanwhile
      changed(film.id);
    } catch (error) {
      complain(error);
    }
  }

  return el(
    "form",
    {
      class: "review",
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        void put(opinionIn(event));
      },
      oninput: (/** @type {Event} */ event) => drafts.set(film.id, opinionIn(event)),
    },
    el(
      "fieldset",
      { class: "choice" },
      el("legend", {}, "Your review"),
      Object.entries(VERDICTS).map(([verdict, label]) =>
        el(
          "label",
          {},
          el("input", {
            type: "radio",
            name: "verdict",
            value: verdict,
            required: true,
            checked: shown?.verdict === verdict,
          }),
          el("span", {}, icon(verdict), label),
        ),
      ),
    ),
    el("label", {}, "Note", el("textarea", { name: "note", rows: 2, maxlength: 10000 }, shown?.note)),
    named &&
      el(
        "label",
        {},
        "Reviewer",
        el("input", { name: "reviewer", maxlength: 200, autocomplete: "name", value: shown?.reviewer }),
      ),
    el(
      "p",
      { class: "row" },
      el("button", {}, review ? "Save changes" : "Save review"),
      review &&
        el("button", { type: "button", class: "link", onclick: () => put({ verdict: null, note: "", reviewer: "" }) }, "Remove"),
      review &&
        el(
          "span",
          { class: "quiet" },
          [review.reviewer, longTime(review.reviewed_at)].filter(Boolean).join(", "),
        ),
    ),
  );
}

/** What a form says. @param {Event} event of the form @returns {Opinion} */
function opinionIn(event) {
  const given = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
  return {
    verdict: /** @type {string | null} */ (given.get("verdict")),
    note: String(given.get("note")),
    reviewer: String(given.get("reviewer") ?? ""),
  };
}

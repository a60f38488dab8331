// @ts-check
/** What a person thinks of a finding. */

import { ask } from "./api.js";
import { el, icon } from "./elements.js";
import { complain, say } from "./messages.js";
import { longTime } from "./words.js";

/** @import { ReadFilm } from "./records.js" */

const VERDICTS = { agree: "Agree", disagree: "Disagree", unsure: "Unsure" };

/**
 * Remember what was typed and not saved, for when the panel is built anew.
 *
 * @param {HTMLElement} panel
 * @returns {() => void} puts it into the form that is there then
 */
export function unsaved(panel) {
  const find = () => /** @type {HTMLFormElement | null} */ (panel.querySelector("form.review"));
  const before = find();
  const given = before ? [...new FormData(before)] : [];
  return () => {
    const fields = find()?.elements;
    for (const [name, value] of given) {
      const field = /** @type {HTMLInputElement | RadioNodeList | null} */ (fields?.namedItem(name));
      if (field) field.value = String(value);
    }
  };
}

/**
 * @param {ReadFilm} film
 * @param {{named: boolean, changed: (id: string) => void}} around `named`: who reviews is not known
 * @returns {HTMLFormElement}
 */
export function reviewForm(film, { named, changed }) {
  const { review } = film;

  /** @param {string | null} verdict @param {string} note @param {string} reviewer */
  async function put(verdict, note, reviewer) {
    try {
      await ask(`v1/predictions/${film.id}/review`, {
        method: "PUT",
        body: { verdict, note, reviewer },
      });
      say(verdict ? "The review was saved." : "The review was removed.");
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
        const given = new FormData(/** @type {HTMLFormElement} */ (event.target));
        void put(String(given.get("verdict")), String(given.get("note")), String(given.get("reviewer") ?? ""));
      },
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
            checked: review?.verdict === verdict,
          }),
          el("span", {}, icon(verdict), label),
        ),
      ),
    ),
    el("label", {}, "Note", el("textarea", { name: "note", rows: 2, maxlength: 10000 }, review?.note)),
    named &&
      el(
        "label",
        {},
        "Reviewer",
        el("input", { name: "reviewer", maxlength: 200, autocomplete: "name", value: review?.reviewer }),
      ),
    el(
      "p",
      { class: "row" },
      el("button", {}, review ? "Save changes" : "Save review"),
      review &&
        el("button", { type: "button", class: "link", onclick: () => put(null, "", "") }, "Remove"),
      review &&
        el(
          "span",
          { class: "quiet" },
          [review.reviewer, longTime(review.reviewed_at)].filter(Boolean).join(", "),
        ),
    ),
  );
}

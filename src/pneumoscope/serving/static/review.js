// @ts-check
/** What whoever reviews thinks of a finding, or sees where the finding is hidden. */

import { ask } from "./api.js";
import { isHidden, wasSeen } from "./blind.js";
import { el, icon } from "./elements.js";
import { words } from "./language.js";
import { complain, say } from "./messages.js";
import { askForReviewer, isOfToken, knownReviewer, ownReview, reviewer } from "./reviewer.js";
import { toldOf } from "./reviews.js";

/** @import { FilmRecord, ReadFilm, Review } from "./records.js" */

/** @typedef {"agree" | "disagree" | "unsure"} Verdict */

/** A verdict, on the class that was called. @typedef {{verdict: Verdict | null, opinion: string | null, note: string, finding: string | null}} Opinion */

const VERDICTS = /** @type {[Verdict, string][]} */ (Object.entries(words.review.verdicts));
const LONGEST_NOTE = 10_000;

/** What was typed and not saved, by the id of its film. @type {Map<string, Opinion>} */
const drafts = new Map();

/** Whether a review was typed and not saved. */
export const hasDrafts = () => drafts.size > 0;

/** Keep nothing of a film that is gone. @param {string} id */
export const forgetDraft = (id) => drafts.delete(id);

/** Tells other tabs, and other parts of this one, that a review was saved. */
const saved = new BroadcastChannel("pneumoscope-reviews");

/**
 * @param {ReadFilm} film
 * @param {(id: string) => void} changed is told the id of a film whose reviews have changed
 * @returns {HTMLFormElement}
 */
export function reviewForm(film, changed) {
  const own = ownReview(film);
  const draft = drafts.get(film.id);
  const isBlind = isHidden(film);
  const form = el(
    "form",
    {
      class: "review",
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        void put(opinionIn(form, film, event.submitter));
      },
      oninput: () => drafts.set(film.id, opinionIn(form, film)),
    },
    isBlind ? whatIsSeen(film) : verdictOn(film, draft ?? own),
    el("label", {}, words.review.note, el("textarea", { name: "note", rows: 2, maxlength: LONGEST_NOTE }, (draft ?? own)?.note)),
    !isBlind &&
      el(
        "p",
        { class: "row" },
        el("button", {}, own ? words.review.saveChanges : words.review.save),
        own && el("button", { type: "button", class: "link", onclick: () => void takeBack() }, words.review.takeBack),
      ),
    whoReviews(() => changed(film.id)),
  );

  /** @param {Opinion} given */
  async function put({ verdict, opinion, note }) {
    const before = drafts.get(film.id);
    if ((await knownReviewer()) === null) return;
    const body = {
      // Blind, what is seen is told alone: whether that agrees is the service's to say.
      ...(isBlind && opinion ? { verdict: null, opinion } : { verdict, opinion }),
      note,
      blind: isBlind ? !wasSeen(film.id) : staysBlind(own, verdict, opinion),
    };
    const after = await send(film, body);
    if (!after) return;
    const told = ownReview(after);
    say((isBlind && told && toldOf(told)?.textContent) || words.review.saved);
    if (drafts.get(film.id) === before) drafts.delete(film.id); // or more was typed meanwhile
    changed(film.id);
  }

  async function takeBack() {
    if (!(await send(film, { verdict: null, opinion: null, note: "", blind: false }))) return;
    drafts.delete(film.id);
    say(words.review.takenBack);
    changed(film.id);
  }

  return form;
}

/** @type {Promise<unknown>} */
let sending = Promise.resolve();

/**
 * Have a review of the film as it is shown stored, after those before it. What goes wrong is told.
 *
 * @param {ReadFilm} film @param {object} body
 * @returns {Promise<FilmRecord | null>} the film afterwards; `null` where something went wrong
 */
function send(film, body) {
  const next = sending.then(async () => {
    const review = { ...body, reviewer: reviewer() ?? "", operating_point: film.operating_point };
    try {
      const after = await ask(`v1/predictions/${film.id}/review`, { method: "PUT", body: review });
      saved.postMessage(film.id);
      return after;
    } catch (error) {
      complain(error);
      return null;
    }
  });
  sending = next.catch(() => {}); // it is told by whoever waits for it
  return next;
}

/** A choice between verdicts on the call. @param {ReadFilm} film @param {Opinion | Review | null} shown */
function verdictOn(film, shown) {
  const verdict = verdictNow(film, shown);
  const others = classesOf(film).filter((name) => name !== film.finding);
  return [
    el(
      "fieldset",
      { class: "choice" },
      el("legend", {}, words.review.title),
      VERDICTS.map(([value, label]) =>
        el(
          "label",
          {},
          el("input", {
            type: "radio",
            name: "verdict",
            value,
            required: true,
            checked: verdict === value,
            "aria-keyshortcuts": value[0],
          }),
          el("span", {}, icon(value), label),
        ),
      ),
    ),
    others.length > 1 &&
      el(
        "label",
        { class: "instead" },
        words.review.instead,
        el(
          "select",
          { name: "opinion" },
          el("option", { value: "" }, words.review.notTold),
          others.map((name) => el("option", { selected: verdict === "disagree" && shown?.opinion === name }, name)),
        ),
      ),
  ];
}

/** What an earlier verdict is of the class that is called now: at another operating point that may be
 * another one. @param {ReadFilm} film @param {Opinion | Review | null} given @returns {Verdict | null} */
function verdictNow(film, given) {
  if (!given || given.verdict === "unsure") return given && given.verdict;
  if (given.opinion !== null) return given.opinion === film.finding ? "agree" : "disagree";
  return given.finding === film.finding ? given.verdict : null;
}

/** A button for each class that can be seen, where the answer is hidden. @param {ReadFilm} film */
const whatIsSeen = (film) => [
  el(
    "div",
    { class: "seen-classes", role: "group", "aria-label": words.review.blindQuestion },
    el("p", { class: "question" }, words.review.blindQuestion),
    classesOf(film).map((name, place) =>
      el(
        "button",
        { name: "opinion", value: name, "aria-keyshortcuts": place < 9 && place + 1 },
        el("bdi", {}, name),
        place < 9 && el("kbd", { "aria-hidden": "true" }, String(place + 1)),
      ),
    ),
    el(
      "button",
      { name: "verdict", value: "unsure", "aria-keyshortcuts": "u" },
      icon("unsure"),
      words.review.verdicts.unsure,
      el("kbd", { "aria-hidden": "true" }, "U"),
    ),
  ),
  el("p", { class: "quiet" }, wasSeen(film.id) ? words.review.blindSeen : words.review.blindConsequence),
  film.film_kept === "none" && el("p", { class: "quiet" }, words.review.blindNotKept),
];

/** @param {() => void} changed */
function whoReviews(changed) {
  const name = reviewer();
  if (name === null) return null;
  const ask = async () => {
    if ((await askForReviewer()) !== null) changed();
  };
  return el(
    "p",
    { class: "quiet" },
    words.review.reviewer,
    name ? el("bdi", {}, name) : words.review.unnamed,
    !isOfToken() && el("button", { type: "button", class: "link", onclick: () => void ask() }, words.review.change),
  );
}

/** What a form says. @param {HTMLFormElement} form @param {ReadFilm} film
 * @param {HTMLElement | null} [button] that it was sent by @returns {Opinion} */
function opinionIn(form, film, button = null) {
  const given = new FormData(form, button);
  const verdict = /** @type {Verdict | null} */ (given.get("verdict"));
  const told = String(given.get("opinion") ?? "") || null;
  const others = classesOf(film).filter((name) => name !== film.finding);
  const opinion = {
    agree: film.finding,
    disagree: others.length === 1 ? others[0] : told,
    unsure: null,
    none: told,
  }[verdict ?? "none"];
  return { verdict, opinion, note: String(given.get("note")), finding: film.finding };
}

/** Whether a review that was given blind is still that: notes may be added to it afterwards.
 * @param {Review | null} own @param {Verdict | null} verdict @param {string | null} opinion */
const staysBlind = (own, verdict, opinion) =>
  own !== null && own.blind && own.opinion === opinion && (own.verdict === "unsure") === (verdict === "unsure");

/** @param {ReadFilm} film */
const classesOf = (film) => Object.keys(film.probabilities);

/** Put a verdict on the film that is shown, and save it with its note. @param {Verdict} verdict */
export function press(verdict) {
  const choice = document.querySelector(`form.review [name="verdict"][value="${verdict}"]`);
  if (choice) choose(choice);
  else if (document.querySelector("form.review")) say(words.review.blindKeys);
}

/** Say which class is seen, where the answer is hidden. @param {number} place of it, from 1 on */
export function pressClass(place) {
  const choice = document.querySelectorAll('form.review button[name="opinion"]')[place - 1];
  if (choice) choose(choice);
}

/** @param {Element} choice of the form */
function choose(choice) {
  const { form } = /** @type {HTMLInputElement | HTMLButtonElement} */ (choice);
  if (choice instanceof HTMLInputElement) {
    choice.checked = true;
    choice.dispatchEvent(new Event("input", { bubbles: true }));
    form?.requestSubmit();
  } else form?.requestSubmit(/** @type {HTMLButtonElement} */ (choice));
}

/** Go to the note of the film that is shown. */
export function goToNote() {
  /** @type {HTMLElement | null} */ (document.querySelector('form.review [name="note"]'))?.focus();
}

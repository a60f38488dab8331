// @ts-check
/** The language of the page, and how its reader writes numbers and times. */

import { en } from "./words/en.js";

/** What the page says. */
export const words = en;

const LOCALES = navigator.languages;

/** A number, with so many digits behind the point. @param {number} value @param {number} [digits] */
export const numeral = (value, digits = 0) =>
  value.toLocaleString(LOCALES, { minimumFractionDigits: digits, maximumFractionDigits: digits });

const TIME = new Intl.DateTimeFormat(LOCALES, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(LOCALES, { day: "numeric", month: "short" });
const MOMENT = new Intl.DateTimeFormat(LOCALES, { dateStyle: "medium", timeStyle: "short" });

/** A time of today, or a day. @param {string} text */
export function shortTime(text) {
  const moment = new Date(text);
  const isToday = moment.toDateString() === new Date().toDateString();
  return (isToday ? TIME : DAY).format(moment);
}

/** @param {string} text */
export const longTime = (text) => MOMENT.format(new Date(text));

const PLACES = { text: "textContent", label: "ariaLabel", title: "title", hint: "placeholder" };

/**
 * Put words where the markup asks for them: `data-text="part.word"` inside an element,
 * `data-label`, `data-title` and `data-hint` (of a field) on it. Raises where there is no such word.
 *
 * @param {ParentNode} within
 */
export function putWords(within) {
  for (const [kind, property] of Object.entries(PLACES)) {
    for (const element of within.querySelectorAll(`[data-${kind}]`)) {
      const path = /** @type {HTMLElement} */ (element).dataset[kind] ?? "";
      /** @type {any} */
      let word = words;
      for (const step of path.split(".")) word = word?.[step];
      if (typeof word !== "string") throw new Error(`there is no word ${path}`);
      /** @type {any} */ (element)[property] = word;
    }
  }
}

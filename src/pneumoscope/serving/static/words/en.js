// @ts-check
/**
 * All that the page says, in English, by the part of the page that says it. Another language is
 * another file of this shape; `language.js` takes one of them. What needs figures or names is a
 * function of them; figures come as text, written as the reader's locale writes them.
 */
export const en = {
  viewer: {},
  worklist: {},
  review: {},
  reviewed: {},
  report: {},
  away: {},
};

// @ts-check
/** All reviews of a film, as people read them. */

import { el, icon } from "./elements.js";
import { longTime, words } from "./language.js";
import { ownReview } from "./reviewer.js";

/** @import { FilmRecord, Review } from "./records.js" */

/** What a blind review was, now that the answer can be seen; nothing for others.
 * @param {Review} review */
export function toldOf({ blind, verdict, opinion, finding, operating_point: point }) {
  if (!blind || finding === null || point === null) return null;
  const { toldAgree, toldDisagree, toldUnsure } = words.review;
  const text =
    verdict === "unsure" || opinion === null
      ? toldUnsure(finding, point)
      : (verdict === "agree" ? toldAgree : toldDisagree)(opinion, finding, point);
  return el("p", { class: "told" }, icon(verdict), el("span", {}, text));
}

/** The reviews of a film, the latest first. @param {FilmRecord} record */
export function reviewList(record) {
  const own = ownReview(record);
  return el(
    "section",
    { class: "reviews", "aria-label": words.review.all },
    el("h3", {}, words.review.all),
    el("ul", {}, record.reviews.map((review) => reviewRow(review, review === own))),
  );
}

/** @param {Review} review @param {boolean} isOwn */
function reviewRow(review, isOwn) {
  const { sees, called, blindly, verdicts, unnamed, you } = words.review;
  const name = review.reviewer || unnamed;
  const details = [
    review.opinion !== null && sees(review.opinion),
    review.finding !== null && review.operating_point !== null && called(review.finding, review.operating_point),
    review.blind && blindly,
    longTime(review.reviewed_at),
  ];
  return el(
    "li",
    { class: "one-review" },
    icon(review.verdict),
    el(
      "div",
      {},
      el("p", {}, el("bdi", {}, isOwn ? you(name) : name), ": ", el("strong", {}, verdicts[review.verdict])),
      el("p", { class: "quiet" }, details.filter(Boolean).join(" · ")),
      review.note && el("p", { class: "note" }, review.note),
    ),
  );
}

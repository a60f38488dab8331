// @ts-check
/**
 * Findings in words. The same words as on the command line (`Call` and `percent` of the package):
 * the class of interest, its probability and the threshold are told together, so that a call and
 * its probability never contradict each other.
 */

import { numeral, words } from "./language.js";

/** @import { ReadFilm, FilmRecord, Model } from "./records.js" */

const said = words.finding;

/** A probability in [0, 1] as a percentage, never rounded to certainty. @param {number} p */
export function percent(p) {
  const text =
    p > 0.999 ? `> ${numeral(99.9, 1)} %` : p < 0.001 ? `< ${numeral(0.1, 1)} %` : `${numeral(100 * p, 1)} %`;
  return text.replaceAll(" ", "\u00a0"); // a line does not break here
}

/** @param {ReadFilm} film */
const isAbove = (film) =>
  film.finding === film.class_of_interest || film.probability >= film.threshold;

/** `above`, or `just above` where probability and threshold look alike. @param {ReadFilm} film */
function side(film) {
  const word = isAbove(film) ? said.above : said.below;
  return percent(film.probability) === percent(film.threshold) ? said.just(word) : word;
}

/** The threshold, and where it alone does not tell why a film is called healthy, why it is.
 * @param {ReadFilm} film */
function limit(film) {
  const text = percent(film.threshold);
  return isAbove(film) && film.finding !== film.class_of_interest
    ? said.but(text, film.finding)
    : text;
}

/** `PNEUMONIA 70.0 %, below 75.0 %`. @param {ReadFilm} film */
export const shortReading = (film) =>
  said.short(film.class_of_interest, percent(film.probability), side(film), limit(film));

/** Whether the class called is a finding; unknown where the model has no healthy class.
 * @param {ReadFilm} film @returns {"yes" | "no" | "unknown"} */
export const isIll = (film) =>
  film.normal_class === null ? "unknown" : film.finding === film.normal_class ? "no" : "yes";

/** The classes that are findings. @param {ReadFilm} film */
export const findingsOf = (film) =>
  Object.keys(film.probabilities).filter((name) => name !== film.normal_class);

/** What was called, and why. @param {ReadFilm} film */
export function whatWasCalled(film) {
  const { finding, class_of_interest: interest, operating_point: point } = film;
  const figure = percent(film.probability);
  const threshold = said.threshold(side(film), limit(film));
  if (finding === interest) return said.called(point, interest, figure, threshold);
  const name = findingsOf(film).length > 1 ? said.nearest(interest) : interest;
  return said.calledOther(point, finding, name, figure, threshold);
}

/** What the probability says. @param {ReadFilm} film */
export function whatItMeans(film) {
  const many =
    film.probability > 0.995
      ? said.nearlyAll
      : film.probability < 0.005
        ? said.hardlyAny
        : said.about(numeral(Math.round(Number((100 * film.probability).toFixed(1)))));
  return film.prevalence === null
    ? said.means(many, film.class_of_interest)
    : said.meansAt(many, film.class_of_interest, percent(film.prevalence));
}

/** Why a film may be called something that hardly any colour speaks for.
 * @param {ReadFilm} film @param {number} strongest its heat, 0 to 1 */
export const faintHeat = (film, strongest) =>
  said.faint(film.class_of_interest, percent(strongest));

/** What the call does not say. @param {ReadFilm} film */
export function whatItDoesNotMean(film) {
  return isIll(film) === "no" ? said.notWell(findingsOf(film).join(said.or)) : said.noDiagnosis;
}

/** Why an answer may be wrong, as sentences. @param {ReadFilm} film @returns {string[]} */
export const doubts = (film) => [
  ...film.tags.warnings.map((text) => said.mayBeWrong(sentence(text))),
  ...film.model_warnings.map(sentence),
];

/** @param {string} text */
const sentence = (text) => (/[.!?]$/.test(text) ? text : `${text}.`);

/** A row of the worklist for those who hear it. @param {FilmRecord} record */
export const spoken = (record) =>
  record.status === "read"
    ? said.spoken(record.film, record.finding, shortReading(record))
    : said.unreadable(record.film, record.reason);

/** The operating points that all models have. @param {Model[]} models @returns {string[]} */
export function commonPoints(models) {
  const [first, ...others] = models.map((model) => Object.keys(model.operating_points));
  return first.filter((point) => others.every((points) => points.includes(point)));
}

// @ts-check
/**
 * Findings in words. The same words as on the command line (`Call` and `percent` of the package):
 * the class of interest, its probability and the threshold are told together, so that a call and
 * its probability never contradict each other.
 */

import { numeral } from "./language.js";

/** @import { ReadFilm, FilmRecord, Model } from "./records.js" */

/** A probability in [0, 1] as a percentage, never rounded to certainty. @param {number} p */
export function percent(p) {
  const text =
    p > 0.999 ? `> ${numeral(99.9, 1)} %` : p < 0.001 ? `< ${numeral(0.1, 1)} %` : `${numeral(100 * p, 1)} %`;
  return text.replaceAll(" ", "\u00a0"); // a line does not break here
}

/** @param {number} number @param {string} noun */
export const counted = (number, noun) =>
  `${numeral(number)} ${noun}${number === 1 ? "" : "s"}`;

/** @param {ReadFilm} film */
const isAbove = (film) =>
  film.finding === film.class_of_interest || film.probability >= film.threshold;

/** `above`, or `just above` where probability and threshold look alike. @param {ReadFilm} film */
function side(film) {
  const word = isAbove(film) ? "above" : "below";
  return percent(film.probability) === percent(film.threshold) ? `just ${word}` : word;
}

/** The threshold, and where it alone does not tell why a film is called healthy, why it is.
 * @param {ReadFilm} film */
function limit(film) {
  const text = percent(film.threshold);
  return isAbove(film) && film.finding !== film.class_of_interest
    ? `${text}, but ${film.finding} is further above its own`
    : text;
}

/** `PNEUMONIA 70.0 %, below 75.0 %`. @param {ReadFilm} film */
export const shortReading = (film) =>
  `${film.class_of_interest} ${percent(film.probability)}, ${side(film)} ${limit(film)}`;

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
  const threshold = `${side(film)} the threshold of ${limit(film)}`;
  if (finding === interest) {
    return `At the operating point ${point}, this film is called ${finding}: the model gives ${interest} a probability of ${figure}, ${threshold}.`;
  }
  const nearest = findingsOf(film).length > 1 ? ", the finding nearest to being called," : "";
  return `At the operating point ${point}, this film is called ${finding}: ${interest}${nearest} has a probability of ${figure}, ${threshold}.`;
}

/** What the probability says. @param {ReadFilm} film */
export function whatItMeans(film) {
  const many =
    film.probability > 0.995
      ? "nearly all"
      : film.probability < 0.005
        ? "hardly any"
        : `about ${Math.round(Number((100 * film.probability).toFixed(1)))}`;
  const mixture =
    film.prevalence === null
      ? ""
      : ` and ${percent(film.prevalence)} of them show a finding`;
  const rarer = film.prevalence === null ? "" : " Where findings are rarer, there are fewer.";
  return `Of 100 films with this probability, ${many} are ${film.class_of_interest}, if films are like those that the model was calibrated on${mixture}.${rarer}`;
}

/** Why a film may be called something that hardly any colour speaks for.
 * @param {ReadFilm} film @param {number} strongest its heat, 0 to 1 */
export const faintHeat = (film, strongest) =>
  `Hardly any colour speaks for ${film.class_of_interest}: ${percent(strongest)} of full at most. The model starts each film with a probability of its own, to which faint signs all over add. The colours then do not tell where to look.`;

/** What the call does not say. @param {ReadFilm} film */
export function whatItDoesNotMean(film) {
  const findings = findingsOf(film).join(" or ");
  return isIll(film) === "no"
    ? `It does not say that the patient is well: the model looks for ${findings} and nothing else, and overlooks some of that.`
    : "It is not a diagnosis: the model has seen this film alone, and neither the patient nor earlier films; other things can look the same.";
}

/** Why an answer may be wrong, as sentences. @param {ReadFilm} film @returns {string[]} */
export const doubts = (film) => [
  ...film.tags.warnings.map((text) => `This answer may be wrong: ${sentence(text)}`),
  ...film.model_warnings.map(sentence),
];

/** @param {string} text */
const sentence = (text) => (/[.!?]$/.test(text) ? text : `${text}.`);

/** A row of the worklist for those who hear it. @param {FilmRecord} record */
export const spoken = (record) =>
  record.status === "read"
    ? `${record.film}: ${record.finding}. ${shortReading(record)}.`
    : `${record.film} could not be read: ${record.reason}`;

/** The operating points that all models have. @param {Model[]} models @returns {string[]} */
export function commonPoints(models) {
  const [first, ...others] = models.map((model) => Object.keys(model.operating_points));
  return first.filter((point) => others.every((points) => points.includes(point)));
}

// @ts-check
/** What stands in the report of a film, and how it is arranged; `report.css` makes it a sheet of paper. */

import { el, icon } from "./elements.js";
import { strengthOf } from "./viewer/heat.js";
import { longTime, numeral, words } from "./language.js";
import { bars, facts, isFaint } from "./panel.js";
import { doubts, faintHeat, isIll, shortReading, whatItDoesNotMean, whatItMeans, whatWasCalled } from "./words.js";

/** @import { FilmRecord, ModelDetails, ReadFilm, Review } from "./records.js" */

const FILM_SIZE = 1024; // on 9 cm that is what printers can show
const said = words.report;

/**
 * The sheet, and what completes it with its pictures.
 *
 * @param {FilmRecord} record @param {ModelDetails | null} model @param {string} version
 * @param {(path: string) => Promise<string>} load a picture
 */
export function reportSheet(record, model, version, load) {
  const { figures, complete } = record.status === "read" ? pictures(record, load) : { figures: null, complete: async () => {} };
  const paper = el(
    "article",
    { class: "paper", "aria-labelledby": "report-title" },
    el(
      "div",
      { class: "paper-text" },
      el("p", { class: "paper-head" }, el("span", {}, said.name), el("strong", {}, said.notice)),
      el("h1", { id: "report-title" }, el("bdi", {}, record.film)),
      facts([
        [said.digest, record.sha256],
        [record.status === "read" ? said.read : said.sent, longTime(record.created_at)],
        [said.by, record.client || said.nobody],
      ]),
      record.status === "read"
        ? finding(record, figures)
        : el("section", {}, el("p", { class: "called" }, said.unreadable), el("p", { class: "reason" }, record.reason)),
      ...(record.status === "read" ? filmAndModel(record, model) : []),
      reviewsOf(record).length > 0 && reviews(reviewsOf(record)),
      el("dl", { class: "signature" }, said.signature.map((what) => el("div", {}, el("dt", {}, what), el("dd", {})))),
    ),
    // On paper, the foot stands still on each page, and this keeps its place free.
    el("div", { class: "foot-room", "aria-hidden": "true" }, el("div")),
    el(
      "footer",
      {},
      el("strong", {}, said.notice),
      el("span", {}, el("bdi", {}, record.film)),
      el("span", {}, said.printed(version, longTime(new Date().toISOString()))),
    ),
  );
  return { paper, complete };
}

/** @param {ReadFilm} film @param {Node | null} figures @returns {(Node | null)[]} */
const finding = (film, figures) => [
  figures,
  el(
    "section",
    { class: "beside", "aria-label": said.answer },
    el(
      "div",
      {},
      el("p", { class: "called", "data-ill": isIll(film) }, el("bdi", {}, film.finding)),
      el("p", {}, shortReading(film)),
      el("p", { class: "quiet" }, said.point(film.operating_point)),
      bars(film),
    ),
    el("div", { class: "in-words" }, [whatWasCalled(film), whatItMeans(film), whatItDoesNotMean(film)].map((text) => el("p", {}, text))),
  ),
  ...doubts(film).map((text) => el("p", { class: "caution" }, icon("warning"), el("span", {}, text))),
];

/**
 * The film, and beside it the same with its heat; the heat alone where the film was not kept.
 *
 * @param {ReadFilm} film @param {(path: string) => Promise<string>} load
 */
function pictures(film, load) {
  const path = `v1/predictions/${film.id}`;
  const isKept = film.film_kept !== "none";
  const interest = film.class_of_interest;
  const plain = el("img", { alt: said.film });
  const under = el("img", { alt: "" });
  const heat = el("img", { class: "heat", alt: said.evidence(interest) });
  const faint = el("p", { hidden: true });
  /** @param {HTMLImageElement[]} layers @param {(Node | string)[]} caption */
  const figure = (layers, ...caption) => {
    const box = el("div", { class: isKept ? "layers" : "layers bare" }, layers);
    const whole = el("figure", {}, box, el("figcaption", {}, caption));
    whole.style.setProperty("--ratio", String(film.width / film.height));
    return whole;
  };
  const scale = el("span", { class: "scale-bar" }, said.none, el("span", { class: "colours", role: "img", "aria-label": said.course }), said.full);
  const figures = el(
    "section",
    { "aria-label": said.pictures },
    el(
      "div",
      { class: "beside" },
      isKept ? figure([plain], said.film) : el("p", { class: "reason" }, said.notKept),
      figure(isKept ? [under, heat] : [heat], said.evidence(interest), scale),
    ),
    el("p", { class: "quiet" }, said.heat),
    faint,
  );

  async function complete() {
    const [address, colours] = await Promise.all([
      isKept ? load(`${path}/film?size=${FILM_SIZE}`) : null,
      load(`${path}/heatmap?class=${encodeURIComponent(interest)}`),
    ]);
    if (address) plain.src = under.src = address;
    heat.src = colours;
    await Promise.all((isKept ? [plain, under, heat] : [heat]).map((image) => image.decode()));
    const most = strengthOf(heat);
    faint.hidden = !isFaint(film, most);
    if (!faint.hidden) faint.textContent = faintHeat(film, most);
  }

  return { figures, complete };
}

/** What persons thought of a film, the latest first, or the latest alone where no more is told.
 * @param {FilmRecord & {reviews?: Review[]}} record @returns {Review[]} */
const reviewsOf = ({ review, reviews }) => reviews ?? (review ? [review] : []);

/**
 * @param {(Review & {opinion?: string | null, finding?: string | null,
 *   operating_point?: string | null, blind?: boolean})[]} all
 */
const reviews = (all) =>
  el(
    "section",
    { class: "reviews", "aria-label": said.reviews },
    el("h2", {}, said.reviews),
    all.map((one) =>
      el(
        "p",
        {},
        el("strong", {}, said.verdicts[one.verdict]),
        [
          "",
          one.opinion && said.opinion(one.opinion),
          one.finding && one.operating_point && said.calledThen(one.finding, one.operating_point),
          one.blind && said.blind,
          one.reviewer || said.nobody,
          longTime(one.reviewed_at),
        ]
          .filter((text) => typeof text === "string")
          .join(" · "),
        one.note && el("span", { class: "note" }, one.note),
      ),
    ),
  );

/** What is known of the film as a file, and of the model. @param {ReadFilm} film @param {ModelDetails | null} model */
function filmAndModel(film, model) {
  const { tags } = film;
  const { intended_use: use, limitations } = model?.manifest.card ?? {};
  return [
    el(
      "div",
      { class: "beside" },
      el(
        "section",
        { "aria-label": said.technical },
        el("h2", {}, said.technical),
        facts([
          [said.pixels, said.size(numeral(film.width), numeral(film.height), tags.format, numeral(tags.bits))],
          [said.levels, tags.rendering],
          [said.frames, tags.frames > 1 ? said.firstOf(numeral(tags.frames)) : null],
          [said.taken, [tags.modality, tags.body_part, tags.view].filter(Boolean).join(", ")],
          [said.age, tags.patient_age === null ? null : said.years(String(tags.patient_age))],
          [said.notes, tags.notes.join("; ")],
        ]),
      ),
      el(
        "section",
        { "aria-label": said.model },
        el("h2", {}, said.model),
        facts([
          [said.called, film.model.name],
          [said.graph, film.model.graph_sha256],
          [said.card, model ? null : said.noCard],
        ]),
      ),
    ),
    facts([
      [said.use, use ?? null],
      [said.limits, limitations ?? null],
    ]),
  ];
}

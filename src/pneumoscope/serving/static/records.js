// @ts-check
/** The shapes of what the service answers; /openapi.json has them in full. */

/**
 * @typedef {object} Review
 * @property {"agree" | "disagree" | "unsure"} verdict
 * @property {string} note
 * @property {string} reviewer
 * @property {string} reviewed_at
 * @property {string | null} opinion the class that the reviewer sees, where that is told
 * @property {string | null} finding the class that was called when it was reviewed
 * @property {string | null} operating_point at which it was
 * @property {boolean} blind whether the reviewer had not seen the answer
 */

/** A share with its interval of 95 %. @typedef {{value: number, low: number, high: number}} Interval */

/**
 * Films against their reviews.
 *
 * @typedef {object} ReviewSummary
 * @property {{name: string, graph_sha256: string}} model
 * @property {number} reviewed
 * @property {number} decided
 * @property {string[]} classes
 * @property {string | null} normal_class
 * @property {Record<string, PointSummary>} points
 * @property {{films: number, agreement: Interval | null, kappa: Interval | null}} blind
 * @property {{reviewer: string, films: number, decided: number}[]} reviewers
 * @property {{films: number, kappa: Interval | null}} between_reviewers
 */

/**
 * `confusion` counts films by the class that reviewers see, then by the class called.
 *
 * @typedef {object} PointSummary
 * @property {Record<string, Record<string, number>>} confusion
 * @property {Interval | null} sensitivity
 * @property {Interval | null} specificity
 * @property {Interval | null} agreement
 */

/**
 * What every record tells.
 *
 * @typedef {object} AnyRecord
 * @property {string} id
 * @property {string} created_at
 * @property {string} film
 * @property {string} sha256
 * @property {"none" | "stripped" | "whole"} film_kept
 * @property {string} client
 * @property {Review | null} review the latest
 * @property {Review[]} reviews all, the latest first
 */

/** @typedef {Record<string, number>} ByClass */

/**
 * @typedef {object} Tags
 * @property {string} format
 * @property {string | null} modality
 * @property {string | null} body_part
 * @property {string | null} view
 * @property {number | null} patient_age
 * @property {string | null} photometric
 * @property {number} bits
 * @property {number} frames
 * @property {string} rendering
 * @property {string[]} notes
 * @property {string[]} warnings
 */

/**
 * A film that was read, with its finding.
 *
 * @typedef {AnyRecord & {
 *   status: "read",
 *   finding: string,
 *   class_of_interest: string,
 *   probability: number,
 *   threshold: number,
 *   probabilities: ByClass,
 *   height: number,
 *   width: number,
 *   tags: Tags,
 *   milliseconds: Record<string, number>,
 *   model: {name: string, graph_sha256: string},
 *   operating_point: string,
 *   thresholds: ByClass,
 *   operating_points: Record<string, ByClass>,
 *   normal_class: string | null,
 *   prevalence: number | null,
 *   model_warnings: string[],
 *   from_history: boolean,
 * }} ReadFilm
 */

/** @typedef {AnyRecord & {status: "unreadable", reason: string}} UnreadableFilm */

/** @typedef {ReadFilm | UnreadableFilm} FilmRecord */

/**
 * @typedef {object} Model
 * @property {string} name
 * @property {string} graph_sha256
 * @property {boolean} default
 * @property {string[]} class_names
 * @property {string | null} normal_class
 * @property {Record<string, ByClass>} operating_points
 * @property {number | null} prevalence
 * @property {string[]} warnings
 */

/** @typedef {Model & {manifest: {card: Record<string, string>}, card: string}} ModelDetails */

/** @typedef {{name: string, url: string, model: string}} Sample */

/** @typedef {{auth_required: boolean, client: string | null, csrf: string | null}} Session */

export {};

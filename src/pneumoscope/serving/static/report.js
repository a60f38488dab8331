// @ts-check
/** The report of a film: when it is shown, and when it is printed. */

import { ask, picture, Problem } from "./api.js";
import { markSeen } from "./blind.js";
import { byId, el, fill, icon } from "./elements.js";
import { words } from "./language.js";
import { complain } from "./messages.js";
import { reportSheet } from "./report_sheet.js";

/** @import { FilmRecord, ModelDetails } from "./records.js" */

const said = words.report;
const TITLE = document.title;

/** Where the report of a film is; what the address says besides of lists stays. @param {string} id */
export const reportAddress = (id) => `#/report/${id}${location.hash.match(/\?.*$/)?.[0] ?? ""}`;

/** The place of reports, which shows one or none. */
export class Report {
  #place = byId("report");
  #loading = new AbortController();
  /** Of pictures in memory. @type {string[]} */
  #addresses = [];
  #printWhenDone = false;

  get isOpen() {
    return !this.#place.hidden;
  }

  /** Open the place for the report of a film, which comes with `show`. @param {string} id */
  open(id) {
    if (this.isOpen && this.#place.dataset.film === id) return;
    this.#empty();
    this.#place.dataset.film = id;
    this.#place.hidden = false;
    this.#place.focus({ preventScroll: true });
    scrollTo(0, 0);
  }

  close() {
    if (!this.isOpen) return;
    if (this.#place.contains(document.activeElement)) byId("panel").focus({ preventScroll: true });
    this.#empty();
    this.#place.hidden = true;
    this.#printWhenDone = false;
    document.title = TITLE;
  }

  /** Print what is shown, or what will be once it is complete. */
  print() {
    if (this.#place.hasAttribute("aria-busy")) this.#printWhenDone = true;
    else print();
  }

  /** Make the report of a film. What goes wrong is told. @param {FilmRecord} record */
  async show(record) {
    this.#empty();
    const { signal } = this.#loading;
    try {
      const [model, version] = await Promise.all([modelOf(record), programVersion()]);
      if (signal.aborted) return;
      const { paper, complete } = reportSheet(record, model, version, (path) => this.#picture(path, signal));
      const button = el("button", { type: "button", class: "primary", disabled: true, onclick: () => this.print() }, said.print);
      fill(this.#place, tools(record.id, button), paper);
      if (record.status === "read") markSeen(record.id);
      // Titles end up in the browser's history and name the files of prints: no names of films.
      document.title = said.title(record.sha256.slice(0, 12));
      await complete();
      if (signal.aborted) return;
      button.disabled = false;
      this.#place.removeAttribute("aria-busy");
      if (this.#printWhenDone) this.print();
      this.#printWhenDone = false;
    } catch (error) {
      if (signal.aborted) return;
      this.offerAgain(record.id, () => void this.show(record));
      complain(error);
    }
  }

  /** Where a report did not come. @param {string} id @param {() => void} again */
  offerAgain(id, again) {
    this.#empty();
    fill(this.#place, tools(id, el("button", { type: "button", onclick: again }, said.again)), el("p", {}, said.failed));
  }

  #empty() {
    this.#loading.abort();
    this.#loading = new AbortController();
    for (const address of this.#addresses) URL.revokeObjectURL(address);
    this.#addresses = [];
    this.#place.setAttribute("aria-busy", "true");
    fill(this.#place);
  }

  /** @param {string} path @param {AbortSignal} signal */
  async #picture(path, signal) {
    const address = await picture(path, signal);
    if (signal.aborted) URL.revokeObjectURL(address);
    else this.#addresses.push(address);
    return address;
  }
}

/** The key that prints makes the report of the film that is open, and waits until it is complete.
 * @param {Report} report */
export function listenForPrinting(report) {
  document.addEventListener("keydown", (event) => {
    const { film } = document.body.dataset;
    const isKey = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "p";
    if (!isKey || !film || document.body.matches(".signed-out, :has(dialog[open])")) return;
    event.preventDefault();
    report.open(film);
    report.print();
    location.hash = reportAddress(film);
  });
}

/** @param {string} id @param {HTMLElement} button */
const tools = (id, button) =>
  el(
    "nav",
    { class: "report-tools", "aria-label": said.name },
    el("a", { href: reportAddress(id).replace("report", "films") }, icon("back"), said.back),
    button,
  );

/**
 * The model that read a film, as long as the service has that very file of it.
 *
 * @param {FilmRecord} record
 * @returns {Promise<ModelDetails | null>}
 */
async function modelOf(record) {
  if (record.status === "unreadable") return null;
  const { name, graph_sha256 } = record.model;
  try {
    /** @type {ModelDetails} */
    const model = await ask(`v1/model?${new URLSearchParams({ model: name })}`);
    return model.graph_sha256 === graph_sha256 ? model : null;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

/** @type {string | undefined} */
let version;

/** The version of the service's program; it tells it with its routes. */
async function programVersion() {
  version ??= /** @type {string} */ ((await ask("openapi.json")).info.version);
  return version;
}

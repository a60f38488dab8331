// @ts-check
/** The page: what belongs to which part of it, and what happens in between. */

import { ask, file, Problem, session } from "./api.js";
import { isHidden, listenForBlind, restrictList } from "./blind.js";
import { connection, pause } from "./connection.js";
import { listenBeside, showModel } from "./dialogs.js";
import { byId, el, fill } from "./elements.js";
import { FilmView } from "./film_view.js";
import { listen } from "./incoming.js";
import { isKept, keepPage } from "./installed.js";
import { listenForKeys } from "./keys.js";
import { numeral, putWords, words } from "./language.js";
import { keepFilters, keepListIn, keepPlace, keptPlace, narrow, placeInAddress } from "./list_address.js";
import { complain, say, show } from "./messages.js";
import { ModelChoice } from "./model_choice.js";
import { showPanel, tellOfHeat } from "./panel.js";
import { offerPoints } from "./point_choice.js";
import { listenForPrinting, Report, reportAddress } from "./report.js";
import { forgetDraft, goToNote, hasDrafts, press, pressClass } from "./review.js";
import { listenForReviews, offerReviewed, showReviewed } from "./reviewed.js";
import { knowSession } from "./reviewer.js";
import { listenForSigning, signedIn } from "./sign_in.js";
import { showUploads } from "./upload_rows.js";
import { Uploads } from "./uploads.js";
import { commonPoints, spoken } from "./words.js";
import { Worklist } from "./worklist.js";

/** @import { FilmRecord, Model, Sample } from "./records.js" */

const LONGEST_WAIT = 30; // seconds until the page tries to start again
const isWide = matchMedia("(min-width: 48rem)");

const worklist = new Worklist((isTyping) => keepFilters(worklist, isTyping));
const uploads = new Uploads();
const models = new ModelChoice();
const view = new FilmView(byId("stage"), tellOfHeat);
const report = new Report();
const panel = byId("panel");
/** Ids of records that were answered from the history; it does not tell so afterwards. @type {Set<string>} */
const known = new Set();

/** @type {Sample[]} */
let samples = [];

/** Everything that can be asked only by those who may. */
async function enter() {
  const session = await signedIn();
  if (!session) return; // starts again once somebody is
  knowSession(session);
  /** @type {[Model[], Sample[]]} */
  const [served, drawn] = await Promise.all([ask("v1/models"), ask("v1/samples")]);
  samples = drawn;
  models.offer(served, drawn);
  worklist.offer(served);
  restrictList();
  offerReviewed(served);
  worklist.point = offerPoints(commonPoints(served), callAt);
  narrow(worklist);
  canNarrow = true;
  await Promise.all([worklist.load(), go(), models.introduce()]);
  document.body.classList.remove("starting");
}

/** Whether films are called at an operating point from now on. @param {string} point */
async function callAt(point) {
  const before = worklist.point;
  worklist.point = point;
  if (!(await worklist.load())) {
    worklist.point = before; // the films are still called at that one
    return false;
  }
  say(words.page.calledAt(point));
  await go();
  return true;
}

/** How far the list was scrolled on a phone, before a film took its place. */
let listPlace = 0;

/** Whether the page knows what the list can be narrowed to. */
let canNarrow = false;

let asked = 0;

/** Show what the address says: a film, its report, or the page as it begins. */
async function go() {
  const number = ++asked;
  if (narrow(worklist)) worklist.begin();
  const { film: id, isReport } = placeInAddress();
  if (isReport) report.open(id);
  else report.close();
  const before = document.body.dataset.film;
  if (!before && id) listPlace = scrollY;
  document.body.dataset.film = id;
  worklist.mark(id, keptPlace());
  keepPlace(worklist);
  if (before && !id) scrollTo(0, listPlace);
  if (panel.dataset.film !== id) clear();
  if (!id) return;
  try {
    const record = await worklist.refresh(id);
    if (number !== asked) return;
    if (!isReport) open(record);
    else if (isHidden(record)) location.hash = worklist.address(id); // it tells what the model says
    else await report.show(record);
  } catch (error) {
    if (number !== asked) return;
    if (error instanceof Problem) location.hash = worklist.address("");
    else if (isReport) report.offerAgain(id, () => void go());
    else if (panel.dataset.film !== id) offerAgain();
    if (error instanceof Problem && error.status === 404) forgetDraft(id);
    complain(error);
  }
}

/** Show no film: what belongs to one never stands beside the name of another. */
function clear() {
  if (panel.contains(document.activeElement)) panel.focus({ preventScroll: true });
  panel.dataset.film = "";
  fill(panel);
  view.clear();
}

/** Where a film did not come. */
function offerAgain() {
  const again = el("button", { type: "button", onclick: () => void go() }, words.page.again);
  fill(panel, el("h2", { id: "film-title" }, words.page.noFilmCame), el("p", {}, again));
}

/** Show the same film, of which more or less is to be seen now. */
async function openAgain() {
  const id = panel.dataset.film;
  if (!id) return;
  try {
    const record = await worklist.refresh(id);
    if (panel.dataset.film === id) open(record);
  } catch (error) {
    complain(error);
  }
}

/** @param {FilmRecord} record */
function open(record) {
  const isOther = panel.dataset.film !== record.id;
  const isBlind = isHidden(record);
  document.body.toggleAttribute("data-blind", isBlind);
  byId("stage").hidden = record.status === "unreadable" || (isBlind && record.film_kept === "none");
  if (record.status === "read") view.show(record);
  const hadFocus = panel.contains(document.activeElement);
  showPanel(panel, record, {
    known,
    changed: (id) => {
      if (panel.dataset.film === id) void go();
      else worklist.refresh(id).catch(complain);
    },
    deleted: (gone) => {
      forgetDraft(gone);
      worklist.remove(gone);
      if (panel.dataset.film !== gone) return;
      location.hash = worklist.address("");
      byId("main").focus();
    },
    showModel,
    report: (id) => (location.hash = reportAddress(id)),
  });
  if (hadFocus) byId("film-title").focus({ preventScroll: true });
  if (!isOther) return;
  panel.scrollTop = 0;
  say(isBlind ? words.review.blindFilm(record.film) : spoken(record));
  if (!isWide.matches) {
    scrollTo(0, 0);
    byId("film-title").focus({ preventScroll: true });
  }
}

/** @param {File[]} films @param {string} reader the name of the model that reads them */
function read(films, reader = models.chosen) {
  if (!films.length) return;
  const isFirst = !uploads.busy && !document.body.dataset.film;
  openNext = isFirst && (isWide.matches || films.length === 1);
  uploads.add(films, { model: reader, operating_point: worklist.point });
  say(words.sending.onTheWay(words.worklist.films(numeral(films.length))));
}

/** Whether the next film that is read is opened: where nothing else is being looked at. */
let openNext = false;

uploads.addEventListener("record", (event) => {
  const record = /** @type {CustomEvent<FilmRecord>} */ (event).detail;
  if (record.status === "read" && record.from_history) known.add(record.id); // and in the list
  else if (worklist.isPlain) worklist.add(record);
  if (panel.dataset.film === record.id) void go(); // it is known from before
  if (openNext && !document.body.dataset.film) location.hash = worklist.address(record.id);
  openNext = false;
});
uploads.addEventListener("idle", () => worklist.load());

async function readSamples() {
  try {
    const films = await Promise.all(
      samples.map(
        async ({ name }) => new File([await file(`v1/samples/${encodeURIComponent(name)}`)], name),
      ),
    );
    read(films, samples[0].model);
    show(words.page.drawn, words.page.drawnBy(samples[0].model));
  } catch (error) {
    complain(error);
  }
}

function listenToPage() {
  putWords(document);
  showUploads(uploads);
  listenForSigning();
  listenBeside();
  listenForBlind(() => void openAgain());
  listenForReviews();
  listen(
    (films, passedOver) => {
      if (document.body.matches(".starting, .signed-out")) {
        show(words.page.notYet, words.page.whoSends, words.page.signInFirst);
        return;
      }
      read(films);
      if (passedOver) show(words.page.passedOver, words.page.hidden(numeral(passedOver)));
    },
    [/** @type {HTMLInputElement} */ (byId("files")), /** @type {HTMLInputElement} */ (byId("folder"))],
  );
  for (const button of document.querySelectorAll("[data-action]")) {
    button.addEventListener("click", () => ACTIONS[/** @type {HTMLElement} */ (button).dataset.action ?? ""]());
  }
  for (const form of ["csv", "json"]) {
    byId(`export-${form}`).addEventListener("click", (event) => {
      const query = worklist.query;
      query.set("format", form);
      /** @type {HTMLAnchorElement} */ (event.currentTarget).href = `v1/export?${query}`;
    });
  }
  listenForKeys(
    {
      j: ACTIONS.next,
      k: ACTIONS.before,
      ...view.keys,
      a: () => press("agree"),
      d: () => press("disagree"),
      u: () => press("unsure"),
      n: goToNote,
      "/": () => byId("search").focus(),
      "?": ACTIONS.help,
      ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9].map((place) => [place, () => pressClass(place)])),
    },
    "adu123456789",
    /** @type {HTMLInputElement} */ (byId("keys-on")),
  );
  listenForPrinting(report);
  addEventListener("hashchange", () => {
    if (canNarrow) void go(); // or the start does
  });
  keepListIn(byId("uploads"), worklist);
  keepListIn(byId("all-films"), worklist);
  document.querySelector(".skip")?.addEventListener("click", (event) => {
    event.preventDefault(); // the address is that of the film
    byId("main").focus();
  });
  addEventListener("beforeunload", (event) => {
    if (uploads.busy || hasDrafts()) event.preventDefault();
  });
  session.addEventListener("signed-in", () => void start());
  connection.addEventListener("away", () => (byId("away").hidden = false));
  connection.addEventListener("back", () => {
    // What was kept may be of another version than the service that is back.
    if (isKept && document.body.matches(".starting")) location.reload();
    byId("away").hidden = true;
    say(words.page.back);
    void start();
  });
}

/** @type {Record<string, () => void>} */
const ACTIONS = {
  "choose-files": () => byId("files").click(),
  "choose-folder": () => byId("folder").click(),
  samples: () => void readSamples(),
  before: () => worklist.step(-1),
  next: () => worklist.step(1),
  reviewed: () => showReviewed(models.chosen),
  help: () => /** @type {HTMLDialogElement} */ (byId("help")).showModal(),
};

let starts = 0;

/** Begin, or begin anew; what goes wrong is told, and tried again. @param {number} wait seconds */
async function start(wait = 1) {
  const number = ++starts;
  try {
    await enter();
  } catch (error) {
    complain(error);
    if (error instanceof Problem && error.status === 401) return; // starts again once signed in
    await pause(wait);
    if (number === starts) void start(Math.min(2 * wait, LONGEST_WAIT));
  }
}

listenToPage();
keepPage();
void start();

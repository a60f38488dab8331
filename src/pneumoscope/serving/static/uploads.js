// @ts-check
/** Films on their way to the service: a few at once, one a request, and again where it was busy. */

import { Away, Problem, sendFilm, session, whoAmI } from "./api.js";
import { pause, untilReady } from "./connection.js";
import { words } from "./language.js";

/** @import { FilmRecord } from "./records.js" */

const MOST_AT_ONCE = 3;
const MOST_BREAKS = 3;
const MOST_REFUSALS = 6; // each with a longer wait
const LONGEST_WAIT = 8; // seconds, unless the service asks for more
/** Kinds of problems that end by waiting: others may need a person. */
const PASSING = new Set(["busy", "rate"]);

/**
 * A film on its way. `sent` is the share that has been sent, 0 to 1; `heldUp` says why it waits
 * where the service told; `failure` is there once it cannot go on.
 *
 * @typedef {object} Upload
 * @property {File} film
 * @property {Record<string, string>} asked
 * @property {"waiting" | "sending" | "held up" | "failed"} state
 * @property {number} sent
 * @property {string} heldUp
 * @property {{title: string, detail: string, hint: string} | null} failure
 */

/** A film that was known from before, under the name it has now. @typedef {{id: string, name: string}} Known */

/**
 * All films on their way. Tells `change`, `record` (its `detail` is a `FilmRecord`) and, when
 * nothing is left to do, `idle`.
 */
export class Uploads extends EventTarget {
  /** @type {Upload[]} */
  items = [];
  /** Of the films since there was last nothing to do. */
  counts = { all: 0, read: 0, unreadable: 0, failed: 0 };
  /** Of the same films. @type {Known[]} */
  known = [];

  #running = 0;
  #stop = new AbortController();
  /** Nobody sends before this. @type {Promise<unknown>} */
  #hold = Promise.resolve();

  /** Whether films are waiting or being sent. */
  get busy() {
    return this.items.some((item) => item.state !== "failed");
  }

  /** @param {File[]} films @param {Record<string, string>} asked model and operating point */
  add(films, asked) {
    if (!this.busy) {
      const left = this.items.length; // that failed, and may be tried again
      this.counts = { all: left, read: 0, unreadable: 0, failed: left };
      this.known = [];
    }
    this.counts.all += films.length;
    for (const film of films) {
      this.items.push({ film, asked, state: "waiting", sent: 0, heldUp: "", failure: null });
    }
    this.#next();
  }

  /** @param {Upload} item */
  tryAgain(item) {
    Object.assign(item, { state: "waiting", sent: 0, failure: null });
    this.counts.failed -= 1;
    this.#next();
  }

  /** @param {Upload} item */
  forget(item) {
    this.items = this.items.filter((other) => other !== item);
    this.#tell("change");
  }

  /** Show nothing more of what is done, and of what failed. */
  dismiss() {
    this.items = [];
    this.known = [];
    this.counts.all = 0;
    this.#tell("change");
  }

  /** Send nothing more. What was answered stays; what is being sent is broken off. */
  stop() {
    this.#stop.abort(new Error("stopped"));
    this.#stop = new AbortController();
    this.counts.all -= this.items.filter((item) => item.state !== "failed").length;
    this.items = this.items.filter((item) => item.state === "failed");
    this.#tell("change");
  }

  #next() {
    while (this.#running < MOST_AT_ONCE) {
      const item = this.items.find((one) => one.state === "waiting");
      if (!item) break;
      this.#running += 1;
      item.state = "sending";
      this.#send(item, this.#stop.signal).finally(() => {
        this.#running -= 1;
        this.#next();
        if (!this.busy && !this.#running) this.#tell("idle");
      });
    }
    this.#tell("change");
  }

  /** @param {Upload} item @param {AbortSignal} stop */
  async #send(item, stop) {
    let breaks = 0;
    let refusals = 0;
    let outdated = false;
    let renewed = false;
    while (!stop.aborted) {
      await this.#hold;
      if (stop.aborted) return;
      try {
        await checkReadable(item.film);
        if (outdated) await whoAmI();
        outdated = false;
        stop.throwIfAborted();
        item.state = "sending";
        const told = await sendFilm(item.film, item.asked, (share) => this.#progress(item, share), stop);
        this.#answered(item, [...told.films, ...told.unreadable]);
        return;
      } catch (error) {
        if (stop.aborted) return;
        if (error instanceof Problem && error.unreadable.length) {
          this.#answered(item, error.unreadable);
          return;
        }
        item.state = "held up";
        item.heldUp = error instanceof Problem ? error.message : "";
        this.#tell("change");
        if (error instanceof Away) {
          breaks = (await untilReady()) ? 0 : breaks + 1;
          if (breaks < MOST_BREAKS) continue;
        } else if (error instanceof Problem && error.status === 403 && !renewed) {
          renewed = outdated = true; // as `ask` does
          continue;
        } else if (await this.#mayTryAgain(error, ++refusals)) continue;
        this.#failed(item, error);
        return;
      }
    }
  }

  /** Wait until a film may be sent again, if that is sensible at all.
   * @param {unknown} error @param {number} refusals of this film so far */
  async #mayTryAgain(error, refusals) {
    if (!(error instanceof Problem)) return false;
    if (error.retryAfter !== null) {
      if (refusals >= MOST_REFUSALS && !PASSING.has(error.kind)) return false;
      const longer = Math.min(LONGEST_WAIT, 2 ** (refusals - 1));
      this.#hold = pause(Math.max(error.retryAfter, longer));
      await this.#hold;
      return true;
    }
    if (error.status === 401) {
      session.dispatchEvent(new Event("signed-out"));
      await new Promise((go) => session.addEventListener("signed-in", go, { once: true }));
      return true;
    }
    return false;
  }

  /** @param {Upload} item @param {number} share */
  #progress(item, share) {
    item.sent = share;
    this.#tell("change");
  }

  /** @param {Upload} item @param {FilmRecord[]} records */
  #answered(item, records) {
    this.items = this.items.filter((other) => other !== item);
    for (const record of records) {
      if (record.status === "unreadable") this.counts.unreadable += 1;
      else this.counts.read += 1;
      if (record.status === "read" && record.from_history) {
        this.known = [...this.known, { id: record.id, name: item.film.name }];
      }
      this.dispatchEvent(new CustomEvent("record", { detail: record }));
    }
    this.#tell("change");
  }

  /** @param {Upload} item @param {unknown} error */
  #failed(item, error) {
    item.state = "failed";
    item.failure = inWords(error);
    this.counts.failed += 1;
    this.#tell("change");
  }

  /** @param {string} what */
  #tell(what) {
    this.dispatchEvent(new Event(what));
  }
}

/** A file that was moved or changed since it was chosen would break off without a word.
 * @param {File} film */
async function checkReadable(film) {
  await film.slice(0, 1).arrayBuffer();
}

/** @param {unknown} error */
function inWords(error) {
  if (error instanceof Problem) {
    return { title: error.title, detail: error.message, hint: error.hint };
  }
  if (error instanceof Away) {
    return {
      title: words.trouble.broke,
      detail: words.trouble.didNotGetThrough,
      hint: words.trouble.tooLarge,
    };
  }
  return {
    title: words.trouble.unreadableFile,
    detail: words.trouble.movedFile,
    hint: words.trouble.chooseAgain,
  };
}

// @ts-check
/** Asking the service. All addresses are relative, so that the page works below any path. */

import { pause, untilReady } from "./connection.js";
import { words } from "./language.js";

/** @import { Session } from "./records.js" */

const MOST_TRIES = 4;
const LONG = 15_000; // milliseconds after which an answer to a film is waited for with doubt

/** What the service answers instead of what it was asked for (RFC 9457). */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {{type?: string, title?: string, detail?: string, hint?: string, unreadable?: any[]}} told
   * @param {number | null} retryAfter seconds
   */
  constructor(status, told, retryAfter = null) {
    super(told.detail ?? words.trouble.status(String(status)));
    this.status = status;
    this.kind = told.type?.split(":").pop() ?? "";
    this.title = told.title ?? words.trouble.something;
    this.hint = told.hint ?? "";
    this.unreadable = told.unreadable ?? [];
    this.retryAfter = retryAfter;
  }
}

/** The service did not answer at all. `changes` is whether something was to be changed. */
export class Away extends Error {
  constructor(changes = false) {
    super(words.trouble.noAnswer);
    this.changes = changes;
  }
}

/** Tells `signed-out` where the service wants to know who asks. */
export const session = new EventTarget();

let csrf = "";

/**
 * Whether the page has to sign in, and as whom it has.
 *
 * @returns {Promise<Session>}
 */
export async function whoAmI() {
  return remember(await ask("v1/session"));
}

/** @param {string} token @returns {Promise<Session>} */
export async function signIn(token) {
  return remember(await ask("v1/session", { method: "POST", body: { token } }));
}

export async function signOut() {
  await ask("v1/session", { method: "DELETE" });
  csrf = "";
}

/** @param {Session} told @returns {Session} */
function remember(told) {
  csrf = told.csrf ?? "";
  return told;
}

/**
 * Ask for JSON. Raises `Problem`, and `Away`; what is too much for the service now is asked again
 * a few times.
 *
 * @param {string} path
 * @param {{method?: string, body?: object, signal?: AbortSignal}} [how]
 * @returns {Promise<any>} what was answered; `null` where there is nothing to say
 */
export async function ask(path, how = {}) {
  const answer = await request(path, how);
  return answer.status === 204 ? null : parsed(answer.status, await answer.text());
}

/**
 * A picture, as an address that the page may show; whoever asked revokes it. Raises as `ask` does.
 *
 * @param {string} path
 * @param {AbortSignal} signal
 * @returns {Promise<string>}
 */
export async function picture(path, signal) {
  const answer = await request(path, { signal });
  return URL.createObjectURL(await answer.blob());
}

/**
 * What a program reads. Raises as `ask` does.
 *
 * @param {string} path
 * @param {AbortSignal} signal
 * @returns {Promise<ArrayBuffer>}
 */
export async function bytes(path, signal) {
  return (await request(path, { signal })).arrayBuffer();
}

/**
 * A file to be saved. Raises as `ask` does.
 *
 * @param {string} path
 * @returns {Promise<Blob>}
 */
export async function file(path) {
  return (await request(path, {})).blob();
}

/**
 * @param {string} path
 * @param {{method?: string, body?: object, signal?: AbortSignal}} how
 * @returns {Promise<Response>}
 */
async function request(path, { method = "GET", body, signal }) {
  for (let tries = 1; ; tries += 1) {
    /** @type {Record<string, string>} */
    const headers = method === "GET" ? {} : { "X-CSRF-Token": csrf };
    if (body) headers["Content-Type"] = "application/json";
    const answer = await reach(path, {
      method,
      headers,
      body: body && JSON.stringify(body),
      signal,
    });
    if (answer.ok) return answer;
    const problem = problemOf(answer.status, await answer.text(), answer.headers.get("Retry-After"));
    if (problem.status === 401 && path !== "v1/session") {
      session.dispatchEvent(new Event("signed-out"));
    }
    if (problem.status === 403 && tries === 1) {
      await whoAmI(); // somebody signed in anew in another tab: what is repeated has changed
      continue;
    }
    if (problem.retryAfter === null || tries === MOST_TRIES) throw problem;
    await pause(problem.retryAfter);
  }
}

/** @param {string} path @param {RequestInit} how @returns {Promise<Response>} */
async function reach(path, how) {
  try {
    const answer = await fetch(path, how);
    if (!isFromProxy(answer.status)) return answer;
  } catch (error) {
    if (how.signal?.aborted) throw error;
  }
  void untilReady();
  throw new Away(how.method !== "GET");
}

/**
 * Send one film to be judged.
 *
 * @param {File} film
 * @param {Record<string, string>} asked the query: model and operating point
 * @param {(share: number) => void} progress is told the share that has been sent, 0 to 1
 * @param {AbortSignal} signal
 * @returns {Promise<any>} the findings
 */
export function sendFilm(film, asked, progress, signal) {
  return new Promise((done, fail) => {
    // Not `fetch`, which does not tell how far it has come. The name goes in the form: queries end
    // up in the logs of proxies.
    const sent = new XMLHttpRequest();
    const form = new FormData();
    form.append("film", film, film.name);
    sent.open("POST", `v1/predictions?${new URLSearchParams(asked)}`);
    sent.setRequestHeader("X-CSRF-Token", csrf);
    sent.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 1);
    sent.upload.onload = () => progress(1);
    sent.onload = () => {
      const { status, responseText } = sent;
      if (isFromProxy(status)) fail(new Away());
      else if (status !== 200) {
        fail(problemOf(status, responseText, sent.getResponseHeader("Retry-After")));
      } else {
        try {
          done(parsed(status, responseText));
        } catch (error) {
          fail(error);
        }
      }
    };
    sent.onerror = () => fail(new Away());
    sent.onabort = () => fail(signal.reason);
    const stop = () => sent.abort();
    signal.addEventListener("abort", stop);
    // Of a service whose machine is gone, nobody would tell.
    const doubt = setInterval(async () => {
      if (!(await untilReady())) return;
      fail(new Away());
      sent.abort();
    }, LONG);
    sent.onloadend = () => {
      clearInterval(doubt);
      signal.removeEventListener("abort", stop);
    };
    sent.send(form);
  });
}

/** @param {number} status @param {string} text @returns {any} */
function parsed(status, text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(status, {
      title: words.trouble.otherAnswer,
      detail: words.trouble.between,
      hint: words.trouble.proxy,
    });
  }
}

/** Whether a proxy answers, since the service does not. @param {number} status */
const isFromProxy = (status) => status === 502 || status === 504;

/**
 * @param {number} status
 * @param {string} text
 * @param {string | null} retryAfter
 * @returns {Problem}
 */
function problemOf(status, text, retryAfter) {
  const seconds = retryAfter === null ? null : Math.max(1, Number(retryAfter) || 1);
  try {
    return new Problem(status, JSON.parse(text), seconds);
  } catch {
    return new Problem(status, {}, seconds); // not of the service, but of a proxy before it
  }
}

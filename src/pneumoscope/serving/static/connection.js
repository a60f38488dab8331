// @ts-check
/** Whether the service answers. Where it does not, it is asked again and again until it does. */

const FIRST_WAIT = 1;
const LONGEST_WAIT = 8;
const PATIENCE = 5_000;

/** Tells `away` and `back`. */
export const connection = new EventTarget();

/** @type {Promise<boolean> | null} */
let watching = null;

/**
 * Wait until the service answers; at once, if it does now.
 *
 * @returns {Promise<boolean>} whether it had been away
 */
export function untilReady() {
  watching ??= watch().finally(() => (watching = null));
  return watching;
}

/** @param {number} seconds */
export const pause = (seconds) => new Promise((go) => setTimeout(go, 1000 * seconds));

async function watch() {
  let away = false;
  for (let wait = FIRST_WAIT; !(await isReady()); wait = Math.min(2 * wait, LONGEST_WAIT)) {
    if (!away) connection.dispatchEvent(new Event("away"));
    away = true;
    await pause(wait);
  }
  if (away) connection.dispatchEvent(new Event("back"));
  return away;
}

async function isReady() {
  try {
    const answer = await fetch("readyz", {
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE),
    });
    return answer.ok;
  } catch {
    return false; // no connection, or no answer in time
  }
}

// @ts-check
/** Which operating point films are called at. */

import { byId, el, fill } from "./elements.js";

const KEPT_AS = "pneumoscope-operating-point";

/**
 * Let a person choose among operating points, beginning with the one that was chosen last.
 *
 * @param {string[]} points
 * @param {(point: string) => Promise<boolean>} callAt is asked for each choice, and tells whether it
 * came to be
 * @returns {string} the one that is chosen now
 */
export function offerPoints(points, callAt) {
  const kept = localStorage.getItem(KEPT_AS);
  let chosen = kept && points.includes(kept) ? kept : points[0];

  /** @param {string} point */
  async function choose(point) {
    if (await callAt(point)) {
      chosen = point;
      localStorage.setItem(KEPT_AS, point);
    } else check(chosen);
  }

  fill(
    byId("points"),
    points.map((point) =>
      el(
        "label",
        {},
        el("input", { type: "radio", name: "point", value: point, onchange: () => void choose(point) }),
        el("span", {}, point),
      ),
    ),
  );
  check(chosen);
  return chosen;
}

/** @param {string} point */
function check(point) {
  for (const input of byId("points").querySelectorAll("input")) input.checked = input.value === point;
}

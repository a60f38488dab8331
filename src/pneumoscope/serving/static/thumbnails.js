// @ts-check
/** Small pictures of films, asked for once they come into view. */

import { picture } from "./api.js";
import { el, fill, icon } from "./elements.js";

/** @import { FilmRecord } from "./records.js" */

const SIZE = 160;

/** What is being asked for, by the boxes that it is for. @type {Map<Element, AbortController>} */
const asked = new Map();

// Boxes that are gone from the page are told of too, as out of view.
const seen = new IntersectionObserver((changes) => {
  for (const { target, isIntersecting } of changes) {
    if (isIntersecting) void load(/** @type {HTMLElement} */ (target));
    else asked.get(target)?.abort();
  }
});

/** @param {FilmRecord} record */
export function thumbnail(record) {
  const box = el("span", { class: "thumbnail" });
  if (record.status === "unreadable") {
    fill(box, icon("broken"), el("span", { class: "unseen" }, "Could not be read: "));
    return box;
  }
  const what = record.film_kept === "none" ? "heatmap" : "film";
  box.dataset.path = `v1/predictions/${record.id}/${what}?size=${SIZE}`;
  seen.observe(box);
  return box;
}

/** @param {HTMLElement} box */
async function load(box) {
  const asking = new AbortController();
  asked.set(box, asking);
  try {
    // Not by the browser alone, which would not ask again where the service is busy.
    const address = await picture(box.dataset.path ?? "", asking.signal);
    const release = () => URL.revokeObjectURL(address);
    fill(box, el("img", { src: address, alt: "", decoding: "async", onload: release, onerror: release }));
    seen.unobserve(box);
  } catch {
    // It is asked for again when it comes into view again.
    if (!asking.signal.aborted) fill(box, icon("film"));
  } finally {
    if (asked.get(box) === asking) asked.delete(box);
  }
}

// @ts-check
/** Small pictures of films, asked for when they come into view, and again where the service is busy. */

import { Away, picture } from "./api.js";
import { untilReady } from "./connection.js";
import { el, fill, icon } from "./elements.js";
import { words } from "./language.js";

/** @import { FilmRecord } from "./records.js" */

const SIZE = 160;
const SETTLED = 100; // milliseconds in view, until a picture is asked for: others are scrolled past

/** How boxes that are in view, or wait for that, are filled. @type {WeakMap<Element, (signal: AbortSignal) => void>} */
const fillers = new WeakMap();
/** Of boxes in view whose pictures are on their way. @type {WeakMap<Element, AbortController>} */
const loading = new WeakMap();

const inView = new IntersectionObserver((changes) => {
  for (const { target, isIntersecting } of changes) {
    loading.get(target)?.abort(); // out of view: others come first
    if (!isIntersecting) continue;
    const control = new AbortController();
    loading.set(target, control);
    setTimeout(() => {
      if (!control.signal.aborted) fillers.get(target)?.(control.signal);
    }, SETTLED);
  }
});

/** @param {FilmRecord} record @returns {HTMLElement} */
export function thumbnail(record) {
  const shown = record.film_kept === "none" ? "heatmap" : "film";
  const box = el("span", { class: "thumbnail", "data-shown": shown });
  if (record.status === "unreadable") {
    fill(box, icon("broken"), el("span", { class: "unseen" }, words.worklist.unreadable));
    return box;
  }
  const path = `v1/predictions/${record.id}/${shown}?size=${SIZE}`;
  fillers.set(box, (signal) => void show(box, path, signal));
  inView.observe(box);
  return box;
}

/** @param {HTMLElement} box @param {string} path @param {AbortSignal} signal */
async function show(box, path, signal) {
  try {
    const address = await picture(path, signal);
    const image = el("img", { src: address, alt: "", decoding: "async" });
    image.onload = image.onerror = () => URL.revokeObjectURL(address);
    fill(box, image);
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof Away && (await untilReady())) {
      if (!signal.aborted) void show(box, path, signal);
      return;
    }
    fill(box, icon("film"));
  }
  inView.unobserve(box);
}

// @ts-check
/**
 * A list of rows of one height, of which only those in sight are in the page, and a few around
 * them. The style sheet places them: a row stands at `--at`, and the list is `--rows` high.
 */

import { el } from "./elements.js";

const AROUND = 10; // rows beyond either end of what is in sight

/** Rows by their places; a row is a list item with one link. */
export class VirtualList {
  length = 0;
  /** The place whose link is reached by Tab, as long as none has the focus; -1 for the first. */
  current = -1;

  #list;
  #box;
  #rowAt;
  #seen;
  /** What is in the page. @type {Map<HTMLElement, number>} */
  #places = new Map();

  /**
   * @param {HTMLElement} list
   * @param {HTMLElement} box around it, that scrolls, unless the page does
   * @param {(place: number) => HTMLLIElement | null} rowAt a row, the same one for the same thing;
   * `null` where that is not known yet
   * @param {() => void} seen is told when others may be in sight
   */
  constructor(list, box, rowAt, seen) {
    this.#list = list;
    this.#box = box;
    this.#rowAt = rowAt;
    this.#seen = seen;
    const changed = () => {
      this.draw();
      this.#seen();
    };
    const scrolled = (/** @type {Event} */ { target }) => {
      if (target === box || target === document) changed();
    };
    document.addEventListener("scroll", scrolled, { capture: true, passive: true });
    addEventListener("resize", changed);
    new ResizeObserver(changed).observe(box);
    list.addEventListener("focusin", () => this.draw());
  }

  /** The places in sight: from the first one to before the second; none where the list is hidden.
   * @returns {[first: number, end: number]} */
  get sight() {
    const [top, bottom, row] = this.#window();
    if (!row) return [0, 0];
    const within = (/** @type {number} */ place) => Math.max(0, Math.min(this.length, place));
    return [within(Math.floor(top / row)), within(Math.ceil(bottom / row))];
  }

  /** The place of the row that has the focus; -1 where none has. */
  get focused() {
    const held = this.#held();
    return (held && this.#places.get(held)) ?? -1;
  }

  /** Put the rows into the page that belong there now. */
  draw() {
    this.#list.style.setProperty("--rows", String(this.length));
    if (!this.#list.clientWidth) return; // hidden
    const held = this.#held();
    const heldAt = held ? Math.min(this.#places.get(held) ?? 0, this.length - 1) : -1;
    const [first, end] = this.sight;
    const places = [];
    for (let at = Math.max(0, first - AROUND); at < Math.min(this.length, end + AROUND); at += 1) places.push(at);
    // What has the focus stays, however far away it is.
    if (heldAt >= 0 && !places.includes(heldAt)) {
      if (heldAt < first) places.unshift(heldAt);
      else places.push(heldAt);
    }
    this.#places = new Map();
    for (const place of places) {
      const row = this.#rowAt(place) ?? (place === heldAt && held ? held : blank());
      this.#places.set(row, place);
      row.style.setProperty("--at", String(place));
      row.ariaSetSize = String(this.length);
      row.ariaPosInSet = String(place + 1);
    }
    this.#fill([...this.#places.keys()]);
    const drawn = places.includes(this.current) ? this.current : first;
    const stop = heldAt >= 0 ? heldAt : drawn;
    for (const [row, place] of this.#places) {
      const link = row.querySelector("a");
      if (link) link.tabIndex = place === stop ? 0 : -1;
    }
    if (held && !held.contains(document.activeElement)) this.focus(heldAt);
  }

  /** Scroll as little as is needed to have a row in sight. @param {number} place */
  reveal(place) {
    const [top, bottom, row] = this.#window();
    if (!row || place < 0 || place >= this.length) return;
    if (place * row < top) this.#scroll(place * row - top);
    else if ((place + 1) * row > bottom) this.#scroll((place + 1) * row - bottom);
    this.draw();
  }

  /** The focus goes to a row in the page or, where that is none, to the box around the list.
   * @param {number} place */
  focus(place) {
    for (const [row, at] of this.#places) {
      if (at === place) row.querySelector("a")?.focus({ preventScroll: true });
    }
    if (!this.#held()) this.#box.focus({ preventScroll: true });
  }

  /** Rows come in at a place, or leave from it on. What is in sight below it stays where it is.
   * @param {number} place @param {number} by */
  shift(place, by) {
    const [first] = this.sight;
    const [, , row] = this.#window();
    for (const [node, at] of this.#places) if (at >= place) this.#places.set(node, Math.max(0, at + by));
    this.length += by;
    this.#list.style.setProperty("--rows", String(this.length));
    if (first > place) this.#scroll(by * row);
  }

  toTop() {
    const [top] = this.#window();
    if (top > 0) this.#scroll(-top);
  }

  /** What can be seen of the list, from its top on, and how high a row is, all in pixels. The box
   * is in sight as a whole where it scrolls; elsewhere the window ends what can be seen.
   * @returns {[top: number, bottom: number, row: number]} */
  #window() {
    const list = this.#list.getBoundingClientRect();
    const box = this.#box.getBoundingClientRect();
    return [
      Math.max(box.top, 0) - list.top,
      Math.min(box.bottom, innerHeight) - list.top,
      this.length && list.height / this.length,
    ];
  }

  /** @param {number} by pixels */
  #scroll(by) {
    const scrolls = getComputedStyle(this.#box).overflowY !== "visible";
    (scrolls ? this.#box : document.documentElement).scrollBy(0, by);
  }

  /** The row that has the focus. @returns {HTMLElement | null} */
  #held() {
    const { activeElement } = document;
    return this.#list.contains(activeElement) ? (activeElement?.closest("li") ?? null) : null;
  }

  /** Rows that stay are not moved, as that would take the focus from them. @param {HTMLElement[]} rows */
  #fill(rows) {
    const stays = new Set(rows);
    for (const row of [...this.#list.children]) {
      if (!stays.has(/** @type {HTMLElement} */ (row))) row.remove();
    }
    rows.forEach((row, number) => {
      const there = this.#list.children[number];
      if (there !== row) this.#list.insertBefore(row, there ?? null);
    });
  }
}

/** What stands for a row that is not known yet. @returns {HTMLLIElement} */
const blank = () =>
  el("li", { class: "coming" }, el("span", { class: "thumbnail" }), el("span", { class: "row-text" }, el("i"), el("i"), el("i")));

// @ts-check
/** The form above the list: which films, and in which order. */

import { ALL } from "./address.js";
import { byId, el, fill } from "./elements.js";
import { words } from "./language.js";

/** @import { Wanted } from "./address.js" */
/** @import { Model } from "./records.js" */

const TYPING = 250; // milliseconds from the last letter to the question

/** What the list is narrowed to. */
export class Filters {
  #form = /** @type {HTMLFormElement} */ (byId("filters"));
  /** Whether the last change was a letter of the same word. */
  #isTyping = false;

  /** @param {(isTyping: boolean) => void} changed is told of what somebody chooses or types, and
   * whether that goes on with a word that is already there */
  constructor(changed) {
    let typing = 0;
    const tell = () => {
      const wasTyping = this.#isTyping;
      this.#isTyping = document.activeElement === this.#field("search");
      changed(wasTyping && this.#isTyping);
    };
    this.#form.addEventListener("input", () => {
      clearTimeout(typing);
      typing = window.setTimeout(tell, TYPING);
    });
    this.#form.addEventListener("focusout", () => (this.#isTyping = false));
    this.#form.addEventListener("submit", (event) => event.preventDefault());
  }

  /** Films can be narrowed to the classes of these models. @param {Model[]} models */
  offer(models) {
    const { show } = this.wanted;
    const names = [...new Set(models.flatMap((model) => model.class_names))];
    const group = /** @type {HTMLOptGroupElement} */ (byId("classes"));
    group.label = words.worklist.called;
    fill(group, names.map((name) => el("option", { value: `finding:${name}` }, name)));
    this.#field("show").value = this.#takes("show", show) ? show : ALL.show;
  }

  /** @returns {Wanted} */
  get wanted() {
    return /** @type {Wanted} */ (Object.fromEntries(new FormData(this.#form)));
  }

  /** Want this, as far as there is such a thing.
   * @param {[name: string, value: string][]} said @returns {string[]} what there is not */
  put(said) {
    const wanted = { ...ALL };
    const wrong = [];
    for (const [name, value] of said) {
      if (!this.#takes(name, value)) wrong.push(`${name}=${value}`);
      else wanted[/** @type {keyof Wanted} */ (name)] = value;
    }
    for (const [name, value] of Object.entries(wanted)) this.#field(name).value = value;
    this.#isTyping = false;
    return wrong;
  }

  /** The same for the service. */
  get query() {
    const { search, show, sort } = this.wanted;
    const query = new URLSearchParams({ sort });
    const [, name, value] = show.match(/^(\w+):(.*)$/s) ?? []; // names of classes may have colons
    if (name) query.set(name, value);
    if (search) query.set("search", search);
    return query;
  }

  /** Whether all films are shown, the newest first. */
  get isPlain() {
    const { search, show, sort } = this.wanted;
    return search === ALL.search && show === ALL.show && sort === ALL.sort;
  }

  /** Whether a review may move a film to another place. */
  get goByReview() {
    const { show, sort } = this.wanted;
    return show.startsWith("verdict:") || sort === "urgency" || sort === "verdict";
  }

  /** @param {boolean} isHidden */
  set hidden(isHidden) {
    this.#form.hidden = isHidden;
  }

  /** @param {string} name */
  #field(name) {
    return /** @type {HTMLInputElement | HTMLSelectElement} */ (this.#form.elements.namedItem(name));
  }

  /** @param {string} name @param {string} value */
  #takes(name, value) {
    if (!Object.hasOwn(ALL, name)) return false;
    const field = this.#field(name);
    return field instanceof HTMLSelectElement
      ? [...field.options].some((option) => option.value === value && !option.disabled)
      : value.length <= field.maxLength;
  }
}

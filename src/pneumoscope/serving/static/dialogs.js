// @ts-check
/** Questions and cards in front of the page. */

import { ask } from "./api.js";
import { byId, el, fill } from "./elements.js";
import { complain } from "./messages.js";
import { words } from "./language.js";

/** @import { ModelDetails } from "./records.js" */

/**
 * Ask before something that cannot be undone.
 *
 * @param {string} question
 * @param {string} consequence
 * @param {string} action what the button says
 * @returns {Promise<boolean>}
 */
export function confirmed(question, consequence, action) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("question"));
  byId("question-title").textContent = question;
  byId("question-text").textContent = consequence;
  byId("question-yes").textContent = action;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true });
  });
}

/** Show the card of a model. @param {string} name */
export async function showModel(name) {
  /** @type {ModelDetails} */
  let model;
  try {
    model = await ask(`v1/model?${new URLSearchParams({ model: name })}`);
  } catch (error) {
    complain(error);
    return;
  }
  byId("model-title").textContent = model.name;
  fill(
    byId("model-warnings"),
    model.warnings.map((text) => el("p", { class: "caution", role: "note" }, text)),
  );
  byId("model-text").textContent = model.card;
  byId("model-digest").textContent = words.page.graph(model.graph_sha256);
  /** @type {HTMLDialogElement} */ (byId("model-card")).showModal();
}

/** Dialogs close by a click beside them too. */
export function listenBeside() {
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
  }
}

// @ts-check
/** Which models there are, which one reads films, and what the page says of it. */

import { ask } from "./api.js";
import { showModel } from "./dialogs.js";
import { byId, el, fill } from "./elements.js";
import { words } from "./language.js";

/** @import { Model, Sample } from "./records.js" */

/** The models of the service, of which a person chooses one. */
export class ModelChoice {
  /** The name of the one that reads films. */
  chosen = "";

  /** @param {Model[]} models of the service @param {Sample[]} samples drawn films */
  offer(models, samples) {
    const drawing = new Set(samples.map((sample) => sample.model));
    const readers = models.filter((one) => one.default || !drawing.has(one.name));
    const select = /** @type {HTMLSelectElement} */ (byId("model"));
    fill(select, readers.map((one) => el("option", {}, one.name)));
    this.chosen = readers[0].name;
    select.hidden = readers.length < 2;
    byId("model-name").textContent = readers.length < 2 ? this.chosen : words.page.aboutModel;
    select.onchange = () => {
      this.chosen = select.value;
      void this.introduce();
    };
    byId("about-model").onclick = () => showModel(this.chosen);
  }

  /** What the model is for. */
  async introduce() {
    const { manifest } = await ask(`v1/model?${new URLSearchParams({ model: this.chosen })}`);
    for (const [id, text] of [
      ["intended-use", manifest.card?.intended_use],
      ["limitations", manifest.card?.limitations],
    ]) {
      byId(id).textContent = text ?? "";
      /** @type {HTMLElement} */ (byId(id).parentElement).hidden = !text;
    }
  }
}

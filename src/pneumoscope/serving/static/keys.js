// @ts-check
/** What can be done by keys alone. */

const KEPT_AS = "pneumoscope-keys";

/**
 * Listen for single keys, outside of fields and dialogs. They can be switched off, for those whose
 * programs type words that nobody meant (WCAG 2.1.4).
 *
 * @param {Record<string, () => void>} actions by key; keys that are held do what they do again, apart
 * from those of `once`
 * @param {string} once
 * @param {HTMLInputElement} onOff
 */
export function listenForKeys(actions, once, onOff) {
  onOff.checked = localStorage.getItem(KEPT_AS) !== "off";
  onOff.addEventListener("change", () =>
    localStorage.setItem(KEPT_AS, onOff.checked ? "on" : "off"),
  );
  document.addEventListener("keydown", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (!onOff.checked || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.closest("input:not([type=range], [type=radio]), textarea, select, dialog")) return;
    const key = event.key.toLowerCase();
    const action = actions[key];
    if (!action) return;
    event.preventDefault();
    if (event.repeat && once.includes(key)) return;
    action();
  });
}

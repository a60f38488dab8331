// @ts-check
/** Films that a person drops, pastes or chooses: files, and whole folders. */

import { show } from "./messages.js";
import { words } from "./language.js";

/** What systems leave in folders, and no film. */
const LITTER = /^(\..*|thumbs\.db|desktop\.ini)$/i;

/**
 * Listen for films. `take` is told the files, and how many were passed over as litter.
 *
 * @param {(films: File[], passedOver: number) => void} take
 * @param {HTMLInputElement[]} inputs elements that choose files or folders
 */
export function listen(take, inputs) {
  /** @param {File[]} files */
  const sift = (files) => {
    const films = files.filter((file) => !LITTER.test(file.name));
    if (files.length) take(films, files.length - films.length);
  };
  for (const input of inputs) {
    input.addEventListener("change", () => {
      sift([...(input.files ?? [])]);
      input.value = ""; // so that the same film can be chosen again
    });
  }
  document.addEventListener("paste", (event) => sift([...(event.clipboardData?.files ?? [])]));
  listenForDrops(sift);
}

/** @param {(files: File[]) => void} take */
function listenForDrops(take) {
  let depth = 0; // elements are entered before others are left
  let isOurs = false; // a picture of the page itself, dragged, would come as a file
  /** @param {DragEvent} event */
  const holdsFiles = (event) =>
    !isOurs && (event.dataTransfer?.types.includes("Files") ?? false);
  /** @param {number} now */
  const mark = (now) => {
    depth = Math.max(0, now);
    document.body.classList.toggle("dropping", depth > 0);
  };
  document.addEventListener("dragstart", () => (isOurs = true));
  document.addEventListener("dragend", () => (isOurs = false));
  document.addEventListener("dragenter", (event) => holdsFiles(event) && mark(depth + 1));
  document.addEventListener("dragleave", (event) => holdsFiles(event) && mark(depth - 1));
  document.addEventListener("dragover", (event) => {
    if (holdsFiles(event)) event.preventDefault();
  });
  document.addEventListener("drop", async (event) => {
    if (!holdsFiles(event) || !event.dataTransfer) return;
    event.preventDefault();
    mark(0);
    try {
      take(await filesOf(event.dataTransfer));
    } catch (error) {
      const { message } = /** @type {DOMException} */ (error);
      show(words.trouble.unreadableDrop, message, words.trouble.chooseInstead);
    }
  });
}

/** @param {DataTransfer} dropped @returns {Promise<File[]>} */
async function filesOf(dropped) {
  // What was dropped is gone after the first pause, so the entries come before anything else.
  const entries = [...dropped.items].map((item) => item.webkitGetAsEntry());
  const files = [...dropped.files];
  if (!entries.some((entry) => entry?.isDirectory)) return files;
  return (await Promise.all(entries.map((entry) => (entry ? filesIn(entry) : [])))).flat();
}

/** @param {FileSystemEntry} entry @returns {Promise<File[]>} */
async function filesIn(entry) {
  if (entry.isFile) {
    return [await new Promise((done, fail) => /** @type {FileSystemFileEntry} */ (entry).file(done, fail))];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  /** @type {File[]} */
  const files = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (!some.length) return files; // a folder tells its entries in parts
    for (const child of some) files.push(...(await filesIn(child)));
  }
}

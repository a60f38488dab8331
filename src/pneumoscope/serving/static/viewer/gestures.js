// @ts-check
/** What hands do with a film: drag, pinch, turn the wheel, point. */

/** @import { Place } from "./placement.js" */

/**
 * @typedef {object} Heard
 * @property {(place: Place, event: PointerEvent) => void} press
 * @property {(right: number, down: number) => void} drag
 * @property {(place: Place, moved: boolean) => void} release
 * @property {(place: Place) => void} point where one finger is, or the mouse
 * @property {(factor: number, at: Place) => void} magnify
 * @property {(right: number, down: number) => void} move by two fingers
 */

const STEADY = 4; // pixels that a hand may shake

/**
 * Listen to what happens in a frame. Places and ways are in its pixels, of the CSS kind.
 *
 * @param {HTMLElement} frame @param {Heard} heard
 */
export function listenToHands(frame, heard) {
  /** @type {Map<number, Place>} */
  const fingers = new Map();
  let way = 0;

  /** @param {{clientX: number, clientY: number}} event @returns {Place} */
  function placeOf({ clientX, clientY }) {
    const box = frame.getBoundingClientRect();
    return { x: clientX - box.x, y: clientY - box.y };
  }

  frame.addEventListener(
    "wheel",
    (event) => {
      // Where the page scrolls, the wheel scrolls it; a pinch on a touchpad comes with `ctrlKey`.
      const around = [document.documentElement, frame.closest("main")];
      const scrolls = around.some((box) => box && box.scrollHeight > box.clientHeight + 1);
      if (scrolls && !event.ctrlKey) return;
      event.preventDefault();
      heard.magnify(Math.exp(-event.deltaY / (event.ctrlKey ? 100 : 400)), placeOf(event));
    },
    { passive: false },
  );
  frame.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button === 1) return;
    fingers.set(event.pointerId, placeOf(event));
    frame.setPointerCapture(event.pointerId);
    way = fingers.size === 1 ? 0 : Infinity; // what two fingers do is no press
    if (fingers.size === 1) heard.press(placeOf(event), event);
  });
  frame.addEventListener("pointermove", (event) => {
    const now = placeOf(event);
    const before = fingers.get(event.pointerId);
    if (fingers.size < 2) heard.point(now);
    if (!before) return;
    fingers.set(event.pointerId, now);
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    const [right, down] = [now.x - before.x, now.y - before.y];
    if (other) {
      const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
      heard.magnify(distance(now, other) / Math.max(1, distance(before, other)), middle);
      heard.move(right / 2, down / 2);
    } else {
      way += Math.hypot(right, down);
      heard.drag(right, down);
    }
  });
  frame.addEventListener("pointerup", (event) => {
    if (!fingers.delete(event.pointerId) || fingers.size) return;
    if (way < Infinity) heard.release(placeOf(event), way > STEADY);
  });
  frame.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));
  frame.addEventListener("contextmenu", (event) => event.preventDefault()); // the right button drags
}

/** @param {Place} a @param {Place} b */
const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);

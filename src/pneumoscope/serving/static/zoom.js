// @ts-check
/** Looking closer: wheel, pinch and buttons magnify, dragging moves. */

const CLOSEST = 8;

/**
 * Make what lies in an element movable. `changed` is told the magnification, from 1.
 *
 * @param {HTMLElement} frame what stays, and listens
 * @param {HTMLElement} sheet what is moved in it
 * @param {(scale: number) => void} changed
 */
export function makeZoomable(frame, sheet, changed) {
  let scale = 1;
  let x = 0;
  let y = 0;
  /** @type {Map<number, {x: number, y: number}>} */
  const fingers = new Map();

  function apply() {
    // No further than to the edge.
    const room = (scale - 1) / 2;
    x = Math.max(-room, Math.min(room, x));
    y = Math.max(-room, Math.min(room, y));
    sheet.style.transform = `translate(${100 * x}%, ${100 * y}%) scale(${scale})`;
    frame.classList.toggle("zoomed", scale > 1);
    changed(scale);
  }

  /** Magnify around a place, in parts of the sheet from its middle. @param {number} factor */
  function by(factor, atX = 0, atY = 0) {
    const before = scale;
    scale = Math.max(1, Math.min(CLOSEST, scale * factor));
    x = atX - ((atX - x) * scale) / before;
    y = atY - ((atY - y) * scale) / before;
    apply();
  }

  /** @param {{clientX: number, clientY: number}} event */
  function place({ clientX, clientY }) {
    const box = frame.getBoundingClientRect();
    return [
      (clientX - box.x - box.width / 2) / sheet.offsetWidth,
      (clientY - box.y - box.height / 2) / sheet.offsetHeight,
    ];
  }

  frame.addEventListener(
    "wheel",
    (event) => {
      // Where the page scrolls, the wheel scrolls it; a pinch on a touchpad comes with `ctrlKey`.
      const around = [document.documentElement, frame.closest("main")];
      const scrolls = around.some((box) => box && box.scrollHeight > box.clientHeight + 1);
      if (scrolls && !event.ctrlKey) return;
      event.preventDefault();
      by(Math.exp(-event.deltaY / (event.ctrlKey ? 100 : 400)), ...place(event));
    },
    { passive: false },
  );
  frame.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    frame.setPointerCapture(event.pointerId);
  });
  frame.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    fingers.set(event.pointerId, now);
    if (other) {
      const [middleX, middleY] = place({
        clientX: (now.x + other.x) / 2,
        clientY: (now.y + other.y) / 2,
      });
      by(distance(now, other) / Math.max(1, distance(before, other)), middleX, middleY);
    } else if (scale > 1) {
      x += (now.x - before.x) / sheet.offsetWidth;
      y += (now.y - before.y) / sheet.offsetHeight;
      apply();
    }
  });
  for (const end of ["pointerup", "pointercancel"]) {
    frame.addEventListener(end, (event) =>
      fingers.delete(/** @type {PointerEvent} */ (event).pointerId),
    );
  }
  frame.addEventListener("dblclick", (event) =>
    scale > 1 ? by(0) : by(2.5, ...place(event)),
  );
  apply();
  return { by, reset: () => by(0) };
}

/** @param {{x: number, y: number}} a @param {{x: number, y: number}} b */
const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);

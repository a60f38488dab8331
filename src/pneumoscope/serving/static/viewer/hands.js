// @ts-check
/** What hands and keys do in a pane. */

import { say } from "../messages.js";
import { listenToHands } from "./gestures.js";

/** @import { Pane } from "./pane.js" */

const STRETCH = 512; // pixels of a drag that go through the whole range of a film's values
const NUDGES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const AT_ONCE = 2.5; // times closer, by a double click

/** @param {Pane} pane */
export function listenToPane(pane) {
  const { frame } = pane;
  let windows = false;
  listenToHands(frame, {
    press: (place, event) => {
      windows = event.button === 2 || event.shiftKey || pane.tool === "window";
      if (windows || !pane.isMeasuring) return;
      pane.pointAt(place);
      say(pane.mark());
    },
    drag: (right, down) => {
      if (windows) pane.colour((tones) => tones.adjust(right / STRETCH, down / STRETCH));
      else if (!pane.isMeasuring) pane.moveBy(right, down);
    },
    release: (place, moved) => {
      if (windows || !pane.isMeasuring || !moved || !pane.measures.isBegun) return;
      pane.pointAt(place);
      say(pane.mark());
    },
    point: (place) => pane.isMeasuring && pane.pointAt(place),
    magnify: (factor, at) => pane.magnifyAt(factor, at),
    move: (right, down) => pane.moveBy(right, down),
  });
  frame.addEventListener("dblclick", (event) => {
    if (pane.tool !== "move") return;
    const box = frame.getBoundingClientRect();
    const at = { x: event.clientX - box.x, y: event.clientY - box.y };
    if (pane.placement.isWhole) pane.magnifyAt(AT_ONCE, at);
    else pane.place((placement) => placement.fit());
  });
  frame.addEventListener("pointerleave", () => pane.pointAt(null));
  frame.addEventListener("keydown", (event) => {
    const way = NUDGES[/** @type {keyof typeof NUDGES} */ (event.key)];
    if (way) pane.nudge(way[0], way[1]);
    else if (event.key === "Enter") say(pane.mark());
    else if (event.key === "Escape" || event.key === "Backspace") pane.unmeasure("last");
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

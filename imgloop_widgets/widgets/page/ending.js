// How a session ended, for the worker: what happened, their code, the way back to their panel, or the next task.

import { h, pushButton } from "./dom.js";
import { leavingParts } from "./leaving.js";
import { LOOP_TEXT } from "./loop_text.js";

/** heading: with the title, already made. */
export function endingNode(heading, { message, code, leave, next }) {
  const parts = [...leavingParts(code, leave), next ? nextTask(leave?.title) : ""];
  return h("section", { class: "imgloop-thanks" }, heading, h("p", {}, message ?? ""), ...parts);
}

/** The same link gives the next task. panel: that is told once all are done. */
function nextTask(panel) {
  const button = pushButton(LOOP_TEXT.next, () => location.reload());
  const hint = panel ? LOOP_TEXT.nextOnPanel(panel) : LOOP_TEXT.nextHint;
  return h("div", { class: "imgloop-next" }, h("p", {}, hint), button);
}

// How a session ended, for the worker: what happened, their code, and the way back to their panel.

import { h } from "./dom.js";
import { leavingParts } from "./leaving.js";

/** heading: with the title, already made. */
export function endingNode(heading, { message, code, leave }) {
  return h("section", { class: "imgloop-thanks" }, heading, h("p", {}, message ?? ""), ...leavingParts(code, leave));
}

// How a session ended, for the worker: what happened, and their code.

import { codeBox } from "./code_box.js";
import { h } from "./dom.js";

/** heading: with the title, already made. */
export function endingNode(heading, { message, code }) {
  return h("section", { class: "imgloop-thanks" }, heading, h("p", {}, message ?? ""), code ? codeBox(code) : "");
}

// How a session ended, for the worker: what happened, and their code.

import { h, pushButton, setText } from "./dom.js";
import { LOOP_TEXT } from "./loop_text.js";

/** heading: with the title, already made. */
export function endingNode(heading, { message, code }) {
  return h("section", { class: "imgloop-thanks" }, heading, h("p", {}, message ?? ""), code ? codeBox(code) : "");
}

function codeBox(code) {
  const take = () => navigator.clipboard.writeText(code).then(() => setText(copy, LOOP_TEXT.copied), () => {});
  const copy = pushButton(LOOP_TEXT.copy, take, "imgloop-plain");
  copy.hidden = !navigator.clipboard; // missing where a page is served without TLS
  return h("p", { class: "imgloop-code" }, h("span", {}, LOOP_TEXT.code), h("code", {}, code), copy);
}

// The completion code on the last page, with a button that copies it.

import { h, pushButton, setText } from "./dom.js";
import { LOOP_TEXT } from "./loop_text.js";

export function codeBox(code) {
  const take = () => navigator.clipboard.writeText(code).then(() => setText(copy, LOOP_TEXT.copied), () => {});
  const copy = pushButton(LOOP_TEXT.copy, take, "imgloop-plain");
  copy.hidden = !navigator.clipboard; // missing where a page is served without TLS
  return h("p", { class: "imgloop-code" }, h("span", {}, LOOP_TEXT.code), h("code", {}, code), copy);
}

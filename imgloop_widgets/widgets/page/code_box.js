// The completion code on the last page, with a button that copies it.

import { h, pushButton, setText } from "./dom.js";

const CODE_TEXT = { code: "Your completion code", copy: "Copy", copied: "Copied" };

export function codeBox(code) {
  const take = () => navigator.clipboard.writeText(code).then(() => setText(copy, CODE_TEXT.copied), () => {});
  const copy = pushButton(CODE_TEXT.copy, take, "imgloop-plain");
  copy.hidden = !navigator.clipboard; // missing where a page is served without TLS
  return h("p", { class: "imgloop-code" }, h("span", {}, CODE_TEXT.code), h("code", {}, code), copy);
}

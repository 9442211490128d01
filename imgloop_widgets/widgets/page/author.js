// What a form's author says about the page as a whole: its styles, and its language with the direction of writing.

import { h } from "./dom.js";

const RIGHT_TO_LEFT = new Set(["ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "syr",
  "ug", "ur", "yi"]);

/** The author's styles for what stands in the same element, and, where the browser can, for nothing else. */
export function authorStyle(css) {
  if (!css) return null;
  const text = "CSSScopeRule" in globalThis ? `@scope {\n${css}\n}` : css;
  return h("style", {}, text);
}

export function setLanguage(node, language) {
  if (!language) return;
  const tag = language.toLowerCase();
  const isRightToLeft = RIGHT_TO_LEFT.has(tag.split("-")[0]) || /-(arab|hebr)\b/.test(tag);
  node.lang = language;
  node.dir = isRightToLeft ? "rtl" : "ltr";
}

/** A prefix for ids where several pages stand in one document (JupyterLab); the first one has none. */
export function takePrefix() {
  const live = (globalThis[Symbol.for("imgloop.pages")] ??= new Set());
  let n = 0;
  while (live.has(n)) n += 1;
  live.add(n);
  return [n ? `view${n + 1}-` : "", () => live.delete(n)];
}

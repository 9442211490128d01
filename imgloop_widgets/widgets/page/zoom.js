// Images as large as the window allows.

import { h, pushButton } from "./dom.js";
import { TEXT } from "./text.js";

/** Show images side by side. shown: [image, caption] each. images, dialog: of the page. */
export function zoom({ images, dialog: open }, shown) {
  const figures = shown.map(([image, caption]) =>
    h("figure", {}, images.picture(image), h("figcaption", {}, caption)));
  const close = pushButton(TEXT.close, () => dialog.close(), "imgloop-plain");
  const title = h("h2", {}, shown.map(([, caption]) => caption).join(" – "));
  const head = h("div", { class: "imgloop-zoom-head" }, title, close);
  const dialog = open("imgloop-zoom", title, head, h("div", { class: "imgloop-zoom-pair" }, ...figures));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}

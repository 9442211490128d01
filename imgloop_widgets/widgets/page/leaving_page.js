// The widget Leaving: the last page of a worker who does not come to the task.

import { h } from "./dom.js";
import { leavingParts } from "./leaving.js";

export default {
  render({ model, el }) {
    const leave = model.get("leave");
    const heading = h("h1", { tabindex: "-1" }, model.get("title"));
    const parts = leavingParts(leave.code, leave);
    const thanks = h("section", { class: "imgloop-thanks" }, heading, h("p", {}, model.get("text")), ...parts);
    el.append(h("div", { class: "imgloop" }, h("div", { class: "imgloop-page" }, thanks)));
    heading.focus({ preventScroll: true });
  },
};

// A small "?" that shows a text: while the pointer or the focus is on it, and after a click until the next one.
// Escape closes it. What it says also belongs to the description of its field.

import { h } from "./dom.js";
import { TEXT } from "./text.js";

const LEAVE_MS = 150; // for the way from the button to the text

/** Return {node, id of its text}. label: of what the text is about. */
export function makeTip(text, { id, label }) {
  const bubble = h("span", { class: "imgloop-bubble", id, hidden: true }, text);
  const hint = h("span", { class: "imgloop-hidden" }, TEXT.about(label));
  const mark = h("span", { "aria-hidden": "true" }, "?");
  const props = { type: "button", class: "imgloop-tip-button", "aria-expanded": "false", "aria-controls": id };
  const button = h("button", { ...props, "aria-describedby": id }, mark, hint);
  const node = h("span", { class: "imgloop-tip" }, button, bubble);
  let [pinned, timer] = [false, 0];
  const show = (on) => {
    clearTimeout(timer);
    bubble.hidden = !on;
    button.setAttribute("aria-expanded", String(on));
  };
  const close = () => show((pinned = false));
  const leave = () => (timer = setTimeout(() => pinned || button.matches(":focus-visible") || close(), LEAVE_MS));
  node.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && show(true));
  node.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && leave());
  button.addEventListener("focus", () => button.matches(":focus-visible") && show(true));
  button.addEventListener("blur", close);
  button.addEventListener("click", () => show((pinned = !pinned)));
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || bubble.hidden) return;
    event.stopPropagation();
    event.preventDefault(); // a dialog around it stays open
    close();
  });
  return { node, id };
}

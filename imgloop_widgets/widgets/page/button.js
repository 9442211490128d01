// A button of the form, with what explains it.

import { author, classes, describeBy, h, shownClasses } from "./dom.js";
import { icon } from "./icons.js";

/**
 * Return {node, button}.
 * spec: as in the form. text: what stands on it. type: "button" or "submit". look: further classes of the button.
 * Its tooltip is its title, and its description for a screen reader and where nothing can be hovered over.
 */
export function makeButton(spec, { id = null, text, type = "button", look = "", before = [], onclick = null }) {
  const props = { type, id, title: spec.tooltip || null, onclick };
  const name = classes("imgloop-button", look, spec.classes_input_element ?? spec.classes_button_element);
  const button = h("button", { ...props, class: name }, icon(spec.icon), h("span", {}, text));
  const help = author(spec.help, "imgloop-help");
  const description = spec.tooltip && id ? h("span", { class: "imgloop-hidden", id: `${id}-tip` }, spec.tooltip) : null;
  if (description) button.dataset.description = description.id;
  describeBy(button, [button.dataset.description]);
  const node = h("div", { class: classes("imgloop-action", shownClasses(spec.classes)) });
  node.append(...[...before, button, description, help].filter(Boolean));
  return { node, button };
}

/** Change what stands on a button made above. */
export function nameButton(button, text) {
  const label = button.querySelector(":scope > span:last-child");
  if (label.textContent !== text) label.textContent = text;
}

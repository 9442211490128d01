/** Pieces that several controls share. */

import { h } from "./dom.js";

const CLEAR = "Clear";

/** Say that a control holds another value, as the browser does for its own ones. */
export function fire(node) {
  for (const type of ["input", "change"]) node.dispatchEvent(new Event(type, { bubbles: true }));
}

/** What the ends of a scale mean; null: nothing is said about them. */
export function scaleEnds(id, low, high) {
  if (!low && !high) return null;
  return h("p", { class: "imgloop-ends", id: `${id}-ends` }, h("span", {}, low), h("span", {}, high));
}

/** A number of a scale with what it means, if anything is said. */
export const scaleEnd = (number, label) => (label ? `${number} – ${label}` : String(number));

/** A small button in a control that says little by itself: the field's label describes it. id: of the control. */
export function smallButton(id, text, onclick) {
  const props = { type: "button", class: "imgloop-small", "aria-describedby": `${id}-label`, onclick };
  return h("button", props, text);
}

/** Show such a button or not; its place stays free, so that nothing moves when it comes. */
export const showSmall = (button, on) => button.classList.toggle("imgloop-absent", !on);

/** The button that takes an answer back, where that may be. */
export function clearButton(spec, id, onclick) {
  const button = smallButton(id, CLEAR, onclick);
  button.hidden = !!spec.validators?.required;
  return button;
}

/** Whether an arrow key would wrap around from one end of a scale to the other. */
export function wraps({ key, target }, boxes) {
  const [back, on] = target.matches(":dir(rtl)") ? ["ArrowRight", "ArrowLeft"] : ["ArrowLeft", "ArrowRight"];
  const end = { [back]: 0, ArrowUp: 0, [on]: -1, ArrowDown: -1 }[key];
  return end !== undefined && target === boxes.at(end);
}

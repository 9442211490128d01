// The score of an image: one row of radio buttons with what its ends mean.

import { BASIC_CONTROLS } from "./controls_basic.js";
import { wraps } from "./controls_common.js";
import { classes, h } from "./dom.js";
import { LOOP_TEXT } from "./loop_text.js";

const MOST_IN_A_ROW = 11;

/** The field of a score, drawn as a scale. Its choices: the form's own where it has them, else every whole number. */
export function scoreSpec(spec, scale) {
  const { min, max } = scale;
  const own = (spec.options ?? []).filter(({ value }) => value !== "" && value >= min && value <= max);
  const all = Array.from({ length: max - min + 1 }, (_, i) => ({ label: min + i, value: min + i }));
  const validators = { ...spec.validators, required: true };
  return { ...spec, type: "score", value: "", scale, options: own.length ? own : all, validators };
}

/** The control. spec.scale: {min, max, perfect}; perfect: null where no score ends the task. */
export function scoreControl(spec, at) {
  const many = spec.options.length > MOST_IN_A_ROW;
  const control = BASIC_CONTROLS.radio(spec, { ...at, class: classes("imgloop-scale", many && "imgloop-many") });
  const { min, max, perfect } = spec.scale;
  const ends = h("p", { class: "imgloop-ends", id: `${at.id}-ends` });
  ends.append(h("span", {}, LOOP_TEXT.low(min)));
  ends.append(h("span", {}, perfect === max || perfect === null ? LOOP_TEXT.high(max) : String(max)));
  const wrap = h("div", { class: "imgloop-scale-box" }, control.node, ends);
  const read = () => (control.read() === "" ? null : Number(control.read()));
  return { ...control, node: wrap, hint: ends.id, read };
}

/** Whether an arrow key would wrap from one end of a scale to the other, from the worst score to the best. */
export function atEnd(event) {
  const { form, name } = event.target;
  return wraps(event, [...form.elements].filter((one) => one.type === "radio" && one.name === name));
}

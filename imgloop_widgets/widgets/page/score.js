// The score of an image: one row of radio buttons with what its ends mean.

import { BASIC_CONTROLS } from "./controls_basic.js";
import { scaleEnd, scaleEnds, wraps } from "./controls_common.js";
import { classes, h } from "./dom.js";
import { LOOP_TEXT } from "./loop_text.js";

const MOST_IN_A_ROW = 11;

/**
 * The field of a score, drawn as a scale. Its choices: the form's own where it has them, else every whole number; or, in
 * place of a slider of the form, a slider. scale: {min, max, perfect, labels (of its ends; "": the page's words)}.
 */
export function scoreSpec(spec, scale) {
  const { min, max, perfect, labels = [] } = scale;
  const low = labels[0] || LOOP_TEXT.low;
  const high = labels[1] || (perfect == null || perfect === max ? LOOP_TEXT.high : "");
  if (spec.type === "slider") {
    const bounds = { min, max, step: 1, value: "", min_label: low, max_label: high };
    return { ...spec, ...bounds, validators: { ...spec.validators, required: true } };
  }
  const own = (spec.options ?? []).filter(({ value }) => value !== "" && value >= min && value <= max);
  const all = Array.from({ length: max - min + 1 }, (_, i) => ({ label: min + i, value: min + i }));
  const validators = { ...spec.validators, required: true };
  return { ...spec, type: "score", value: "", ends: [scaleEnd(min, low), scaleEnd(max, high)], options: own.length ? own : all, validators };
}

/** The control. spec.ends: what the lowest and the highest score are called. */
export function scoreControl(spec, at) {
  const many = spec.options.length > MOST_IN_A_ROW;
  const control = BASIC_CONTROLS.radio(spec, { ...at, class: classes("imgloop-scale", many && "imgloop-many") });
  const ends = scaleEnds(at.id, ...spec.ends);
  const wrap = h("div", { class: "imgloop-scale-box" }, control.node, ends);
  const read = () => (control.read() === "" ? null : Number(control.read()));
  return { ...control, node: wrap, hint: ends.id, read };
}

/** Whether an arrow key would wrap from one end of a scale to the other, from the worst score to the best. */
export function atEnd(event) {
  const { form, name } = event.target;
  return wraps(event, [...form.elements].filter((one) => one.type === "radio" && one.name === name));
}

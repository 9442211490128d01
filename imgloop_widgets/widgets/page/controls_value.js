/** Controls for one value: a number, a day, a point on a slider, a password. */

import { clearButton, fire, scaleEnd, scaleEnds, showSmall } from "./controls_common.js";
import { classes, h, setText } from "./dom.js";
import { asNumber } from "./values.js";

const SLIDER = { untouched: "Not answered yet — move the slider", unset: "Not answered yet" };
const SLIDER_KEYS = new Set([
  " ", "ArrowDown", "ArrowLeft", "ArrowRight", "ArrowUp", "End", "Home", "PageDown", "PageUp",
]);
const PASSWORD = { show: "Show", hide: "Hide", what: "password" };
const STEP_SLACK = 1e-6; // of a step: 0.3 is three times 0.1
const NUMBER_KEYS = { ArrowUp: 1, ArrowDown: -1 };

/** An input of the browser's own. */
function plainInput(spec, at, props) {
  const look = classes("imgloop-input", spec.classes_input_element);
  const node = h("input", { ...at, class: look, placeholder: spec.placeholder || null, autocomplete: "off", ...props });
  return { node, target: node, read: () => node.value, write: (value) => (node.value = value ?? "") };
}

/** A text, since the browser's number input forgets what it can't read; the arrow keys step through the numbers. */
function number(spec, at) {
  const { min, max } = spec;
  const whole = Number.isInteger(spec.step ?? 0.5) && Number.isInteger(min ?? 0);
  const negative = min != null && min < 0; // the small keyboards of phones have no minus
  const control = plainInput(spec, at, {
    inputmode: negative ? null : whole ? "numeric" : "decimal",
    dir: "ltr", // else the minus of a number stands behind it in a study that is written from right to left
  });
  const { node } = control;
  node.addEventListener("keydown", (event) => {
    const by = NUMBER_KEYS[event.key];
    const now = asNumber(node.value);
    if (!by || event.ctrlKey || event.metaKey || event.altKey || (now === null && node.value.trim())) return;
    event.preventDefault();
    const next = stepped(now, by, spec);
    if (next === now) return;
    const text = numberText(next, spec);
    node.value = node.value.includes(",") ? text.replace(".", ",") : text;
    fire(node);
  });
  return { ...control, write: (value) => (node.value = String(value ?? "")) };
}

/** The next number upwards (by: 1) or downwards (-1) that min, max and step allow. now: null if there is none yet. */
function stepped(now, by, { min, max, step }) {
  const [size, from] = [step || 1, min ?? 0];
  const steps = ((now ?? from) - from) / size;
  const isOn = Math.abs(steps - Math.round(steps)) < STEP_SLACK;
  const next = isOn ? Math.round(steps) + by : by > 0 ? Math.ceil(steps) : Math.floor(steps);
  const last = max == null ? Infinity : Math.floor((max - from) / size + STEP_SLACK);
  const first = min == null ? -Infinity : 0;
  return from + size * Math.max(first, Math.min(last, now === null ? 0 : next));
}

/** As many decimals as the numbers that were added up have. */
function numberText(value, { min, step }) {
  const decimals = [min ?? 0, step || 1].map((one) => String(one).split(".")[1]?.length ?? 0);
  return String(Number(value.toFixed(Math.max(...decimals))));
}

/** A day. A day that is only half typed is no value; isHalf says that there is one. */
function date(spec, at) {
  const control = plainInput(spec, at, { type: "date", min: spec.min, max: spec.max });
  return { ...control, isHalf: () => control.node.validity.badInput };
}

/** A slider whose first position is no answer: the thumb is hidden until somebody has put it somewhere. */
function slider(spec, at) {
  const { min, max, step } = spec;
  const ends = scaleEnds(at.id, scaleEnd(min, spec.min_label), scaleEnd(max, spec.max_label));
  const props = { ...at, type: "range", min, max, step: step || "any", class: classes(spec.classes_input_element) };
  const input = h("input", props);
  const said = h("output", { for: at.id, "aria-hidden": "true" }); // the slider says it itself
  const clear = clearButton(spec, at.id, () => {
    write(null);
    input.focus();
    fire(node); // an event of the input would be a touch
  });
  const state = h("div", { class: "imgloop-state" }, said, clear);
  const node = h("div", { class: "imgloop-slider" }, state, input, ends);
  let touched = false;

  const reflect = () => {
    const value = input.valueAsNumber;
    const label = { [min]: spec.min_label, [max]: spec.max_label }[value];
    node.classList.toggle("imgloop-untouched", !touched);
    node.style.setProperty("--share", String((value - min) / (max - min || 1)));
    setText(said, touched ? String(value) : SLIDER.untouched);
    input.setAttribute("aria-valuetext", touched ? scaleEnd(value, label) : SLIDER.unset);
    showSmall(clear, touched);
  };
  const touch = () => {
    touched = true;
    reflect();
  };
  const settle = () => {
    if (touched) return; // the browser has said that the value is another one
    touch();
    fire(input);
  };
  const write = (value) => {
    touched = value != null && value !== "";
    input.value = touched ? value : (min + max) / 2;
    reflect();
  };
  input.addEventListener("input", touch);
  input.addEventListener("pointerup", () => setTimeout(settle)); // a press on the middle changes no value, but answers
  input.addEventListener("keydown", (event) => {
    if (event.key === " ") event.preventDefault(); // would scroll
    if (SLIDER_KEYS.has(event.key)) setTimeout(settle);
  });
  write(null);
  return { node, target: input, hint: ends.id, read: () => (touched ? input.valueAsNumber : null), write };
}

/** A password, with a button that shows what was typed. */
function password(spec, at) {
  const props = { type: "password", autocomplete: "new-password", autocapitalize: "none", spellcheck: "false" };
  const control = plainInput(spec, at, props); // "new-password": the browser must not fill in one of the worker's own
  const { node: input } = control;
  const word = h("span", {});
  const onclick = () => show(input.type === "password");
  const what = h("span", { class: "imgloop-hidden" }, ` ${PASSWORD.what}`);
  const button = h("button", { type: "button", class: "imgloop-small", onclick }, word, what);
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    setText(word, shown ? PASSWORD.hide : PASSWORD.show);
  };
  show(false);
  return { ...control, node: h("div", { class: "imgloop-password" }, input, button) };
}

export const VALUE_CONTROLS = { date, number, password, slider };

/**
 * One field: its label, what explains it, its control, and what is wrong with it.
 *
 *     [icon] label * (?)     help     control     counter     problem
 *
 * The control is described by all of these (aria-describedby), so a screen reader says them with it.
 */

import { makeControl } from "./controls.js";
import { characters, classes, describeBy, h, setText, shownClasses } from "./dom.js";
import { icon } from "./icons.js";
import { TEXT } from "./text.js";
import { makeTip } from "./tip.js";

/**
 * Make a field.
 * key: its name in messages. path: its place in the form. ids: {prefix (of this page), suffix (of an instance of a
 * template)}. limits: {min, max} of its characters, shown by a counter. services: {upload, download} for files.
 */
export function makeField(spec, { key, path = null, prefix = "", suffix = "", limits = countedLimits(spec), services }) {
  const id = `${prefix}${spec.id || `imgloop_${spec.name}`}${suffix}`;
  const control = makeControl(spec, { id, name: `${spec.name}${suffix}` }, services);
  const { target } = control;
  const group = control.first !== undefined;
  const [heading, tip] = headingOf(spec, { id, group });
  const help = spec.help ? h("div", { class: "imgloop-help imgloop-author", id: `${id}-help`, html: spec.help }) : null;
  const counter = limits ? h("p", { class: "imgloop-counter", id: `${id}-counter` }) : null;
  const problem = h("p", { class: "imgloop-problem", id: `${id}-problem`, hidden: true });
  const name = classes("imgloop-field", shownClasses(spec.classes));
  const below = h("div", { class: "imgloop-below" }, counter, problem);
  const isHidden = spec.type === "hidden";
  if (!isHidden) control.node.classList.add("imgloop-control");
  const node = isHidden ? control.node : h("div", { class: name }, heading, help, control.node, below);
  if (spec.validators?.required && target.getAttribute("role") !== "group") target.setAttribute("aria-required", "true");

  const count = () => {
    const n = characters(String(control.read() ?? ""));
    const [short, long] = [limits.min ? limits.min - n : 0, limits.max ? n - limits.max : 0];
    const more = n && short > 0 ? TEXT.tooShort(short) : long > 0 ? TEXT.tooLong(long) : "";
    setText(counter, TEXT.counter(n, limits) + (more && ` · ${more}`));
    counter.classList.toggle("imgloop-off-limits", long > 0);
  };
  const field = {
    key,
    path,
    spec,
    id,
    node,
    below, // what is said of it
    label: spec.label || spec.name,
    problem: null, // what is shown to be wrong
    isKernels: false, // whether the kernel has said so
    touched: false, // whether the worker has changed it
    off: false, // whether nothing is asked of it now, though the form has it on the page
    failure: "", // id of what says why the last one did not work out
    read: control.read,
    isHalf: control.isHalf ?? (() => false), // whether something is there that can't be read
    isBusy: control.isBusy ?? (() => false), // whether its answer is on its way
    write: (value) => (control.write(value), counter && count()),
    /** Go to it: to what is chosen, or to the first choice. */
    focus() {
      const fold = node.closest("details");
      if (fold) fold.open = true;
      (group ? (node.querySelector("input:checked") ?? control.first) : target).focus();
    },
    describe(failure = field.failure) {
      field.failure = failure;
      const shown = problem.hidden ? "" : problem.id;
      describeBy(target, [help?.id, tip?.id, control.hint, counter?.id, shown, failure]);
    },
    /** Show what is wrong; null: nothing is. */
    complain(message) {
      field.problem = message || null;
      if (!message && problem.hidden) return;
      problem.hidden = !message;
      setText(problem, message ?? "");
      if (message) target.setAttribute("aria-invalid", "true");
      else target.removeAttribute("aria-invalid");
      node.classList.toggle("imgloop-bad", !!message);
      field.describe();
      const fold = message && node.closest("details");
      if (fold) fold.open = true;
    },
  };
  if (counter) node.addEventListener("input", count);
  if (group) control.node.addEventListener("mousedown", keepFocus);
  field.write(initialValue(spec));
  field.describe();
  return field;
}

/** A press on another label of a group goes on in it: without this, the focus would leave and come back. */
function keepFocus(event) {
  const isLabel = event.target.closest("label") && !event.target.closest("input");
  if (isLabel && event.currentTarget.contains(document.activeElement)) event.preventDefault();
}

/** A long text says how long it may be. */
function countedLimits({ type, validators = {} }) {
  const { minLength: min, maxLength: max } = validators;
  return type === "textarea" && (min || max) ? { min, max } : null;
}

/** Whether the control is a group without a required state of its own (`aria-required` is not for groups). */
const isGroup = ({ type, multiple }) => type === "checkbox" || type === "ranking" || (type === "select" && multiple);

/** The line with the label, and the tip in it if there is one. */
function headingOf(spec, { id, group }) {
  const text = spec.label || spec.name;
  const label = h(group ? "span" : "label", { class: "imgloop-label", id: `${id}-label`, for: group ? null : id });
  label.append(text);
  if (spec.validators?.required) {
    label.append(h("span", { class: "imgloop-star", "aria-hidden": "true" }, "*"));
    if (isGroup(spec)) label.append(h("span", { class: "imgloop-hidden" }, TEXT.requiredChoice));
  }
  const tip = spec.tooltip ? makeTip(spec.tooltip, { id: `${id}-tip`, label: text }) : null;
  return [h("div", { class: "imgloop-heading" }, icon(spec.icon), label, tip?.node), tip];
}

/** What a field holds before anything was typed: its `value`, or else the options that are `checked`. */
function initialValue({ type, value, multiple, options = [] }) {
  const on = options.filter(({ checked }) => checked).map((option) => option.value);
  if (type === "checkbox") {
    return Object.keys(value || {}).length ? value : Object.fromEntries(on.map((one) => [one, true]));
  }
  if (type === "select" && multiple) return value?.length ? value : on;
  return (type === "radio" || type === "select") && (value == null || value === "") ? (on[0] ?? "") : (value ?? "");
}

/** An answer as a worker reads it: the labels of what was chosen. */
export function readable(spec, value) {
  if (spec.type === "password") return TEXT.withheld;
  if (spec.type === "file") return value?.name ?? TEXT.noAnswer;
  const chosen = spec.type === "checkbox" ? Object.keys(value ?? {}).filter((key) => value[key]) : [value ?? ""].flat();
  const label = (one) => spec.options?.find((option) => String(option.value) === String(one))?.label ?? one;
  return chosen.filter((one) => one !== "").map((one) => String(label(one))).join(", ") || TEXT.noAnswer;
}

// The controls of texts and single choices. A control is {node, target (takes the focus and aria-*), first?
// (what takes the focus in a group), hint? (id of what describes it), read(), write(value)}.

import { classes, h } from "./dom.js";
import { TEXT } from "./text.js";

const LONGEST_TEXT = 20000; // characters; more would not fit into a message, and no form asks for it

export const BASIC_CONTROLS = {
  default(spec, at) {
    const digits = spec.validators?.regexp && /^\^?(\[0-9\]|\\d)[+*]\$?$/.test([spec.validators.regexp].flat()[0]);
    const email = spec.type === "email";
    const node = h("input", {
      ...at,
      type: email ? "email" : "text",
      class: classes("imgloop-input", spec.classes_input_element),
      placeholder: spec.placeholder || null,
      inputmode: digits ? "numeric" : null,
      autocomplete: email ? "email" : "off",
      maxlength: LONGEST_TEXT,
      dir: email ? "ltr" : null,
    });
    return email ? plainText(node) : writtenText(node);
  },

  textarea(spec, at) {
    const node = h("textarea", {
      ...at,
      rows: 4,
      maxlength: LONGEST_TEXT,
      class: classes("imgloop-input", spec.classes_input_element),
      placeholder: spec.placeholder || null,
      autocomplete: "off",
    });
    return writtenText(node);
  },

  /** One choice in a list. There is always a choice of nothing, so that no answer is there before it was given. */
  select(spec, at) {
    const nothing = { label: spec.placeholder || TEXT.choose, value: "" };
    const own = spec.options.map((one) => (one.value === "" && spec.placeholder ? nothing : one));
    const choices = own.some(({ value }) => value === "") ? own : [nothing, ...own];
    const options = choices.map(({ label }, i) => h("option", { value: i }, String(label)));
    const node = h("select", { ...at, class: classes("imgloop-input", spec.classes_input_element) }, ...options);
    const write = (value) => {
      const wanted = choices.findIndex((one) => String(one.value) === String(value ?? ""));
      node.selectedIndex = wanted < 0 ? choices.findIndex((one) => one.value === "") : wanted;
    };
    return { node, target: node, read: () => choices[node.selectedIndex]?.value ?? "", write };
  },

  radio(spec, at) {
    const { node, boxes, options } = choiceBoxes(spec, at, "radio", "radiogroup");
    const read = () => options[boxes.findIndex((box) => box.checked)]?.value ?? "";
    const chosen = (i, value) => String(options[i].value) === String(value ?? "");
    const write = (value) => boxes.forEach((box, i) => (box.checked = chosen(i, value)));
    return { node, target: node, first: boxes[0], read, write };
  },

  checkbox(spec, at) {
    const { node, boxes, options } = choiceBoxes(spec, at, "checkbox", "group");
    const read = () => Object.fromEntries(options.map(({ value }, i) => [value, boxes[i].checked]));
    const write = (value) => boxes.forEach((box, i) => (box.checked = !!value?.[options[i].value]));
    return { node, target: node, first: boxes[0], read, write };
  },

  hidden(spec, at) {
    const node = h("input", { ...at, type: "hidden" });
    let kept = spec.value ?? "";
    return { node, target: node, read: () => kept, write: (value) => (kept = value ?? "") };
  },
};

const plainText = (node) => {
  const write = (value) => (node.value = value ?? "");
  return { node, target: node, read: () => node.value, write };
};

/** A text in any script: its direction follows from what is written, and while nothing is, from the page. */
function writtenText(node) {
  const { write, ...control } = plainText(node);
  const follow = () => (node.value ? node.setAttribute("dir", "auto") : node.removeAttribute("dir"));
  node.addEventListener("input", follow);
  return { ...control, write: (value) => (write(value), follow()) };
}

/** A group of boxes to tick, one for each option but an empty one. */
function choiceBoxes(spec, { id, name, ...rest }, type, role) {
  const options = (spec.options ?? []).filter(({ value }) => value !== "");
  const boxes = options.map((option, i) =>
    h("input", { type, id: `${id}-${i}`, name, value: option.value, class: classes(spec.classes_input_element) }),
  );
  const labels = options.map((option, i) =>
    h("label", { class: "imgloop-choice", for: boxes[i].id }, boxes[i], h("span", {}, String(option.label))),
  );
  const props = { ...rest, id, role, class: classes("imgloop-choices", rest.class), "aria-labelledby": `${id}-label` };
  return { node: h("div", props, ...labels), boxes, options };
}

/** Controls to choose from what is given: several of a list, one value of a rating, an order. */

import { clearButton, fire, scaleEnd, scaleEnds, showSmall, wraps } from "./controls_common.js";
import { ranking } from "./controls_ranking.js";
import { classes, h, setText } from "./dom.js";
import { icon } from "./icons.js";
import { same } from "./values.js";

const PICKS = {
  none: "None chosen",
  chosen: (n) => `${n} chosen`,
  rule: ({ minLength: min, maxLength: max } = {}) => {
    if (min && max) return min === max ? `choose ${min}` : `choose ${min} to ${max}`;
    if (min) return `choose at least ${min}`;
    return max ? `choose at most ${max}` : "";
  },
};
const RATING = { none: "Not rated", of: (value, max) => `${value} of ${max}` };
const RATING_ROW = 11; // more numbers don't stand in one row

/** A select with `multiple`: a list of checkboxes, since in the browser's own a second choice needs the Ctrl key. */
function multiple(spec, { id, name, ...rest }) {
  const options = (spec.options ?? []).filter(({ value }) => value !== "");
  const boxes = options.map((_, i) =>
    h("input", { type: "checkbox", id: `${id}-${i}`, name, class: classes(spec.classes_input_element) }),
  );
  const labels = options.map(({ label }, i) =>
    h("label", { class: "imgloop-pick", for: boxes[i].id }, boxes[i], h("span", {}, String(label))),
  );
  const count = h("p", { class: "imgloop-quiet", id: `${id}-count`, role: "status" });
  const props = { ...rest, id, role: "group", class: classes("imgloop-picks", rest.class) };
  const list = h("div", { class: "imgloop-picks-list" }, ...labels);
  const node = h("div", { ...props, "aria-labelledby": `${id}-label` }, list, count);

  const chosen = () => options.filter((_, i) => boxes[i].checked).map(({ value }) => value);
  const reflect = () => {
    const n = chosen().length;
    const said = n ? PICKS.chosen(n) : spec.placeholder || PICKS.none;
    setText(count, [said, PICKS.rule(spec.validators)].filter(Boolean).join(" · "));
  };
  const write = (value) => {
    const wanted = [value ?? []].flat();
    boxes.forEach((box, i) => (box.checked = wanted.some((one) => same(one, options[i].value))));
    reflect();
  };
  node.addEventListener("input", reflect);
  write(options.filter(({ checked }) => checked).map(({ value }) => value));
  return { node, target: node, first: boxes[0], hint: count.id, read: chosen, write };
}

/** One value of a scale, by stars or numbers; it can be taken back unless an answer is required. */
function rating(spec, { id, name, ...rest }) {
  const { min, max } = spec;
  const stars = spec.symbols !== "numbers";
  const values = Array.from({ length: max - min + 1 }, (_, i) => min + i);
  const boxes = values.map((value, i) => {
    const props = { type: "radio", id: `${id}-${i}`, name, value, class: classes(spec.classes_input_element) };
    return h("input", { ...props, "aria-label": stars ? RATING.of(value, max) : null });
  });
  const labels = values.map((value, i) => {
    const symbol = stars ? icon("star") : h("span", {}, String(value));
    return h("label", { class: stars ? "imgloop-star-pick" : "imgloop-choice", for: boxes[i].id }, boxes[i], symbol);
  });
  const look = stars ? "imgloop-stars" : classes("imgloop-scale", values.length > RATING_ROW && "imgloop-many");
  const props = { ...rest, id, role: "radiogroup", class: classes(look, rest.class), "aria-labelledby": `${id}-label` };
  const group = h("div", props, ...labels);
  const ends = stars
    ? scaleEnds(id, spec.min_label, spec.max_label)
    : scaleEnds(id, scaleEnd(min, spec.min_label), scaleEnd(max, spec.max_label));
  const said = h("span", { "aria-hidden": "true" }); // the radio buttons say it themselves
  const clear = clearButton(spec, id, () => {
    write(null);
    boxes[0].focus();
    fire(group);
  });
  const scale = h("div", { class: stars ? "imgloop-stars-box" : "imgloop-scale-box" }, group, ends);
  const node = h("div", { class: "imgloop-rating" }, scale, h("div", { class: "imgloop-state" }, said, clear));

  const read = () => values[boxes.findIndex((box) => box.checked)] ?? null;
  const reflect = () => {
    const value = read();
    setText(said, value === null ? RATING.none : RATING.of(value, max));
    showSmall(clear, value !== null);
  };
  const write = (value) => {
    boxes.forEach((box, i) => (box.checked = values[i] === value));
    reflect();
  };
  group.addEventListener("keydown", (event) => wraps(event, boxes) && event.preventDefault());
  node.addEventListener("input", reflect);
  reflect();
  return { node, target: group, first: boxes[0], hint: ends?.id, read, write };
}

export const CHOICE_CONTROLS = { multiple, rating, ranking };

/**
 * Which elements of a form are shown. The kernel decides in the same way (forms/conditions.py); here it is felt at once.
 *
 * An element is shown if every element around it is, and it is itself: as a trigger has said (`shown`, by path), or
 * else if it has no class `hidden` and its `show_if` holds. A template is shown only where the page has drawn it (`open`).
 *
 *     {"field": NAME, OP: VALUE}      {"all": […]}      {"any": […]}      {"not": {…}}
 *
 * A field without an answer, or not shown, makes every OP false but `not_equals` and `"answered": false`.
 */

import { same } from "./values.js";

const ordered = (answer, bound) =>
  typeof answer === typeof bound && (typeof answer === "number" || typeof answer === "string");

function contains(answer, value) {
  if (Array.isArray(answer)) return answer.some((one) => same(one, value));
  return answer !== null && typeof answer === "object" && answer[String(value)] === true;
}

const OPERATORS = {
  equals: same,
  not_equals: (answer, value) => !same(answer, value),
  one_of: (answer, values) => values.some((value) => same(answer, value)),
  at_least: (answer, bound) => ordered(answer, bound) && answer >= bound,
  at_most: (answer, bound) => ordered(answer, bound) && answer <= bound,
  contains,
  answered: (answer, wanted) => wanted === true,
};

const WITHOUT_ANSWER = { not_equals: () => true, answered: (answer, wanted) => wanted === false };

/** Whether a condition holds. answer: name of a field → its answer, null where there is none. */
export function holds(condition, answer) {
  if ("all" in condition) return condition.all.every((part) => holds(part, answer));
  if ("any" in condition) return condition.any.some((part) => holds(part, answer));
  if ("not" in condition) return !holds(condition.not, answer);
  const { field, ...test } = condition;
  const [[operator, value]] = Object.entries(test);
  const given = answer(field);
  return !!(given == null ? WITHOUT_ANSWER : OPERATORS)[operator]?.(given, value);
}

/** The elements of a form with their paths, what is around before what is in it. */
export function* elements(form) {
  for (const [s, section] of form.sections.entries()) {
    yield [`${s}`, section];
    for (const [f, fieldset] of section.fieldsets.entries()) {
      yield [`${s}.${f}`, fieldset];
      for (const [r, row] of fieldset.rows.entries()) {
        yield [`${s}.${f}.${r}`, row];
        for (const [i, field] of row.fields.entries()) yield [`${s}.${f}.${r}.${i}`, field];
      }
    }
  }
}

/** The form with the fieldsets that triggers have added. */
export function withAdded(form, added = []) {
  const more = (s) => added.filter(({ section }) => section === s).map(({ fieldset }) => fieldset);
  const sections = form.sections.map((section, s) => ({ ...section, fieldsets: [...section.fieldsets, ...more(s)] }));
  return { ...form, sections };
}

/**
 * The paths of the elements that are shown.
 * form: with what was added. shown: {path: bool}. answer: name of a field → its answer, as if all fields were shown.
 * open: paths of the templates that are on the page.
 */
export function shownPaths(form, { shown = {}, answer, open = new Set() }) {
  const all = new Map(elements(form));
  const pathOf = new Map([...all].filter(([, { type }]) => type).map(([path, { name }]) => [name, path]));
  const known = new Map(); // path → whether it is shown; false while it is being found out
  const isHidden = ({ classes }) => (classes ?? "").split(/\s+/).includes("hidden");
  const own = (path, element) => {
    if (path in shown) return shown[path];
    if (element.lookup_name && !open.has(path)) return false;
    return !isHidden(element) && (!element.show_if || holds(element.show_if, seen));
  };
  const isShown = (path) => {
    if (!known.has(path)) {
      known.set(path, false);
      const around = path.slice(0, Math.max(0, path.lastIndexOf(".")));
      known.set(path, (!around || isShown(around)) && own(path, all.get(path)));
    }
    return known.get(path);
  };
  const seen = (name) => (!pathOf.has(name) || isShown(pathOf.get(name)) ? answer(name) : null);
  return new Set([...all.keys()].filter(isShown));
}

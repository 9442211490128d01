// The form's frame: fieldsets, their rows, sections. What stands in a row is drawn by whoever asks.

import { author, classes, disclosure, h, shownClasses } from "./dom.js";

/** From here on images and questions stand side by side. */
export const WIDE_REM = 52;

/**
 * A fieldset with its rows.
 * path: its place in the form. place(path, node): is told of each row. draw(spec, path): returns the node of a field,
 * or nothing to leave it out.
 */
export function fieldsetNode(fieldset, { prefix, suffix = "", path, place = () => {} }, draw) {
  const id = (own) => (own ? prefix + own + suffix : null);
  const rows = fieldset.rows.map((row, r) => {
    const nodes = row.fields.map((spec, i) => draw(spec, `${path}.${r}.${i}`)).filter(Boolean);
    if (!nodes.length) return null;
    const help = author(row.help, "imgloop-help imgloop-row-help");
    const fields = h("div", { class: "imgloop-row-fields" }, ...nodes);
    const node = h("div", { id: id(row.id), class: classes("imgloop-row", shownClasses(row.classes)) }, fields, help);
    place(`${path}.${r}`, node);
    return node;
  });
  const props = { id: id(fieldset.id), class: classes("imgloop-fieldset", shownClasses(fieldset.classes)) };
  const legend = fieldset.title ? h("legend", { html: fieldset.title }) : null;
  const help = author(fieldset.help, "imgloop-help");
  return h(legend ? "fieldset" : "div", props, legend, author(fieldset.instruction), ...rows, help);
}

/** A section; isFixed: it can't be folded away, nor can one without a title. onHeader: what a click on its header does. */
export function sectionNode(section, { id, isFixed, look = "", onHeader = null }, ...content) {
  const name = classes(look, shownClasses(section.classes));
  const body = [author(section.instruction, "imgloop-quiet imgloop-opening"), ...content];
  if (!isFixed && section.title && (section.collapsable ?? true)) {
    const props = { id, class: name, html: true, open: !section.initially_collapsed };
    const node = disclosure(section.title, props, ...body);
    if (onHeader) node.querySelector("summary").addEventListener("click", onHeader);
    return node;
  }
  const button = { type: "button", class: "imgloop-header-button", html: section.title, onclick: onHeader };
  const title = onHeader ? h("h2", {}, h("button", button)) : section.title ? h("h2", { html: section.title }) : null;
  return h("section", { id, class: classes("imgloop-card", name) }, title, ...body);
}

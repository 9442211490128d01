/**
 * The sections of the form with their fields and buttons. In the loop, its own fieldsets are left out: `step` stands for
 * them. Once answers were sent, they are read in place of their fields.
 */

import { makeButton } from "./button.js";
import { author, disclosure, h, isOff, switchOff } from "./dom.js";
import { makeField, readable } from "./field.js";
import { fieldsetNode, sectionNode } from "./layout.js";
import { TEXT } from "./text.js";

export class Questions {
  /** sheet, checks, triggers: see there. parts: the loop's, if there is one. services: {upload, download}. */
  constructor({ sheet, checks, triggers, services, prefix, parts = null, step = null }) {
    Object.assign(this, { sheet, checks, triggers, services, prefix, parts, step });
    Object.assign(this, { outside: [], closed: false, more: [], drawn: 0 });
    const { form } = sheet;
    this.sections = form.sections.map((section, s) => this.section(section, s));
    this.drawAdded();
    this.note = h("p", { class: "imgloop-quiet" }, TEXT.required);
  }

  /** The author's instruction as a card that can be folded away; null: there is none. */
  instructionCard(html) {
    this.instruction = html ? disclosure(TEXT.instruction, { open: true }, author(html)) : null;
    return this.instruction;
  }

  section(section, s) {
    const { start, templates } = this.parts ?? {};
    const isLoop = s === this.parts?.section;
    const inLoop = new Set(isLoop ? [start, ...Object.values(templates)].map(({ fieldset }) => fieldset) : []);
    const children = section.fieldsets.map((fieldset, f) => {
      if (inLoop.has(f)) return f === start.fieldset ? this.step : null;
      return fieldset.lookup_name ? null : this.fieldset(fieldset, `${s}.${f}`); // a template that nobody asks for
    });
    this.more[s] = h("div", { class: "imgloop-more" });
    const onHeader = section.triggers?.includes("onClick") ? () => this.triggers.tell(`${s}`, "onClick") : null;
    const id = section.id ? this.prefix + section.id : null;
    const look = isLoop ? "imgloop-loop" : "";
    const node = sectionNode(section, { id, look, isFixed: isLoop, onHeader }, ...children, this.more[s]);
    this.sheet.place(`${s}`, node);
    return node;
  }

  fieldset(fieldset, path) {
    const [fields, { prefix }, { place }] = [[], this, this.sheet];
    const node = fieldsetNode(fieldset, { prefix, path, place }, (spec, at) => {
      if (spec.type === "button") return this.button(spec, at);
      const field = this.field(spec, { key: spec.name, path: at, prefix });
      fields.push(field);
      return field.node;
    });
    place(path, node);
    this.outside.push({ node, fields });
    return node;
  }

  /** A field that is checked, has its triggers, and takes part in what is shown. */
  field(spec, options) {
    const field = makeField(spec, { ...options, services: this.services });
    this.sheet.add(field);
    this.checks.watch(field);
    this.triggers.watch(field);
    return field;
  }

  /** A button that does nothing but its trigger. */
  button(spec, path, suffix = "") {
    const id = spec.id ? this.prefix + spec.id + suffix : `${this.prefix}imgloop_button_${path}`;
    const press = () => isOff(button) || this.triggers.tell(path, "onClick");
    const onclick = spec.triggers?.includes("onClick") ? press : null;
    const text = spec.value || spec.label || TEXT.thisButton;
    const { node, button } = makeButton(spec, { id, text, look: "imgloop-plain", onclick });
    const others = (spec.triggers ?? []).filter((event) => event !== "onClick");
    this.triggers.watch({ node: button, path, spec: { ...spec, triggers: others } });
    this.sheet.place(path, node);
    this.sheet.buttons.push(button);
    return node;
  }

  /** Draw the fieldsets that triggers have added since. */
  drawAdded() {
    const { form, added } = this.sheet;
    const places = added.map(({ section }, i) => {
      const before = added.slice(0, i).filter((one) => one.section === section).length;
      return `${section}.${form.sections[section].fieldsets.length + before}`;
    });
    const fresh = added.slice(this.drawn).map(({ section, fieldset }, i) => {
      const node = this.fieldset(fieldset, places[this.drawn + i]);
      this.more[section].append(node);
      return node;
    });
    this.drawn = added.length;
    return fresh;
  }

  reflect(lost) {
    this.sheet.reflect();
    for (const button of this.sheet.buttons) switchOff(button, lost);
    const required = [...this.sheet.fields.values()].some((f) => f.spec.validators?.required && this.sheet.asks(f));
    this.note.hidden = this.closed || !required;
  }

  /** The answers were sent: they are read from now on, and make room for what comes next. folds: the sections too. */
  close(answers, { folds = true } = {}) {
    if (this.closed) return;
    this.closed = true;
    const { sheet } = this;
    for (const { fields } of this.outside) fields.forEach(({ key }) => sheet.drop(key));
    sheet.answers = answers;
    sheet.buttons = [];
    sheet.reflect(); // by what was sent
    for (const { node, fields } of this.outside) {
      const seen = fields.filter(({ spec, path }) => spec.type !== "hidden" && sheet.isShown(path));
      const list = seen.flatMap(({ spec, label, key }) => [
        h("dt", {}, label), h("dd", { dir: "auto" }, readable(spec, answers[key])),
      ]);
      const section = node.closest("details");
      node.replaceWith(list.length ? h("dl", { class: "imgloop-answers" }, ...list) : "");
      if (!folds || !section || section.querySelector(".imgloop-sent")) continue;
      section.open = false;
      section.querySelector("summary").append(h("span", { class: "imgloop-sent" }, TEXT.sent));
    }
    if (this.instruction) this.instruction.open = false;
  }
}

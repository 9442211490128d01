/**
 * The form as this page has it: its fields with what they hold, and which of its elements are shown.
 *
 * The kernel adds to it (`changes`: fieldsets that triggers have added, elements they have shown or hidden, values of
 * hidden fields) and writes into it (`set`). Fields come and go with `add` and `drop`; the rest of the page's elements stand in `nodes` by path.
 */

import { shownPaths, withAdded } from "./conditions.js";
import { answerOf } from "./validate.js";
import { isEmpty } from "./values.js";

export const CONTROL = "control:"; // begins the name and the path of what is set beside a prompt: no part of the form
const isBeside = (path) => path.startsWith(CONTROL);

export class Sheet {
  constructor(form, changes) {
    Object.assign(this, { form, fields: new Map(), names: new Map(), nodes: new Map(), open: new Set(), buttons: [] });
    this.answers = {}; // what was sent of fields that are gone
    this.take(changes);
  }

  take(changes) {
    const { shown = {}, added = [], held = {} } = changes ?? {};
    Object.assign(this, { shown, added, held, whole: withAdded(this.form, added) });
  }

  /** Take part in what is shown and hidden. */
  place = (path, node) => this.nodes.set(path, node);

  add(field) {
    this.fields.set(field.key, field);
    this.names.set(field.spec.name, field);
    this.place(field.path, field.node);
  }

  drop(key) {
    const field = this.fields.get(key);
    if (!field) return;
    this.fields.delete(key);
    this.names.delete(field.spec.name);
    this.nodes.delete(field.path);
  }

  /** Forget the rows and buttons of a fieldset that is no longer on the page. */
  leave(path) {
    for (const one of this.nodes.keys()) if (one.startsWith(`${path}.`)) this.nodes.delete(one);
  }

  /** What is typed, by the names that messages have for it. */
  values() {
    return Object.fromEntries([...this.fields].map(([key, field]) => [key, field.read()]));
  }

  /** The same without what may not be kept. */
  draft() {
    const kept = [...this.fields].filter(([, { spec }]) => spec.type !== "password");
    return Object.fromEntries(kept.map(([key, field]) => [key, field.read()]));
  }

  /** The same by the names of the form; an instance of a template has none there. */
  named() {
    const isOwn = ({ path }) => !isBeside(path) && ![...this.open].some((one) => path.startsWith(`${one}.`));
    const own = [...this.fields.values()].filter(isOwn);
    return Object.fromEntries(own.map((field) => [field.spec.name, field.read()]));
  }

  /** The answer to a field of the form, whether it is typed or sent; null: none. */
  answer = (name) => {
    const field = this.names.get(name);
    if (field) return answerOf(field.spec, name in this.held ? this.held[name] : field.read());
    const sent = this.answers[name];
    return isEmpty(sent) ? null : sent;
  };

  /** Write what a trigger has set. */
  set(values) {
    for (const [name, value] of Object.entries(values)) this.names.get(name)?.write(value);
  }

  isShown = (path) => isBeside(path) || this.visible.has(path);

  /** Whether the worker is asked for this field now. */
  asks = (field) => !field.off && field.spec.type !== "hidden" && this.isShown(field.path);

  /** Show what is to be shown now, and nothing else. */
  reflect() {
    const { shown, answer, open } = this;
    this.visible = shownPaths(this.whole, { shown, answer, open });
    for (const [path, node] of this.nodes) node.hidden = !this.isShown(path);
    for (const [path, node] of this.nodes) if (path.split(".").length === 3) node.hidden ||= isBare(node);
  }
}

/** Whether a row has nothing to show but its help. */
const isBare = (row) => [...row.firstChild.children].every((child) => child.hidden);

// What was refused, above the button: it takes the focus, and its links lead to the fields.

import { h } from "./dom.js";
import { TEXT } from "./text.js";

export class Summary {
  constructor(prefix) {
    Object.assign(this, { id: `${prefix}imgloop-summary`, entries: [] });
    this.node = h("div", { class: "imgloop-summary", tabindex: "-1", role: "group", hidden: true });
  }

  /** Say it and take the focus. entries: [field or undefined, message]; message: where there is no entry. */
  show(message, entries) {
    this.entries = entries.map(([field, problem]) => ({ field, problem }));
    this.draw(message);
    this.node.focus();
  }

  /** Keep in step with the fields: what has become right goes from here too. */
  follow() {
    if (this.node.hidden || !this.entries.length) return;
    for (const entry of this.entries) if (entry.field) entry.problem = entry.field.problem;
    this.entries = this.entries.filter(({ problem }) => problem);
    if (this.entries.length) this.draw("");
    else this.hide();
  }

  hide() {
    this.node.hidden = true;
    this.entries = [];
  }

  draw(message) {
    const n = this.entries.length;
    const title = h("p", { id: this.id }, n ? TEXT.problems(n) : message);
    const items = this.entries.map(({ field, problem }) => {
      if (!field) return h("li", {}, problem);
      const onclick = (event) => (event.preventDefault(), field.focus());
      return h("li", {}, h("a", { href: `#${field.id}`, onclick }, `${named(field.label)} ${problem}`));
    });
    this.node.replaceChildren(title, ...(items.length ? [h("ul", {}, ...items)] : []));
    this.node.setAttribute("aria-labelledby", this.id);
    this.node.hidden = false;
  }
}

/** A label in front of something else; one that is a question already has its mark. */
const named = (label) => (/[.:;!?…؟。：！？]\s*$/.test(label) ? label : `${label}:`);

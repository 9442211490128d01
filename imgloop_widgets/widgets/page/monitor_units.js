// Lists of units: a row stays the same element as long as its unit is listed, so that nothing loses the focus.

import { h, pushButton, setText, switchOff } from "./dom.js";
import { MONITOR_TEXT, ago, span } from "./monitor_text.js";

export class UnitList {
  /** verbs: what can be done to a unit of the list. act(verb, unit): a button was pressed. */
  constructor({ title, empty, verbs, act }) {
    Object.assign(this, { verbs, act, rows: new Map() });
    this.heading = h("h2", { tabindex: "-1" }, title);
    this.empty = h("p", { class: "imgloop-quiet" }, empty);
    this.more = h("p", { class: "imgloop-quiet" });
    this.list = h("ul", { class: "imgloop-units" });
    this.node = h("section", { class: "imgloop-card" }, this.heading, this.empty, this.list, this.more);
  }

  draw(units, more, now) {
    const wanted = new Set(units.map((unit) => unit.id));
    for (const [id, row] of this.rows) if (!wanted.has(id)) this.remove(id, row);
    let next = this.list.firstChild;
    for (const unit of units) {
      const row = this.rows.get(unit.id) ?? this.add(unit);
      if (row.node === next) next = next.nextSibling;
      else this.list.insertBefore(row.node, next);
      row.draw(unit, now);
    }
    this.empty.hidden = units.length > 0;
    this.list.hidden = !units.length;
    setText(this.more, more ? MONITOR_TEXT.more(more) : "");
  }

  add(unit) {
    const row = new UnitRow(unit, this.verbs, this.act);
    this.rows.set(unit.id, row);
    return row;
  }

  remove(id, row) {
    const had = row.node.contains(document.activeElement);
    row.node.remove();
    this.rows.delete(id);
    if (had) this.heading.focus();
  }

  reflect(off) {
    for (const row of this.rows.values()) row.buttons.forEach((button) => switchOff(button, off));
  }
}

class UnitRow {
  constructor(unit, verbs, act) {
    this.code = h("code", {}, unit.code);
    this.who = h("span", { class: "imgloop-worker" }, unit.worker);
    this.is = h("span", { class: "imgloop-is" });
    this.what = h("span", { class: "imgloop-quiet" });
    this.when = h("span", { class: "imgloop-quiet" });
    this.buttons = verbs.map((verb) => {
      const button = pushButton(MONITOR_TEXT.names[verb], () => act(verb, this.unit, button), "imgloop-plain imgloop-small");
      if (verb !== "extend") button.classList.add("imgloop-danger");
      button.setAttribute("aria-label", `${MONITOR_TEXT.names[verb]}: ${unit.code}, ${unit.worker}`);
      return button;
    });
    const head = h("p", { class: "imgloop-unit-head" }, this.code, this.who);
    const told = h("p", {}, this.is, " ", this.what);
    this.node = h("li", {}, head, told, h("p", {}, this.when), h("div", { class: "imgloop-buttons" }, ...this.buttons));
  }

  draw(unit, now) {
    this.unit = unit;
    setText(this.is, unit.state === "running" || unit.state === "done" ? unit.is : `${unit.is} (${unit.state})`);
    const images = `${unit.images} ${unit.images === 1 ? "image" : "images"}`;
    setText(this.what, [MONITOR_TEXT.unit(unit.unit), unit.arm, unit.target, images].join(" · "));
    const goesOn = this.buttons.length > 1;
    const left = unit.left == null ? MONITOR_TEXT.noLimit : unit.left > 0 ? MONITOR_TEXT.left(span(unit.left)) : MONITOR_TEXT.timeOver;
    const when = ago(unit.heard, now);
    setText(this.when, goesOn ? `${left} · ${MONITOR_TEXT.heard(when)}` : MONITOR_TEXT.ended(when));
    this.node.dataset.state = unit.state;
    if (!goesOn) this.buttons[0].hidden = unit.state === "returned" || unit.state === "failed";
  }
}

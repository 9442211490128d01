/**
 * The researcher's page: draws the kernel's trait `view`, which comes anew every few seconds, and sends commands.
 * Only what has changed is touched: the focus, an open window and what is being written stay. No rule is here.
 */

import { h, isOff, newId, pushButton, setText, switchOff } from "./dom.js";
import { Link, TICK_MS, linkToDesk } from "./link.js";
import { MONITOR_TEXT, ago, clockTime, dollars } from "./monitor_text.js";
import { UnitList } from "./monitor_units.js";

const TILES = ["done", "running", "left", "returned", "failed", "images", "spent"];

export class MonitorPage {
  constructor(model, el) {
    this.model = model;
    this.prefix = `m${newId().slice(0, 8)}-`;
    this.link = new Link({
      send: (message) => this.send(message),
      changed: (lost) => this.connected(!lost),
      reloading: () => setText(this.banner, MONITOR_TEXT.reloading),
    });
    this.polite = h("div", { class: "imgloop-hidden", role: "status" });
    this.banner = h("div", { class: "imgloop-banner imgloop-lost", role: "alert" });
    this.body = h("div", { class: "imgloop-page imgloop-monitor" });
    this.root = h("div", { class: "imgloop" }, this.body, this.polite, h("div", { class: "imgloop-floor" }, this.banner));
    el.append(this.root);
    this.build();
    this.events = { "change:view": () => this.show(), "msg:custom": (message) => this.receive(message) };
    for (const [name, handler] of Object.entries(this.events)) model.on(name, handler);
    this.aborter = new AbortController();
    const { signal } = this.aborter;
    for (const name of ["offline", "imgloop-cut"]) addEventListener(name, () => this.link.lose(), { signal });
    for (const name of ["online", "imgloop-joined"]) addEventListener(name, () => this.link.ping(), { signal });
    this.timer = setInterval(() => this.link.tick(), TICK_MS);
    this.show();
  }

  dispose() {
    clearInterval(this.timer);
    this.aborter.abort();
    for (const [name, handler] of Object.entries(this.events)) this.model.off(name, handler);
    this.root.remove();
  }

  send(message) {
    try {
      this.model.send(message);
    } catch {
      // the kernel is gone: the pings notice it
    }
  }

  receive(message) {
    if (message.kind === "pong") this.link.pong();
    if (message.kind === "result" && this.asked?.id === message.id) this.answered(message);
  }

  build() {
    this.title = h("h1", {}, MONITOR_TEXT.loading);
    this.state = h("p", { class: "imgloop-state" });
    this.toggle = pushButton("", () => isOff(this.toggle) || this.ask(this.verb, null));
    this.tiles = Object.fromEntries(TILES.map((name) => [name, new Tile(name)]));
    this.notes = h("div", { class: "imgloop-notes" });
    this.arms = new Arms();
    const act = (verb, unit, button) => isOff(button) || this.ask(verb, unit);
    this.goingOn = new UnitList({
      title: MONITOR_TEXT.goingOn, empty: MONITOR_TEXT.nobody, verbs: ["extend", "close", "return"], act,
    });
    this.over = new UnitList({ title: MONITOR_TEXT.over, empty: MONITOR_TEXT.noneOver, verbs: ["return"], act });
    this.incidents = new Lines(MONITOR_TEXT.incidents, MONITOR_TEXT.noIncident);
    this.actions = new Lines(MONITOR_TEXT.actions, MONITOR_TEXT.noAction);
    this.search = this.buildSearch();
    const head = h("header", { class: "imgloop-monitor-head" }, this.title, this.state, linkToDesk("review", MONITOR_TEXT.toReview), this.toggle);
    const tiles = h("dl", { class: "imgloop-tiles" }, ...TILES.map((name) => this.tiles[name].node));
    const below = h("div", { class: "imgloop-two" }, this.incidents.node, this.actions.node);
    this.content = [head, tiles, this.notes, this.arms.node, this.search, this.goingOn.node, this.over.node, below];
    this.body.replaceChildren(...this.content);
  }

  buildSearch() {
    const [id, whyId] = [`${this.prefix}code`, `${this.prefix}code-why`];
    const field = h("input", { id, class: "imgloop-input", autocomplete: "off", spellcheck: "false", maxlength: "32", "aria-describedby": whyId });
    this.searchWhy = h("p", { id: whyId, class: "imgloop-error", role: "alert" });
    const form = h("form", { class: "imgloop-search", novalidate: true }, h("label", { for: id }, MONITOR_TEXT.find),
      h("div", { class: "imgloop-buttons" }, field, h("button", { class: "imgloop-button imgloop-plain" }, MONITOR_TEXT.findButton)), this.searchWhy);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const done = ({ ok, message }) => {
        setText(this.searchWhy, ok ? "" : message);
        if (ok) this.focusOn(field.value);
      };
      if (field.value.trim()) this.command({ name: "find", code: field.value }, done);
    });
    return form;
  }

  focusOn(code) {
    const wanted = code.trim().toUpperCase();
    for (const { rows } of [this.goingOn, this.over]) {
      for (const row of rows.values()) {
        if (!row.unit.id.toUpperCase().startsWith(wanted)) continue;
        row.node.scrollIntoView({ block: "center" });
        (row.buttons.find((button) => !button.hidden) ?? row.node).focus();
        return;
      }
    }
  }

  /** Draw what the trait holds. */
  show() {
    const view = this.model.get("view");
    if (!view) return;
    if (view.over) return this.end(view.over);
    if (!("counts" in view)) return;
    this.view = view;
    const { counts, paused, at } = view;
    setText(this.title, view.title);
    setText(this.state, paused ? MONITOR_TEXT.paused(paused, clockTime(paused.at)) : MONITOR_TEXT.goesOn);
    this.root.dataset.paused = String(!!paused);
    this.verb = paused ? "resume" : "pause";
    setText(this.toggle, MONITOR_TEXT[this.verb]);
    this.tiles.done.draw(MONITOR_TEXT.done(counts.done, counts.due), counts.extra ? `and ${counts.extra} extra` : "");
    this.tiles.running.draw(counts.running, MONITOR_TEXT.active(view.active));
    for (const name of ["left", "returned", "failed"]) this.tiles[name].draw(counts[name], "");
    this.tiles.images.draw(view.images, MONITOR_TEXT.queue(view.being_made, view.waiting) || MONITOR_TEXT.failures(view.failures));
    this.tiles.spent.draw(dollars(view.spent), MONITOR_TEXT.cap(view.max_cost));
    const notes = [
      view.of_simulated && MONITOR_TEXT.ofSimulated,
      view.overdue && MONITOR_TEXT.overdue(view.overdue),
      view.astray && MONITOR_TEXT.astray(view.astray),
    ].filter(Boolean);
    if (notes.join("\n") !== this.noted) this.notes.replaceChildren(...notes.map((note) => h("p", {}, note)));
    this.noted = notes.join("\n");
    this.arms.draw(view.arms);
    this.over.draw(view.finished, view.more_finished, at);
    this.goingOn.draw(view.going_on, view.more_going_on, at);
    this.incidents.draw(view.incidents.map((one) => [`${one.id} ${one.unit}`.trim(), `${one.what} (${ago(one.at, at)})`]));
    this.actions.draw(view.actions.map((one) => {
      const what = [MONITOR_TEXT.did[one.what], one.unit].filter(Boolean).join(" ");
      return [`${one.who} ${what}`, [one.why, ago(one.at, at)].filter(Boolean).join(" · ")];
    }));
    this.reflect();
  }

  reflect() {
    switchOff(this.toggle, this.link.lost);
    this.goingOn.reflect(this.link.lost);
    this.over.reflect(this.link.lost);
  }

  /** The link does not hold any more. */
  end(text) {
    this.root.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
    const heading = h("h1", { tabindex: "-1" }, "This page is closed");
    this.body.replaceChildren(heading, h("p", {}, text));
    heading.focus();
  }

  connected(yes) {
    setText(this.banner, yes ? "" : MONITOR_TEXT.lost);
    if (yes) this.polite.textContent = MONITOR_TEXT.back;
    this.reflect();
  }

  // ------------------------------------------------------------ commands

  command(content, done) {
    if (this.link.lost) return done({ ok: false, message: MONITOR_TEXT.lostReason });
    this.asked = { id: newId(), done };
    this.send({ kind: "command", id: this.asked.id, ...content });
  }

  answered(message) {
    const { done } = this.asked;
    this.asked = null;
    if (message.ok) this.polite.textContent = message.message;
    done(message);
  }

  /** Ask whether it is meant, and why; unit: null: of the study. */
  ask(verb, unit) {
    const [asked, told] = MONITOR_TEXT.ask[verb];
    const titleId = `${this.prefix}ask`;
    const title = h("h2", { id: titleId }, asked);
    const of = unit ? h("p", {}, h("code", {}, unit.code), ` ${unit.worker}, ${MONITOR_TEXT.unit(unit.unit)}`) : null;
    const minutes = verb === "extend" ? this.field("minutes", MONITOR_TEXT.minutes, { type: "number", min: "1", max: "10080", value: "10" }) : null;
    const why = this.field("why", MONITOR_TEXT.why, { maxlength: "500" });
    const wrong = h("p", { class: "imgloop-error", role: "alert" });
    const danger = verb === "close" || verb === "return";
    const yes = h("button", { class: `imgloop-button${danger ? " imgloop-plain imgloop-danger" : ""}` }, MONITOR_TEXT.names[verb]);
    const no = pushButton(MONITOR_TEXT.cancel, () => dialog.close(), "imgloop-plain");
    const form = h("form", { novalidate: true }, title, of, h("p", {}, told), minutes?.node, why.node, wrong,
      h("div", { class: "imgloop-buttons" }, no, yes));
    const dialog = h("dialog", { class: "imgloop-confirm", "aria-labelledby": titleId }, form);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (isOff(yes)) return;
      const more = minutes ? { minutes: Number(minutes.input.value) } : {};
      if (minutes && !(Number.isInteger(more.minutes) && more.minutes >= 1 && more.minutes <= 10080)) {
        setText(wrong, "Minutes must be a whole number from 1 to 10080.");
        return minutes.input.focus();
      }
      switchOff(yes, true);
      const target = unit ? { unit: unit.id } : {};
      this.command({ name: verb, why: why.input.value.trim(), ...target, ...more }, ({ ok, message }) => {
        switchOff(yes, false);
        if (ok) dialog.close();
        else setText(wrong, message);
      });
    });
    const opener = document.activeElement;
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (opener?.isConnected) opener.focus();
      else this.goingOn.heading.focus();
    });
    this.root.append(dialog);
    dialog.showModal();
  }

  field(name, label, props) {
    const id = `${this.prefix}${name}`;
    const input = h("input", { id, class: "imgloop-input", autocomplete: "off", ...props });
    return { input, node: h("p", { class: "imgloop-asked" }, h("label", { for: id }, label), input) };
  }
}

class Tile {
  constructor(name) {
    this.value = h("span", { class: "imgloop-value" });
    this.note = h("span", { class: "imgloop-quiet" });
    this.node = h("div", { "data-count": name }, h("dt", {}, MONITOR_TEXT.counts[name] ?? MONITOR_TEXT[name]), h("dd", {}, this.value, this.note));
  }

  draw(value, note) {
    setText(this.value, String(value));
    setText(this.note, note);
  }
}

class Arms {
  constructor() {
    this.columns = Object.keys(MONITOR_TEXT.columns);
    const head = h("tr", {}, ...this.columns.map((name) => h("th", { scope: "col" }, MONITOR_TEXT.columns[name])));
    this.rows = h("tbody", {});
    this.cells = new Map();
    const table = h("table", {}, h("caption", {}, MONITOR_TEXT.arms), h("thead", {}, head), this.rows);
    this.node = h("section", { class: "imgloop-card imgloop-arms", tabindex: "0", "aria-label": MONITOR_TEXT.arms }, table);
  }

  draw(arms) {
    const sum = (name) => arms.reduce((total, arm) => total + arm[name], 0);
    const all = Object.fromEntries(this.columns.map((name) => [name, name === "arm" ? MONITOR_TEXT.all : sum(name)]));
    const rows = arms.length > 1 ? [...arms, all] : arms;
    if (this.rows.childElementCount !== rows.length) {
      this.rows.replaceChildren(...rows.map(() => h("tr", {}, ...this.columns.map((name) =>
        (name === "arm" ? h("th", { scope: "row" }) : h("td", {}))))));
    }
    rows.forEach((arm, k) => this.columns.forEach((name, j) => setText(this.rows.children[k].children[j], String(arm[name]))));
  }
}

class Lines {
  constructor(title, empty) {
    this.empty = h("p", { class: "imgloop-quiet" }, empty);
    this.list = h("dl", { class: "imgloop-lines" });
    this.node = h("section", { class: "imgloop-card" }, h("h2", {}, title), this.empty, this.list);
  }

  draw(lines) {
    this.empty.hidden = lines.length > 0;
    this.list.hidden = !lines.length;
    if (this.list.childElementCount !== lines.length) {
      this.list.replaceChildren(...lines.map(() => h("div", {}, h("dt", {}), h("dd", {}))));
    }
    lines.forEach(([name, text], k) => {
      setText(this.list.children[k].firstChild, name);
      setText(this.list.children[k].lastChild, text);
    });
  }
}

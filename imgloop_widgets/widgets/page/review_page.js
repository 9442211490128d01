/**
 * The reviewer's page: the list of units or one of them, from the kernel's traits `view` and `unit`; and the keys.
 * A single key does something while no field is being written in and the switch in the window of keys is on.
 */

import { h, newId, pushButton, setText } from "./dom.js";
import { Images } from "./images.js";
import { Link, TICK_MS, linkToDesk } from "./link.js";
import { ReviewDecide } from "./review_decide.js";
import { ReviewList } from "./review_list.js";
import { REVIEW_KEYS, REVIEW_TEXT } from "./review_text.js";
import { ReviewUnit } from "./review_unit.js";
import { zoom } from "./zoom.js";

const SWITCH = "imgloop:review-keys";
const WRITING = "textarea, select, input:not([type=checkbox])";

export class ReviewPage {
  constructor(model, el) {
    this.model = model;
    this.prefix = `r${newId().slice(0, 8)}-`;
    this.link = new Link({
      send: (message) => this.send(message),
      changed: (lost) => this.connected(!lost),
      reloading: () => setText(this.banner, REVIEW_TEXT.reloading),
    });
    this.images = new Images((id) => this.send({ kind: "image", id }));
    this.waiting = new Map(); // id of a command → what is done with its answer
    this.keysOn = stored() !== "off";
    this.build();
    el.append(this.root);
    this.events = { "change:view": () => this.show(), "change:unit": () => this.show(), "msg:custom": (message, buffers) => this.receive(message, buffers) };
    for (const [name, handler] of Object.entries(this.events)) model.on(name, handler);
    this.aborter = new AbortController();
    const { signal } = this.aborter;
    for (const name of ["offline", "imgloop-cut"]) addEventListener(name, () => this.link.lose(), { signal });
    for (const name of ["online", "imgloop-joined"]) addEventListener(name, () => this.link.ping(), { signal });
    const alone = !!document.documentElement.dataset.imgloopHealth; // in JupyterLab the keys outside are the notebook's
    (alone ? document : this.root).addEventListener("keydown", (event) => this.key(event), { signal });
    this.timer = setInterval(() => [this.link.tick(), this.images.tick()], TICK_MS);
    this.show();
  }

  dispose() {
    clearInterval(this.timer);
    this.aborter.abort();
    for (const [name, handler] of Object.entries(this.events)) this.model.off(name, handler);
    this.images.dispose();
    this.root.remove();
  }

  build() {
    this.polite = h("div", { class: "imgloop-hidden", role: "status" });
    this.banner = h("div", { class: "imgloop-banner imgloop-lost", role: "alert" });
    this.title = h("h1", {}, REVIEW_TEXT.loading);
    const keys = pushButton("", () => this.showKeys(), "imgloop-plain imgloop-small");
    keys.append(REVIEW_TEXT.keys, h("kbd", { "aria-hidden": "true" }, "?"));
    const head = h("header", { class: "imgloop-monitor-head" }, this.title, linkToDesk("monitor", REVIEW_TEXT.monitor), keys);
    this.decide = new ReviewDecide({
      prefix: this.prefix, command: (content, done) => this.command(content, done), undo: (act, seen) => this.undo(act, seen), decided: (result, goOn) => this.decided(result, goOn),
    });
    this.unit = new ReviewUnit({ open: (id) => this.open(id), list: () => this.leave(), images: this.images, enlarge: (image, caption) => this.enlarge(image, caption), decide: this.decide.node });
    this.list = new ReviewList({ prefix: this.prefix, act: (content) => this.command(content), open: (id) => this.open(id) });
    this.undoText = h("p", {});
    this.undoButton = pushButton(REVIEW_TEXT.undoLast, () => this.undoLast(), "imgloop-plain imgloop-small");
    this.undoBar = h("div", { class: "imgloop-banner imgloop-notice imgloop-undo", hidden: true }, this.undoText, this.undoButton);
    this.body = h("div", { class: "imgloop-page imgloop-monitor imgloop-review" }, head, this.undoBar, this.list.node, this.unit.node);
    this.unit.node.hidden = true;
    this.root = h("div", { class: "imgloop" }, this.body, this.polite, h("div", { class: "imgloop-floor" }, this.banner));
  }

  send(message) {
    try {
      this.model.send(message);
    } catch {
      // the kernel is gone: the pings notice it
    }
  }

  receive(message, buffers = []) {
    if (message.kind === "pong") this.link.pong();
    if (message.kind === "image" && message.gone) this.lostImage(message.id);
    else if (message.kind === "image") this.images.receive(message.id, buffers[0]);
    if (message.kind === "result" && this.waiting.has(message.id)) {
      const done = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      if (message.message && message.ok) this.polite.textContent = message.message;
      done(message);
    }
  }

  lostImage(id) {
    this.images.waiting.get(id)?.nodes.forEach((img) => img.replaceWith(h("span", { class: "imgloop-gone" }, REVIEW_TEXT.gone)));
    this.images.waiting.delete(id);
  }

  command(content, done = () => {}) {
    if (this.link.lost) return done({ ok: false, message: REVIEW_TEXT.lostReason });
    const id = newId();
    this.waiting.set(id, done);
    this.send({ kind: "command", id, ...content });
  }

  connected(yes) {
    setText(this.banner, yes ? "" : REVIEW_TEXT.lost);
    if (yes) this.polite.textContent = REVIEW_TEXT.back;
    this.decide.reflect(!yes);
  }

  // ------------------------------------------------------------ drawing

  show() {
    const [view, unit] = [this.model.get("view"), this.model.get("unit")];
    if (!view) return;
    if (view.over) return this.end(view.over);
    if (!("counts" in view)) return;
    this.view = view;
    setText(this.title, view.title);
    this.list.draw(view);
    const open = !!unit?.id;
    if (open) {
      this.unit.draw(unit);
      this.decide.draw(unit, view);
    }
    this.list.node.hidden = open;
    this.unit.node.hidden = !open;
  }

  /** The link does not hold any more. */
  end(text) {
    this.root.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
    const heading = h("h1", { tabindex: "-1" }, REVIEW_TEXT.closed);
    this.body.replaceChildren(heading, h("p", {}, text));
    this.undoBar.hidden = true;
    heading.focus();
  }

  // ------------------------------------------------------------ going and doing

  open(id) {
    if (!id) return;
    this.command({ name: "open", unit: id }, ({ ok, message }) => {
      if (!ok) return this.say(message);
      this.unit.heading.focus();
      scrollTo({ top: 0 });
    });
  }

  leave() {
    const id = this.unit.unit?.id;
    this.command({ name: "close" }, () => this.list.focusOn(id));
  }

  decided(result, goOn) {
    this.last = { act: result.act, seen: result.seen };
    setText(this.undoText, result.message);
    this.undoBar.hidden = false;
    const next = this.unit.unit.unreviewed;
    if (goOn && next) this.open(next);
    else this.unit.heading.focus();
  }

  undoLast() {
    if (this.last) this.undo(this.last.act, this.last.seen);
  }

  undo(act, seen) {
    this.command({ name: "undo", act, seen }, ({ ok, message, seen: now }) => {
      this.last = null;
      this.undoBar.hidden = true;
      if (!ok) return this.say(message);
      this.decide.own(now);
      const [first] = Object.keys(seen);
      if (!(this.unit.unit?.id in now)) this.open(first);
      else this.unit.heading.focus();
    });
  }

  /** Say what could not be done, in a window. */
  say(text) {
    const close = pushButton(REVIEW_TEXT.close, () => dialog.close());
    const title = h("h2", {}, text);
    const dialog = this.dialog("imgloop-confirm", title, title, h("p", { class: "imgloop-buttons" }, close));
  }

  enlarge(image, caption) {
    const target = this.unit.unit.target_image;
    const pair = target && target.image !== image.image ? [[target, REVIEW_TEXT.target]] : [];
    zoom({ images: this.images, dialog: (...parts) => this.dialog(...parts) }, [...pair, [image, caption]]);
  }

  dialog(name, title, ...children) {
    title.id = `${this.prefix}window`;
    const dialog = h("dialog", { class: name, "aria-labelledby": title.id }, ...children);
    const opener = document.activeElement;
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (opener?.isConnected) opener.focus();
    });
    this.root.append(dialog);
    dialog.showModal();
    return dialog;
  }

  // ------------------------------------------------------------ keys

  showKeys() {
    const title = h("h2", {}, REVIEW_TEXT.keys);
    const box = h("input", { type: "checkbox", id: `${this.prefix}keys` });
    box.checked = this.keysOn;
    box.addEventListener("change", () => this.switchKeys(box.checked));
    const rows = Object.entries(REVIEW_KEYS).map(([key, [what]]) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)));
    const close = pushButton(REVIEW_TEXT.close, () => dialog.close());
    const dialog = this.dialog("imgloop-confirm", title, title, h("p", { class: "imgloop-tick" }, box, h("label", { for: box.id }, REVIEW_TEXT.keysOn)),
      h("p", { class: "imgloop-help" }, REVIEW_TEXT.keysHelp), h("dl", { class: "imgloop-keys" }, ...rows), h("p", { class: "imgloop-buttons" }, close));
  }

  switchKeys(on) {
    this.keysOn = on;
    try {
      localStorage.setItem(SWITCH, on ? "on" : "off");
    } catch {
      // no storage: until the page is closed
    }
  }

  key(event) {
    const off = !this.keysOn || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat;
    const known = Object.hasOwn(REVIEW_KEYS, event.key) && REVIEW_KEYS[event.key][1];
    if (off || !known || event.target.closest?.(WRITING) || this.root.querySelector("dialog[open]")) return;
    const opened = !this.unit.node.hidden;
    const unit = this.unit.unit;
    const actions = {
      keys: () => this.showKeys(),
      undo: () => this.undoLast(),
      ...(opened ? {
        next: () => this.open(unit.next),
        previous: () => this.open(unit.previous),
        unreviewed: () => this.open(unit.unreviewed),
        list: () => this.leave(),
        approve: () => this.decide.send("approve"),
        soft_reject: () => this.decide.send("soft_reject"),
        reject: () => this.decide.send("reject"),
        note: () => this.decide.note.input.focus(),
        message: () => this.decide.message.input.focus(),
        bonus: () => this.decide.bonus.input.focus(),
      } : { unreviewed: () => this.open(this.list.firstId), next: () => this.list.step(1), previous: () => this.list.step(-1) }),
    };
    if (!actions[known]) return;
    event.preventDefault();
    event.stopPropagation();
    actions[known]();
  }
}

function stored() {
  try {
    return localStorage.getItem(SWITCH);
  } catch {
    return null;
  }
}

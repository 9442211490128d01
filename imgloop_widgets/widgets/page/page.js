/**
 * What both pages share: they draw the kernel's traits `form`, `changes` and `view`, and send messages.
 *
 *     Page ── Sheet      the form as it is now: fields, what they hold, what is shown
 *       ├──── Questions  draws its sections, and reads out the answers once they were sent
 *       ├──── Checks     when a worker learns that something is wrong        Summary   all of it, above the button
 *       ├──── Triggers   tells the kernel what happens to elements that have one
 *       ├──── Outbox     one command at a time, until the kernel has answered and the new view is here
 *       ├──── Link       does the kernel answer? (ping, pong, health of the server, reload)
 *       ├──── Uploads    files on their way to the kernel and back
 *       └──── Drafts     what was typed and not yet sent: in this browser at once, in the kernel a little later
 *
 * Laws: an input the worker is typing in is never rebuilt by a view of the same step. One command at a time, each with
 * the `seq` it acts on. Nothing is sent while something on the page is known to be wrong, but leaving is always
 * possible. The author's HTML goes in as HTML; what a worker wrote only ever as text.
 */

import { authorStyle, setLanguage, takePrefix } from "./author.js";
import { Checks } from "./checks.js";
import { author, h, pushButton, setText } from "./dom.js";
import { Drafts, remember } from "./drafts.js";
import { Link, TICK_MS } from "./link.js";
import { Outbox } from "./outbox.js";
import { Questions } from "./questions.js";
import { Sheet } from "./sheet.js";
import { Summary } from "./summary.js";
import { TEXT } from "./text.js";
import { Triggers } from "./triggers.js";
import { Uploads } from "./uploads.js";

export class Page {
  /** A subclass has: show, finished, isNew, reflect, press; and may add to receive, tick, fit, dispose, traits. */
  constructor(model, el, loading) {
    this.model = model;
    [this.prefix, this.freePrefix] = takePrefix();
    this.drafts = new Drafts((message) => this.send(message));
    this.link = new Link({
      send: (message) => this.send(message),
      changed: (lost) => this.connected(!lost),
      reloading: () => setText(this.banner, TEXT.reloading),
    });
    this.outbox = new Outbox({
      send: (message) => this.send(message),
      link: this.link,
      changed: () => this.reflect(),
      refused: (message, problems) => this.refuse(message, problems),
    });
    this.polite = h("div", { class: "imgloop-hidden", role: "status" });
    this.trouble = h("div", { class: "imgloop-banner imgloop-lost", role: "alert" });
    this.banner = h("div", { class: "imgloop-banner imgloop-lost", role: "alert" });
    const floor = h("div", { class: "imgloop-floor" }, this.trouble, this.banner);
    this.body = h("div", { class: "imgloop-page" }, h("p", { class: "imgloop-loading" }, loading));
    this.root = h("div", { class: "imgloop" }, this.body, this.polite, floor);
    el.append(this.root);
  }

  /** Begin, once the subclass is complete. */
  start() {
    this.listen();
    this.hello();
    this.show();
  }

  traits() {
    return {
      "change:form": () => ((this.sheet = null), this.show()),
      "change:changes": () => this.takeChanges(),
      "change:view": () => this.show(),
      "msg:custom": (message, buffers) => this.receive(message, buffers),
    };
  }

  listen() {
    const alive = (handler) => (...values) => this.gone || handler(...values);
    this.events = Object.fromEntries(Object.entries(this.traits()).map(([name, handler]) => [name, alive(handler)]));
    for (const [name, handler] of Object.entries(this.events)) this.model.on(name, handler);
    this.aborter = new AbortController();
    const { signal } = this.aborter;
    for (const name of ["offline", "imgloop-cut"]) addEventListener(name, () => this.finished || this.link.lose(), { signal });
    for (const name of ["online", "imgloop-joined"]) addEventListener(name, () => this.link.ping(), { signal });
    const seen = () => (document.hidden ? this.drafts.flush() : this.link.ping());
    document.addEventListener("visibilitychange", seen, { signal });
    addEventListener("pagehide", () => this.drafts.flush(), { signal });
    this.sizes = new ResizeObserver(() => this.fit());
    this.sizes.observe(this.root);
    this.timer = setInterval(() => this.sheet && !this.finished && this.tick(), TICK_MS);
  }

  dispose() {
    this.gone = true; // a model may still tell it what it was about to
    clearInterval(this.timer);
    this.aborter.abort();
    this.building?.abort();
    this.sizes.disconnect();
    for (const [name, handler] of Object.entries(this.events)) this.model.off(name, handler);
    this.drafts.hold();
    this.triggers?.dispose();
    this.uploads?.dispose();
    this.freePrefix();
    this.root.remove();
  }

  // ------------------------------------------------------------ messages

  send(message, buffers = []) {
    try {
      this.model.send(message, undefined, buffers);
    } catch {
      // the kernel is gone: the pings notice it
    }
  }

  hello() {
    this.send({ kind: "hello" });
  }

  receive(message, buffers) {
    this.uploads?.receive(message, buffers);
    const act = {
      pong: () => this.link.pong(),
      result: () => this.outbox.result(message),
      set: () => this.take(message.values),
      checked: () => this.checks?.checked(message),
      notice: () => setText(this.trouble, message.message),
    }[message.kind];
    act?.();
  }

  tick() {
    this.link.tick();
    this.uploads.tick();
    this.outbox.tick();
  }

  announce(text) {
    this.polite.textContent = this.polite.textContent === text ? `${text}\u00a0` : text; // a repeat is read out too
  }

  // ------------------------------------------------------------ the form

  /** Make the parts that a form needs; the subclass puts them on the page. */
  prepare({ form, words = {}, css, language }, { parts = null, step = null } = {}) {
    this.building?.abort();
    this.building = new AbortController();
    this.triggers?.dispose();
    this.uploads?.dispose();
    this.uploads = new Uploads({ send: (message, buffers) => this.send(message, buffers), words });
    this.sheet = new Sheet(form, this.model.get("changes"));
    this.summary = new Summary(this.prefix);
    this.triggers = new Triggers((path, event) => {
      setText(this.trouble, "");
      this.send({ kind: "trigger", path, event, values: this.sheet.named() });
    });
    this.checks = new Checks({
      sheet: this.sheet,
      words,
      ask: (name) => this.send({ kind: "check", name, values: this.sheet.named() }),
      announce: (text) => this.announce(text),
      changed: () => this.summary.follow(),
    });
    this.checks.listen(this.root, this.building.signal);
    const { sheet, checks, triggers, uploads, prefix } = this;
    this.questions = new Questions({ sheet, checks, triggers, services: uploads, prefix, parts, step });
    this.root.querySelector(":scope > style")?.remove();
    this.root.prepend(...[authorStyle(css)].filter(Boolean));
    setLanguage(this.root, language || form.language);
  }

  buildForm({ id }, ...content) {
    const props = { class: "imgloop-form", id: id ? this.prefix + id : null, novalidate: true };
    const form = h("form", props, ...content);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.press();
    });
    form.addEventListener("input", () => this.changed());
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    return form;
  }

  buildHeader(form) {
    const { title, instruction, show_instructions_as_modal: isModal } = form;
    const open = () => this.openInstruction(instruction);
    const again = isModal && instruction ? pushButton(TEXT.instruction, open, "imgloop-plain") : null;
    this.unread = again && this.isNew && !remember(`read:${this.view.session}`) ? open : null;
    return h("header", { class: "imgloop-header" }, h("h1", { html: title }), again);
  }

  /** The instruction in a window of its own. */
  openInstruction(html) {
    remember(`read:${this.view.session}`, "1");
    const title = h("h2", { tabindex: "-1", autofocus: true }, TEXT.instruction);
    const close = pushButton(TEXT.close, () => dialog.close());
    const dialog = this.dialog("imgloop-reading", title, title, author(html), h("div", { class: "imgloop-buttons" }, close));
  }

  field(key) {
    return this.sheet.fields.get(key);
  }

  /** Put what was typed before into these fields. */
  restore(keys) {
    const draft = this.drafts.read(this.view);
    keys.filter((key) => key in draft).forEach((key) => this.field(key)?.write(draft[key]));
  }

  /** Something else stands in a field. */
  changed() {
    this.reflect();
    this.drafts.keep(this.view, this.sheet.draft());
  }

  /** A trigger has set these. */
  take(values) {
    if (!this.sheet || this.finished) return;
    this.sheet.set(values);
    this.checks.again(Object.keys(values));
    this.changed();
  }

  /** Triggers have added, shown or hidden something. */
  takeChanges() {
    if (!this.sheet || this.questions.closed) return;
    this.sheet.take(this.model.get("changes"));
    const before = new Set(this.sheet.fields.keys());
    const fresh = this.questions.drawAdded();
    this.restore([...this.sheet.fields.keys()].filter((key) => !before.has(key)));
    if (fresh.length) this.announce(TEXT.added);
    this.reflect();
  }

  // ------------------------------------------------------------ commands

  /** Whether what is on the page can be sent; else say what is wrong with it. */
  isReady() {
    const wrong = this.checks.all();
    if (wrong.length) this.summary.show("", wrong);
    return !wrong.length;
  }

  command(name, payload = {}) {
    if (this.outbox.busy || this.link.lost) return;
    this.summary.hide();
    this.checks.clear();
    setText(this.trouble, "");
    this.drafts.hold();
    this.outbox.put(name, this.view.seq, payload);
    this.reflect();
  }

  /** Show why a command was refused, beside the fields and above the button. */
  refuse(message, problems) {
    this.drafts.flush();
    this.summary.show(message ?? "", this.checks.refused(problems));
  }

  // ------------------------------------------------------------ windows, connection, size

  /** Whether the focus may be led on: the worker is in these parts or nowhere, not reading or in a dialog. */
  mayMove(...parts) {
    const active = document.activeElement;
    if (this.root.querySelector("dialog[open]")) return false;
    return !active || active === document.body || parts.some((part) => part.contains(active));
  }

  /** Open a dialog that names itself by its title; the focus goes to its first button, and back when it closes. */
  dialog(name, title, ...children) {
    title.id = this.prefix + name;
    const dialog = h("dialog", { class: name, "aria-labelledby": title.id }, ...children);
    dialog.addEventListener("close", () => dialog.remove());
    this.root.append(dialog);
    dialog.showModal();
    return dialog;
  }

  connected(yes) {
    const voila = document.documentElement.dataset.imgloopHealth;
    setText(this.banner, yes ? "" : voila ? TEXT.lost : TEXT.kernelSilent);
    if (yes) this.uploads?.back();
    else this.uploads?.lost();
    if (yes) {
      this.announce(TEXT.back);
      this.hello(); // a view may have been missed
      this.outbox.reconnected();
    }
    if (this.sheet) this.reflect();
  }

  /** The page is there, or has another size. */
  fit() {
    if (!this.unread || !this.root.clientWidth) return;
    const open = this.unread;
    this.unread = null;
    open();
  }
}

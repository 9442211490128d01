/**
 * The worker's page of the loop: draws the kernel's `form`, `view` and `progress` too. No rule of the loop is here.
 *
 *     LoopPage ── Step     once for each phase and attempt: score, prompt, button │ progress, cancel │ thanks
 *           ├──── Status   which attempt, how much time is left
 *           ├──── Signals  what is noted of the work, where the study asks for it
 *           ├──── Gallery  target and latest image side by side, cards of the attempts, enlargements
 *           └──── Images   image id → blob URL, asked for until it is there          (the rest is Page's)
 */

import { makeButton, nameButton } from "./button.js";
import { author, calm, classes, h, isOff, pushButton, setText, shownClasses, switchOff } from "./dom.js";
import { Gallery, measured } from "./gallery.js";
import { Images } from "./images.js";
import { LOOP_TEXT } from "./loop_text.js";
import { Page } from "./page.js";
import { atEnd } from "./score.js";
import { Signals } from "./signals.js";
import { Status } from "./status.js";
import { Step } from "./step.js";
import { TEXT } from "./text.js";

const WIDE_REM = 52; // from here on images and form stand side by side

export class LoopPage extends Page {
  constructor(model, el) {
    super(model, el, LOOP_TEXT.loading);
    this.images = new Images((id) => this.send({ kind: "image", id }));
    this.start();
  }

  traits() {
    const progress = () => this.step?.progress(this.model.get("progress") ?? {});
    return { ...super.traits(), "change:progress": progress };
  }

  get finished() {
    return this.view?.phase === "finished";
  }

  /** Whether nothing has been done yet. */
  get isNew() {
    return this.view.phase === "prompting" && !this.view.attempts.length && !this.view.answers;
  }

  dispose() {
    this.signals?.leave();
    this.signals?.stop();
    super.dispose();
    this.images.dispose();
    this.gallery?.forgetPreview();
  }

  receive(message, buffers) {
    if (message.kind === "image") this.images.receive(message.id, buffers?.[0]);
    else if (message.kind === "preview") this.gallery?.preview(message.seq, buffers?.[0]);
    else {
      if (message.kind === "pong") this.status?.set(message.remaining_s);
      super.receive(message, buffers);
    }
  }

  tick() {
    for (const part of [this.images, this.status, this.step]) part.tick();
    super.tick();
  }

  /** Draw what the traits hold; only what has changed is touched. */
  show() {
    const [data, view, before] = [this.model.get("form"), this.model.get("view"), this.view];
    if (!data?.form || !view?.phase) return;
    this.view = view;
    const first = !this.sheet;
    if (first) this.build(data);
    if (before && before.seq !== view.seq) this.outbox.moved();
    if (view.answers) this.questions.close(view.answers);
    this.root.dataset.phase = view.phase;
    this.root.classList.toggle("imgloop-answered", !!view.answers);
    setText(this.notice, view.notice ?? "");
    this.status.set(view.remaining_s);
    this.status.draw(view);
    this.gallery.draw(view);
    const mayMove = !first && this.mayMove(this.form, this.exit);
    const fresh = this.step.draw(view);
    if (view.phase === "finished" && fresh) this.thank(view.finished ?? {});
    this.reflect();
    this.fit();
    if (fresh && !first) this.arrive(mayMove);
    if (first) this.signals?.listen(this.root);
    else if (fresh) this.signals?.drawn();
  }

  build(data) {
    const { form } = data;
    this.status = new Status((text) => this.announce(text));
    this.gallery = new Gallery({
      images: this.images,
      status: this.status.node,
      dialog: (...parts) => this.dialog(...parts),
    });
    this.step = new Step(this, data);
    this.prepare(data, { parts: data.parts, step: this.step.node });
    this.restore([...this.sheet.fields.keys()]);
    this.notice = h("div", { class: "imgloop-banner imgloop-notice", role: "status" });
    const { questions } = this;
    const instruction = form.show_instructions_as_modal ? null : questions.instructionCard(form.instruction);
    this.form = this.buildForm(form, ...[instruction, questions.note, ...questions.sections].filter(Boolean));
    this.form.addEventListener("keydown", (event) => {
      if (event.target.type === "radio" && atEnd(event)) event.preventDefault();
    });
    this.exit = this.buildExit(form.submit_button ?? {});
    this.left = h("div", { class: "imgloop-left" }, this.gallery.compare);
    this.right = h("div", { class: "imgloop-right" }, this.form, this.exit);
    const look = classes("imgloop-columns", shownClasses(form.classes));
    this.columns = h("div", { class: look }, this.left, this.right);
    this.records = this.buildRecords(data.records ?? []);
    this.body.replaceChildren(...[this.buildHeader(form), this.notice, this.columns, this.records].filter(Boolean));
  }

  /** What the page notes of the work, for the worker to read; without it nothing is noted. */
  buildRecords(sentences) {
    this.signals?.stop();
    this.signals = null;
    if (!sentences.length) return null;
    const [send, place] = [(message) => this.send(message), (element) => this.place(element)];
    this.signals = new Signals({ send, place, session: this.view.session });
    const list = h("ul", {}, ...sentences.map((sentence) => h("li", {}, sentence)));
    return h("details", { class: "imgloop-records" }, h("summary", {}, LOOP_TEXT.records), list);
  }

  /** The attempt and the phase that a worker is at who has the focus there. */
  place(element) {
    const { phase, attempts, answers } = this.view;
    const [n, writes] = [attempts.length, !!this.field("prompt")?.node.contains(element)];
    if (phase === "generating") return [n + 1, "waiting"];
    if (phase === "scoring") return writes ? [n + 1, "writing"] : [n, "judging"];
    if (phase === "prompting") return [n + 1, writes || answers || n ? "writing" : "about"];
    return null;
  }

  command(name, payload) {
    super.command(name, payload);
    this.signals?.flush(); // after it: what is noted makes nothing wait
  }

  connected(yes) {
    super.connected(yes);
    this.signals?.lose(!yes);
  }

  /** Start, Update or Finish was pressed. */
  press() {
    if (!this.step.action || isOff(this.step.action)) return;
    this.triggers.flush();
    if (this.isReady()) this.command(...this.step.order());
  }

  reflect() {
    if (!this.sheet) return;
    const { busy } = this.outbox;
    this.questions.reflect(this.link.lost);
    this.step.reflect(busy, this.link.lost);
    this.checks.reflect();
    switchOff(this.exitButton, busy || this.link.lost, this.exitHelp?.id);
    nameButton(this.exitButton, busy === "exit" ? TEXT.sending : this.exitText);
  }

  // ------------------------------------------------------------ arriving at another step

  arrive(mayMove) {
    const { phase, attempts, failure } = this.view;
    if (phase === "scoring") this.announce(LOOP_TEXT.newImage(attempts.length, measured(attempts.at(-1))));
    if (phase === "generating") this.announce(LOOP_TEXT.generatingNow);
    if (!mayMove && phase !== "finished") return;
    this.root.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
    const { heading } = this.step;
    const prompt = phase === "prompting" && failure ? this.field("prompt") : null;
    if (prompt) prompt.focus();
    else heading.focus({ preventScroll: true });
    const block = this.root.dataset.width === "wide" && phase !== "finished" ? "nearest" : "start";
    (prompt?.node ?? heading).scrollIntoView({ behavior: calm() ? "auto" : "smooth", block });
  }

  thank({ title, message, code, next }) {
    this.drafts.forget(this.view);
    this.step.heading = h("h2", { tabindex: "-1" }, title ?? "");
    const text = h("p", {}, message ?? "");
    const more = next ? nextTask() : "";
    const parts = [this.step.heading, text, code ? codeBox(code) : "", more];
    this.columns.before(h("section", { class: "imgloop-thanks" }, ...parts));
    for (const node of [this.form, this.exit]) node.hidden = true;
    setText(this.banner, "");
  }

  // ------------------------------------------------------------ leaving

  buildExit(spec) {
    this.exitText = spec.text || LOOP_TEXT.finish;
    this.exitHelp = author(spec.instruction);
    this.exitHelp?.setAttribute("id", `${this.prefix}imgloop-exit-help`);
    const id = this.prefix + (spec.id || "imgloop_exit");
    const onclick = () => isOff(this.exitButton) || this.confirmExit();
    const made = makeButton(spec, { id, text: this.exitText, look: "imgloop-plain", before: [this.exitHelp], onclick });
    this.exitButton = made.button;
    made.node.classList.replace("imgloop-action", "imgloop-exit");
    return made.node;
  }

  confirmExit() {
    if (this.sheet.form.submit_button.triggers?.includes("onClick")) this.triggers.tell("submit", "onClick");
    const why = h("p", { role: "alert" });
    const leave = () => {
      if (this.link.lost) return setText(why, TEXT.lostReason);
      dialog.close();
      this.command("exit", { score: this.step.score, draft: this.sheet.draft() });
    };
    const title = h("h2", {}, LOOP_TEXT.exitTitle);
    const stay = pushButton(LOOP_TEXT.exitStay, () => dialog.close());
    const buttons = h("div", { class: "imgloop-buttons" }, stay,
      pushButton(this.exitText, leave, "imgloop-plain imgloop-danger"));
    const dialog = this.dialog("imgloop-confirm", title, title, h("p", {}, LOOP_TEXT.exitWarning), why, buttons);
  }

  /** Choose the layout, and tell the styles how much the images that stay in view cover. */
  fit() {
    if (!this.sheet) return;
    const { compare, attempts } = this.gallery;
    const wide = this.root.clientWidth >= WIDE_REM * parseFloat(getComputedStyle(this.root).fontSize);
    const beside = wide && this.view.phase !== "finished";
    this.root.dataset.width = wide ? "wide" : "narrow";
    if (beside && attempts.parentNode !== this.left) this.left.append(attempts);
    if (!beside && attempts.parentNode !== this.right) this.exit.before(attempts);
    const sticks = !wide && getComputedStyle(compare).position === "sticky";
    this.root.style.setProperty("--imgloop-strip", `${sticks ? compare.offsetHeight : 0}px`);
    super.fit();
  }
}

/** The same link gives the next task. */
function nextTask() {
  const button = pushButton(LOOP_TEXT.next, () => location.reload());
  return h("div", { class: "imgloop-next" }, h("p", {}, LOOP_TEXT.nextHint), button);
}

function codeBox(code) {
  const take = () => navigator.clipboard.writeText(code).then(() => setText(copy, LOOP_TEXT.copied), () => {});
  const copy = pushButton(LOOP_TEXT.copy, take, "imgloop-plain");
  copy.hidden = !navigator.clipboard; // missing where a page is served without TLS
  return h("p", { class: "imgloop-code" }, h("span", {}, LOOP_TEXT.code), h("code", {}, code), copy);
}

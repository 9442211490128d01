/**
 * The worker's page of the loop: draws the kernel's `form`, `view` and `progress` too. No rule of the loop is here.
 *
 *     LoopPage ── Step     once for each phase and attempt: score, prompt, button │ progress, cancel │ thanks
 *           ├──── Status   which attempt, how much time is left
 *           ├──── Signals  what is noted of the work, where the study asks for it
 *           ├──── Gallery  target and latest image side by side, cards of the attempts, enlargements
 *           └──── Images   image id → blob URL, asked for until it is there          (the rest is Page's)
 */

import { awayNode } from "./away.js";
import { makeButton, nameButton } from "./button.js";
import { author, calm, classes, h, isOff, pushButton, setText, shownClasses, switchOff } from "./dom.js";
import { endingNode } from "./ending.js";
import { Gallery, measured } from "./gallery.js";
import { Images } from "./images.js";
import { WIDE_REM } from "./layout.js";
import { LOOP_TEXT } from "./loop_text.js";
import { Page } from "./page.js";
import { atEnd } from "./score.js";
import { Signals } from "./signals.js";
import { Status } from "./status.js";
import { Step } from "./step.js";
import { TEXT } from "./text.js";

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
    return this.view?.phase === "finished" || !!this.view?.away;
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
    setText(this.progress, view.progress ? LOOP_TEXT.place(view.progress) : "");
    this.progress.hidden = !view.progress;
    this.practice.hidden = !view.practice;
    this.status.set(view.remaining_s);
    this.status.draw(view);
    this.gallery.draw(view);
    const mayMove = !first && this.mayMove(this.form, this.exit);
    const fresh = this.step.draw(view);
    if (view.phase === "finished" && fresh) this.thank(view.finished ?? {});
    this.reflect();
    this.fit();
    if (view.away && !before?.away) return this.goAway();
    if (fresh && !first) this.arrive(mayMove);
    this.tellCame(view, before);
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
    this.progress = h("p", { class: "imgloop-progress" });
    this.practice = h("p", { class: "imgloop-practice" }, LOOP_TEXT.practiceNote);
    this.records = this.buildRecords(data.records ?? []);
    const { progress, notice, practice, columns, records } = this;
    const all = [progress, this.buildHeader(form), notice, practice, columns, records];
    this.body.replaceChildren(...all.filter(Boolean));
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

  /** Of several images another one has come. */
  tellCame({ making }, before) {
    const came = making?.images.length;
    if (came && came !== before?.making?.images.length) this.announce(LOOP_TEXT.cameOf(came, making.of));
  }

  // ------------------------------------------------------------ arriving at another step

  arrive(mayMove) {
    const { phase, attempts, failure } = this.view;
    if (phase === "scoring") this.announce(this.newImages(attempts.at(-1)));
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

  newImages(latest) {
    const { images = [], number } = latest;
    if (images.length > 1 || this.view.rated === false) return LOOP_TEXT.newSet(number, images.length || 1);
    return LOOP_TEXT.newImage(number, measured(latest));
  }

  /** It has taken the place of another page. */
  begin() {
    const { heading } = this.step;
    if (this.unread || !heading) return;
    this.announce(this.view.progress ? LOOP_TEXT.place(this.view.progress) : "");
    heading.focus({ preventScroll: true });
    this.root.scrollIntoView({ block: "start" });
  }

  thank({ title, ...ending }) {
    this.drafts.forget(this.view);
    this.step.heading = h("h2", { tabindex: "-1" }, title ?? "");
    this.columns.before(endingNode(this.step.heading, ending));
    for (const node of [this.form, this.exit]) node.hidden = true;
    setText(this.banner, "");
  }

  /** Another window has the session: say so, and do nothing more, by oneself neither. */
  goAway() {
    const { node, heading } = awayNode();
    this.columns.before(node);
    this.root.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
    for (const node of [this.columns, this.notice, this.trouble, this.banner]) node.hidden = true;
    heading.focus({ preventScroll: true });
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
    const least = this.view.min_attempts;
    const early = (least ? LOOP_TEXT.exitLeast(least) : "") + LOOP_TEXT.exitWarning;
    const warning = h("p", {}, this.step.isEnough ? LOOP_TEXT.exitEnough : early);
    const dialog = this.dialog("imgloop-confirm", title, title, warning, why, buttons);
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

/** The page of a form alone: its sections and the button that sends them; then thanks, and the answers to be read. */

import { makeButton, nameButton } from "./button.js";
import { author, calm, classes, h, isOff, setText, shownClasses, switchOff } from "./dom.js";
import { Page } from "./page.js";
import { TEXT } from "./text.js";

export class FormPage extends Page {
  constructor(model, el) {
    super(model, el, TEXT.loading);
    this.start();
  }

  get finished() {
    return this.view?.phase === "submitted";
  }

  get isNew() {
    return this.view.phase === "open";
  }

  /** With a ticket for what the server keeps of this form for the kernel after a reload. */
  hello() {
    const isServed = !!document.documentElement.dataset.imgloopHealth;
    this.send({ kind: "hello", ticket: isServed ? this.drafts.ticket(this.model.get("view")) : null });
  }

  /** Draw what the traits hold; only what has changed is touched. */
  show() {
    const [data, view, before] = [this.model.get("form"), this.model.get("view"), this.view];
    if (!data?.form || !view?.phase) return;
    this.view = view;
    const first = !this.sheet || (view.phase === "open" && view.seq !== this.seq); // it can be emptied, to begin again
    if (first) this.build(data);
    if (before && before.seq !== view.seq) this.outbox.moved();
    this.root.dataset.phase = view.phase;
    const mayMove = !first && this.mayMove(this.form);
    const sent = view.phase === "submitted" && !this.questions.closed;
    if (sent) this.thank(view);
    this.reflect();
    if (sent && mayMove) this.arrive();
  }

  build(data) {
    const { form } = data;
    this.seq = this.view.seq;
    this.prepare(data);
    this.restore([...this.sheet.fields.keys()]);
    const lead = form.show_instructions_as_modal ? null : author(form.instruction, "imgloop-lead");
    this.submit = this.buildSubmit(form.submit_button);
    const { note, sections } = this.questions;
    this.form = this.buildForm(form, note, ...sections, this.submit);
    const look = classes("imgloop-alone", shownClasses(form.classes));
    this.column = h("div", { class: look }, ...[this.buildHeader(form), lead, this.form].filter(Boolean));
    this.body.replaceChildren(this.column);
    this.questions.reflect(this.link.lost);
    this.checks.refused(this.view.problems ?? {}); // before the page was loaded again
  }

  buildSubmit(spec) {
    this.submitText = spec.text || TEXT.submit;
    this.reason = h("p", { class: "imgloop-reason", id: `${this.prefix}imgloop-reason`, hidden: true });
    const help = author(spec.instruction, "imgloop-quiet");
    help?.setAttribute("id", `${this.prefix}imgloop-submit-help`);
    const id = this.prefix + (spec.id || "imgloop_submit");
    const before = [this.summary.node, help, this.reason];
    const { node, button } = makeButton(spec, { id, text: this.submitText, type: "submit", before });
    Object.assign(this, { button, submitHelp: help });
    node.classList.add("imgloop-submit");
    return node;
  }

  press() {
    if (isOff(this.button)) return;
    this.triggers.flush();
    if (this.sheet.form.submit_button.triggers?.includes("onClick")) this.triggers.tell("submit", "onClick");
    if (this.isReady()) this.command("submit", { values: this.sheet.values() });
  }

  reflect() {
    if (!this.sheet) return;
    const { busy } = this.outbox;
    const { lost } = this.link;
    this.questions.reflect(lost);
    this.checks.reflect();
    this.reason.hidden = !lost;
    setText(this.reason, lost ? TEXT.lostReason : "");
    switchOff(this.button, busy || lost, [this.submitHelp?.id, lost && this.reason.id].filter(Boolean).join(" "));
    nameButton(this.button, busy ? TEXT.sending : this.submitText);
    this.button.classList.toggle("imgloop-busy", !!busy);
  }

  /** The form was sent: it is read from now on. */
  thank({ answers }) {
    this.drafts.forget(this.view);
    this.questions.close(answers ?? {}, { folds: false });
    this.heading = h("h2", { tabindex: "-1" }, TEXT.thanks);
    this.form.before(h("section", { class: "imgloop-thanks" }, this.heading, h("p", {}, TEXT.yourAnswers)));
    this.submit.hidden = true;
    setText(this.banner, "");
    setText(this.trouble, "");
  }

  arrive() {
    this.heading.focus({ preventScroll: true });
    this.heading.scrollIntoView({ behavior: calm() ? "auto" : "smooth", block: "center" });
  }
}

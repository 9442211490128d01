/** The page of a step before or after the loop: its form, how far the session is, and the buttons that lead on. */

import { makeButton } from "./button.js";
import { h, isOff, pushButton, setText, switchOff } from "./dom.js";
import { FormPage } from "./form_page.js";
import { LOOP_TEXT } from "./loop_text.js";
import { Status } from "./status.js";
import { STEP_TEXT } from "./step_text.js";
import { TEXT } from "./text.js";

export class StepPage extends FormPage {
  get finished() {
    return this.view?.phase === "finished";
  }

  get isNew() {
    return !this.view.step.message;
  }

  hello() {
    this.send({ kind: "hello" });
  }

  receive(message, buffers) {
    if (message.kind === "pong") this.status?.set(message.remaining_s);
    super.receive(message, buffers);
  }

  tick() {
    this.status.tick();
    super.tick();
  }

  /** Draw what the traits hold; the same step that is asked once more is drawn anew. */
  show() {
    const [data, view, before] = [this.model.get("form"), this.model.get("view"), this.view];
    if (!data?.form || !view?.step) return;
    this.view = { ...view, draft: view.step.draft, problems: view.step.problems };
    const fresh = !this.sheet || view.seq !== this.seq;
    if (fresh) this.build(data);
    if (before && before.seq !== view.seq) this.outbox.moved();
    this.root.dataset.phase = view.phase;
    this.status.set(view.remaining_s);
    setText(this.notice, view.notice ?? "");
    this.reflect();
    if (fresh && view.step.message) this.sayAgain(view.step);
  }

  build(data) {
    this.status ??= new Status((text) => this.announce(text));
    super.build(data);
    this.status.place(this.view.progress);
    this.notice = h("div", { class: "imgloop-banner imgloop-notice", role: "status" });
    this.column.prepend(this.status.node);
    this.column.querySelector(":scope > .imgloop-header").after(this.notice);
    this.heading = this.column.querySelector("h1");
    this.heading.tabIndex = -1;
    if (this.view.step.is_text) this.questions.sections.forEach((section) => section.remove());
    this.root.dataset.width = "narrow";
  }

  buildSubmit(spec) {
    const { button, decline } = this.view.step;
    const node = super.buildSubmit({ ...spec, text: button });
    this.decline = null;
    if (!decline) return node;
    const onclick = () => isOff(this.decline) || this.confirmDecline();
    const id = `${this.prefix}imgloop-decline`;
    this.decline = makeButton({}, { id, text: decline, look: "imgloop-plain", onclick }).button;
    const both = h("div", { class: "imgloop-buttons imgloop-either" });
    this.button.replaceWith(both);
    both.append(this.button, this.decline);
    return node;
  }

  confirmDecline() {
    const why = h("p", { role: "alert" });
    const leave = () => {
      if (this.link.lost) return setText(why, TEXT.lostReason);
      dialog.close();
      this.command("decline");
    };
    const title = h("h2", {}, STEP_TEXT.declineTitle);
    const stay = pushButton(STEP_TEXT.declineStay, () => dialog.close());
    const buttons = h("div", { class: "imgloop-buttons" }, stay,
      pushButton(STEP_TEXT.declineLeave, leave, "imgloop-plain imgloop-danger"));
    const dialog = this.dialog("imgloop-confirm", title, title, h("p", {}, STEP_TEXT.declineWarning), why, buttons);
  }

  press() {
    if (isOff(this.button)) return;
    this.triggers.flush();
    if (this.sheet.form.submit_button.triggers?.includes("onClick")) this.triggers.tell("submit", "onClick");
    if (this.isReady()) this.command("submit_step", { values: this.sheet.values() });
  }

  reflect() {
    super.reflect();
    if (this.decline) switchOff(this.decline, this.outbox.busy || this.link.lost);
  }

  /** Some answers were not right: the fields say so, and so does what has the focus. */
  sayAgain({ message, problems }) {
    const wrong = this.checks.refused(problems);
    this.summary.show(message, wrong);
    this.summary.node.prepend(h("p", {}, message));
  }

  /** It has taken the place of another page. */
  begin() {
    this.heading.focus({ preventScroll: true });
    this.root.scrollIntoView({ block: "start" });
    const { progress } = this.view;
    if (progress) this.announce(LOOP_TEXT.place(progress));
  }
}

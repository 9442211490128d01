/**
 * The page of a rating study: an item, its questions, and the next one. It draws the kernel's `form` and `view`.
 *
 *     JudgePage ── Status   which item, how much time is left       Compare  the target and the images to judge
 *            └──── Images   image id → blob URL                      (the rest is Page's)
 */

import { awayNode } from "./away.js";
import { makeButton, nameButton } from "./button.js";
import { author, calm, disclosure, h, isOff, pushButton, setText, switchOff } from "./dom.js";
import { endingNode } from "./ending.js";
import { Images } from "./images.js";
import { JUDGE_TEXT } from "./judge_text.js";
import { WIDE_REM } from "./layout.js";
import { Page } from "./page.js";
import { atEnd } from "./score.js";
import { Status } from "./status.js";
import { TEXT } from "./text.js";
import { zoom } from "./zoom.js";

export class JudgePage extends Page {
  constructor(model, el) {
    super(model, el, JUDGE_TEXT.loading);
    this.images = new Images((id) => this.send({ kind: "image", id }));
    this.start();
  }

  /** A form comes with the view that it belongs to, and is drawn with it. */
  traits() {
    return { ...super.traits(), "change:form": () => this.show() };
  }

  get finished() {
    return this.view?.phase === "finished";
  }

  get isNew() {
    return this.view.place === 1 && this.view.phase === "rating";
  }

  dispose() {
    super.dispose();
    this.images.dispose();
  }

  receive(message, buffers) {
    if (message.kind === "image") this.images.receive(message.id, buffers?.[0]);
    else {
      if (message.kind === "pong") this.status?.set(message.remaining_s);
      super.receive(message, buffers);
    }
  }

  tick() {
    this.images.tick();
    this.status.tick();
    super.tick();
  }

  show() {
    const [data, view, before] = [this.model.get("form"), this.model.get("view"), this.view];
    if (!data?.form || !view?.phase) return;
    this.view = view;
    const first = !this.frame;
    const fresh = first || view.place !== before.place || view.phase !== before.phase;
    const mayMove = !first && this.mayMove(this.frame);
    if (first) this.buildFrame(data);
    if (before && before.seq !== view.seq) this.drafts.forget(before); // it was judged
    if (before && (before.seq !== view.seq || before.place !== view.place)) this.outbox.moved();
    if (fresh && view.phase === "rating") this.buildItem(data);
    this.root.dataset.phase = view.phase;
    setText(this.notice, view.notice ?? "");
    this.status.draw(view);
    this.status.set(view.remaining_s);
    if (fresh && view.phase === "finished") this.thank(view.finished ?? {});
    this.reflect();
    this.fit();
    if (view.away && !before?.away) return this.goAway();
    if (fresh && !first) this.arrive(mayMove);
  }

  /** What stays while items come and go. */
  buildFrame(data) {
    this.status = new ItemStatus((text) => this.announce(text));
    this.notice = h("div", { class: "imgloop-banner imgloop-notice", role: "status" });
    this.left = h("div", { class: "imgloop-left" });
    this.right = h("div", { class: "imgloop-right" });
    this.columns = h("div", { class: "imgloop-columns imgloop-judge" }, this.left, this.right);
    this.frame = h("div", {}, this.columns);
    this.header = h("header", { class: "imgloop-header" }, h("h1", { html: data.form.title }));
    const { instruction } = data.form;
    const card = instruction ? disclosure(TEXT.instruction, { open: this.isNew }, author(instruction)) : null;
    this.instruction = card;
    this.body.replaceChildren(...[this.header, this.notice, card, this.status.node, this.frame].filter(Boolean));
  }

  buildItem(data) {
    const { place, target, images } = this.view;
    this.prepare(data);
    this.restore([...this.sheet.fields.keys()]);
    if (place > 1 && this.instruction) this.instruction.open = false;
    this.heading = this.status.heading;
    this.left.replaceChildren(this.compare(target, images));
    this.form = this.buildForm({}, this.questions.note, ...this.questions.sections, this.buildButtons(data.form));
    this.form.addEventListener("keydown", (event) => {
      if (event.target.type === "radio" && atEnd(event)) event.preventDefault();
    });
    this.right.replaceChildren(this.form, this.buildLeave());
  }

  /** The target and the images to judge; each can be enlarged beside the target. */
  compare(target, images) {
    const about = [target, JUDGE_TEXT.target];
    const figure = ([image, caption], shown) => {
      const hint = h("span", { class: "imgloop-hidden" }, ` (${TEXT.enlarge})`);
      const onclick = () => zoom({ images: this.images, dialog: (...parts) => this.dialog(...parts) }, shown);
      const button = h("button", { type: "button", class: "imgloop-picture", onclick }, this.images.picture(image), hint);
      return h("figure", { class: "imgloop-figure" }, button, h("figcaption", {}, caption));
    };
    const own = images.map((image) => [{ ...image, alt: image.name }, image.name]);
    const list = h("div", { class: "imgloop-shown" }, figure(about, [about]),
      ...own.map((one) => figure(one, [about, one])));
    list.dataset.images = images.length;
    const prompt = this.view.prompt && h("div", { class: "imgloop-words-box" },
      h("p", { class: "imgloop-label" }, JUDGE_TEXT.prompt), h("p", { class: "imgloop-words", dir: "auto" }, this.view.prompt));
    return h("section", { class: "imgloop-compare", "aria-label": JUDGE_TEXT.images }, list, prompt);
  }

  buildButtons(form) {
    this.reason = h("p", { class: "imgloop-reason", id: `${this.prefix}imgloop-reason`, hidden: true });
    this.nextText = this.view.forward ? JUDGE_TEXT.change : form.submit_button.text;
    const before = [this.summary.node, this.reason];
    const id = `${this.prefix}imgloop_next`;
    const { node, button } = makeButton({}, { id, text: this.nextText, type: "submit", before });
    this.button = button;
    const turn = (name) => pushButton(JUDGE_TEXT[name], () => isOff(this.turn) || this.command(name), "imgloop-plain");
    this.turn = this.view.back ? turn("back") : this.view.forward ? turn("forward") : null;
    const buttons = h("div", { class: "imgloop-buttons" }, button, this.turn);
    node.append(buttons);
    return node;
  }

  buildLeave() {
    this.leave = pushButton(JUDGE_TEXT.leave, () => isOff(this.leave) || this.confirmLeave(), "imgloop-plain");
    return h("div", { class: "imgloop-exit" }, this.leave);
  }

  confirmLeave() {
    const why = h("p", { role: "alert" });
    const leave = () => {
      if (this.link.lost) return setText(why, TEXT.lostReason);
      dialog.close();
      this.command("leave", { draft: this.sheet.draft() });
    };
    const title = h("h2", {}, JUDGE_TEXT.leaveTitle);
    const stay = pushButton(JUDGE_TEXT.leaveStay, () => dialog.close());
    const go = pushButton(JUDGE_TEXT.leave, leave, "imgloop-plain imgloop-danger");
    const buttons = h("div", { class: "imgloop-buttons" }, stay, go);
    const dialog = this.dialog("imgloop-confirm", title, title, h("p", {}, JUDGE_TEXT.leaveWarning), why, buttons);
  }

  /** Next or Finish was pressed. */
  press() {
    if (this.finished || isOff(this.button)) return;
    if (this.isReady()) this.command("rate", { place: this.view.place, values: this.sheet.values() });
  }

  reflect() {
    if (!this.sheet || this.finished) return;
    const { busy } = this.outbox;
    const { lost } = this.link;
    this.questions.reflect(lost);
    this.checks.reflect();
    setText(this.reason, lost ? TEXT.lostReason : "");
    this.reason.hidden = !lost;
    for (const button of [this.button, this.turn, this.leave]) {
      if (button) switchOff(button, busy || lost, lost && this.reason.id);
    }
    nameButton(this.button, busy ? TEXT.sending : this.nextText);
    this.button.classList.toggle("imgloop-busy", !!busy);
  }

  arrive(mayMove) {
    const { place, places, phase } = this.view;
    if (phase === "rating") this.announce(JUDGE_TEXT.itemOf(place, places));
    if (!mayMove && phase !== "finished") return;
    this.root.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
    this.heading.focus({ preventScroll: true });
    const top = phase === "finished" ? this.heading : this.status.node;
    top.scrollIntoView({ behavior: calm() ? "auto" : "smooth", block: "start" });
  }

  thank(finished) {
    this.drafts.forget(this.view);
    this.heading = h("h2", { tabindex: "-1" }, finished.title ?? "");
    this.frame.replaceChildren(endingNode(this.heading, finished));
    this.instruction?.remove();
    setText(this.banner, "");
    setText(this.trouble, "");
  }

  /** Another window has the session: say so, and do nothing more. */
  goAway() {
    const { node, heading } = awayNode();
    this.frame.before(node);
    this.root.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
    const here = [this.instruction, this.status.node, this.notice, this.frame, this.trouble, this.banner];
    for (const node of here) if (node) node.hidden = true;
    heading.focus({ preventScroll: true });
  }

  fit() {
    const wide = this.root.clientWidth >= WIDE_REM * parseFloat(getComputedStyle(this.root).fontSize);
    this.root.dataset.width = wide ? "wide" : "narrow";
    super.fit();
  }
}

/** Which item it is, as words and as a bar. */
class ItemStatus extends Status {
  constructor(announce) {
    super(announce);
    this.heading = h("h2", { tabindex: "-1" });
    this.bar = h("progress", { max: "1", value: "0", "aria-label": JUDGE_TEXT.progress });
    const line = h("div", { class: "imgloop-status" }, this.heading, this.clock);
    this.node = h("div", { class: "imgloop-judged" }, line, this.bar);
  }

  draw({ place, places, phase }) {
    setText(this.heading, JUDGE_TEXT.itemOf(place, places));
    Object.assign(this.bar, { max: places, value: place - 1 });
    this.node.hidden = phase === "finished";
  }
}

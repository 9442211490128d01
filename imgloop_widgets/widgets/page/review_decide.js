// What is decided about the unit that is open: verdict, note, message, bonus, qualifications, and about how many.

import { classes, h, isOff, pushButton, setText, switchOff } from "./dom.js";
import { clockTime } from "./monitor_text.js";
import { REVIEW_TEXT } from "./review_text.js";

const VERDICTS = ["approve", "soft_reject", "reject"];
const SHORTCUT = { approve: "a", soft_reject: "s", reject: "r" };

export class ReviewDecide {
  /** command(content, done): to the kernel. undo(act, seen). decided(result): after a decision. */
  constructor({ prefix, command, undo, decided }) {
    Object.assign(this, { prefix, command, undo, decided, kept: new Map(), busy: false, off: false });
    this.standing = h("div", { class: "imgloop-standing" });
    this.overtaken = h("div", { class: "imgloop-overtaken", role: "alert" });
    this.note = this.area("note", REVIEW_TEXT.note, 2);
    this.message = this.area("message", REVIEW_TEXT.message, 2, REVIEW_TEXT.messageHelp);
    this.bonus = this.line("bonus", REVIEW_TEXT.bonus(""), { inputmode: "decimal", maxlength: "10" });
    this.also = this.line("also", REVIEW_TEXT.alsoTo, { type: "number", min: "0", inputmode: "numeric" }, " ");
    this.giveName = this.line("give", REVIEW_TEXT.give, { maxlength: "64", spellcheck: "false" });
    this.giveValue = this.line("value", REVIEW_TEXT.value, { maxlength: "200" });
    this.blockHere = this.box("block-here", REVIEW_TEXT.blockHere);
    this.block = this.box("block", REVIEW_TEXT.block);
    this.has = h("div", { class: "imgloop-has" });
    this.goOn = this.box("go-on", REVIEW_TEXT.goOn, true);
    this.wrong = h("p", { class: "imgloop-error", role: "alert", id: `${prefix}wrong` });
    this.buttons = Object.fromEntries(VERDICTS.map((name) => [name, this.button(name)]));
    const more = h("details", { class: "imgloop-more-done" }, h("summary", {}, h("h4", {}, REVIEW_TEXT.more)),
      h("div", { class: "imgloop-given" }, this.giveName.node, this.giveValue.node), this.blockHere.node, this.block.node, this.has);
    this.more = more;
    this.node = h("section", { class: "imgloop-card imgloop-decide", "aria-labelledby": `${prefix}decide` },
      h("h3", { id: `${prefix}decide` }, REVIEW_TEXT.decide), this.standing, this.overtaken, this.note.node, this.message.node,
      this.bonus.node, this.also.node, more, this.wrong,
      h("div", { class: "imgloop-verdicts" }, ...Object.values(this.buttons)), this.goOn.node,
      h("p", { class: "imgloop-help" }, REVIEW_TEXT.verdictsMean));
  }

  // ------------------------------------------------------------ fields

  area(name, label, rows, help = "") {
    return this.field(name, label, h("textarea", { rows, class: "imgloop-input", maxlength: name === "note" ? "2000" : "4000" }), help);
  }

  line(name, label, props, help = "") {
    return this.field(name, label, h("input", { class: "imgloop-input", autocomplete: "off", type: "text", ...props }), help);
  }

  field(name, label, input, help) {
    input.id = `${this.prefix}${name}`;
    const title = h("label", { for: input.id }, label);
    const below = help ? h("span", { class: "imgloop-help", id: `${input.id}-help` }, help) : null;
    if (below) input.setAttribute("aria-describedby", below.id);
    const short = input.tagName === "INPUT" && (name === "bonus" || name === "also");
    return { input, title, below, node: h("p", { class: classes("imgloop-asked", short && "imgloop-asked-short") }, title, input, below) };
  }

  box(name, label, checked = false) {
    const input = h("input", { type: "checkbox", id: `${this.prefix}${name}` });
    input.checked = checked;
    return { input, node: h("p", { class: "imgloop-tick" }, input, h("label", { for: input.id }, label)) };
  }

  button(verdict) {
    const look = verdict === "approve" ? "" : verdict === "reject" ? "imgloop-plain imgloop-danger" : "imgloop-plain";
    const button = pushButton("", () => isOff(button) || this.send(verdict), look);
    button.append(REVIEW_TEXT.verdicts[verdict], h("kbd", { "aria-hidden": "true" }, SHORTCUT[verdict]));
    button.setAttribute("aria-keyshortcuts", SHORTCUT[verdict]);
    return button;
  }

  // ------------------------------------------------------------ the unit

  /** Draw what is decided about the unit. view: of the study. */
  draw(unit, view) {
    const another = this.unit?.id !== unit.id;
    if (another && this.unit) this.keep();
    this.unit = unit;
    this.view = view;
    setText(this.bonus.title, REVIEW_TEXT.bonus(view.currency));
    if (another) {
      this.seen = unit.version;
      this.fill();
    }
    const codes = unit.following.slice(0, 6).map((one) => one.code).join(", ") + (unit.following.length > 6 ? " …" : "");
    setText(this.also.below, REVIEW_TEXT.alsoHelp(unit.following.length, codes));
    this.also.input.max = String(unit.following.length);
    this.also.input.disabled = !unit.following.length;
    this.drawHas();
    this.drawStanding();
  }

  drawStanding() {
    const { decision, version, latest } = this.unit;
    const overtaken = !this.busy && version !== this.seen;
    const text = JSON.stringify([this.unit.id, decision, version, this.seen, overtaken]);
    if (text === this.drawn) return this.reflect();
    this.drawn = text;
    if (decision) {
      const { what, who, at, note, message, bonus, act } = decision;
      const told = [bonus && `${REVIEW_TEXT.bonus(this.view.currency)}: ${bonus}`, note && `“${note}”`, message && `${REVIEW_TEXT.message}: “${message}”`].filter(Boolean);
      const back = pushButton(REVIEW_TEXT.undo, () => isOff(back) || this.undo(act, { [this.unit.id]: this.seen }), "imgloop-plain imgloop-small");
      this.back = back;
      this.standing.replaceChildren(h("p", {}, h("strong", { "data-verdict": what }, REVIEW_TEXT.standing[what]), ` ${REVIEW_TEXT.by(who, clockTime(at))}`),
        ...told.map((line) => h("p", { class: "imgloop-quiet" }, line)), back);
    } else {
      this.back = null;
      this.standing.replaceChildren(h("p", { class: "imgloop-quiet" }, REVIEW_TEXT.unreviewed));
    }
    this.standing.dataset.verdict = decision?.what ?? "none";
    if (overtaken && latest) {
      const seen = pushButton(REVIEW_TEXT.sawIt, () => this.acknowledge(), "imgloop-plain imgloop-small");
      this.overtaken.replaceChildren(h("p", {}, REVIEW_TEXT.overtaken(latest.who, REVIEW_TEXT.did[latest.what], clockTime(latest.at))),
        latest.note ? h("p", {}, `“${latest.note}”`) : "", seen);
    } else this.overtaken.replaceChildren();
    this.reflect();
  }

  acknowledge() {
    this.seen = this.unit.version;
    this.drawn = "";
    setText(this.wrong, "");
    this.drawStanding();
    this.buttons.approve.focus();
  }

  drawHas() {
    const free = this.unit.has.filter(([name]) => !this.unit.by_rules.includes(name));
    const text = JSON.stringify([this.unit.id, free]);
    if (text === this.hasText) return;
    this.hasText = text;
    this.takes = free.map(([name, value]) => [name, this.box(`take-${name}`, `${name}${value === 1 ? "" : ` = ${value}`}`)]);
    this.has.replaceChildren(...(free.length ? [h("p", { class: "imgloop-quiet" }, `${REVIEW_TEXT.has}; ${REVIEW_TEXT.take.toLowerCase()}:`), ...this.takes.map(([, box]) => box.node)]
      : [h("p", { class: "imgloop-quiet" }, REVIEW_TEXT.hasNothing)]));
  }

  // ------------------------------------------------------------ what is written

  fields() {
    return { note: this.note.input, message: this.message.input, bonus: this.bonus.input, also: this.also.input, give: this.giveName.input, value: this.giveValue.input };
  }

  /** Keep what is written and not sent, for when the unit is opened again. */
  keep() {
    const values = Object.fromEntries(Object.entries(this.fields()).map(([name, input]) => [name, input.value]));
    this.kept.set(this.unit.id, values);
  }

  fill() {
    const { decision } = this.unit;
    const before = this.kept.get(this.unit.id) ?? { note: decision?.note, message: decision?.message, bonus: decision?.bonus };
    for (const [name, input] of Object.entries(this.fields())) input.value = before[name] ?? "";
    for (const box of [this.blockHere, this.block]) box.input.checked = false;
    this.more.open = !!before.give;
    setText(this.wrong, "");
  }

  forget(id) {
    this.kept.delete(id);
    if (this.unit?.id === id) this.fill();
  }

  // ------------------------------------------------------------ sending

  reflect(off = this.off) {
    this.off = off;
    const overtaken = !this.busy && this.unit && this.unit.version !== this.seen;
    for (const button of [...Object.values(this.buttons), this.back]) if (button) switchOff(button, off || this.busy || overtaken);
  }

  send(verdict) {
    const { unit } = this;
    if (!unit || this.busy || this.off) return;
    if (unit.version !== this.seen) return this.complain(REVIEW_TEXT.seeFirst);
    const also = this.also.input.value.trim() || "0";
    const most = unit.following.length;
    if (!/^\d{1,6}$/.test(also) || Number(also) > most) return this.complain(`${REVIEW_TEXT.alsoTo}: ${REVIEW_TEXT.badNumber(most)}`, this.also.input);
    const seen = { [unit.id]: this.seen };
    for (const one of unit.following.slice(0, Number(also))) seen[one.id] = one.version;
    const name = this.giveName.input.value.trim();
    const give = name ? { [name]: this.giveValue.input.value.trim() || "1" } : {};
    if (this.blockHere.input.checked) give[this.view.block_in] = "1";
    if (this.block.input.checked) give.blocked = "1";
    const take = this.takes.filter(([, box]) => box.input.checked).map(([taken]) => taken);
    const goOn = this.goOn.input.checked;
    this.busy = true;
    this.reflect();
    setText(this.wrong, "");
    this.command({ name: "decide", verdict, note: this.note.input.value.trim(), message: this.message.input.value.trim(), bonus: this.bonus.input.value.trim(), seen, give, take }, (result) => {
      this.busy = false;
      if (result.ok) {
        if (this.unit.id === unit.id) this.seen = result.seen[unit.id];
        this.forget(unit.id);
        this.hasText = "";
        this.drawHas();
      } else this.complain(result.message);
      this.drawn = "";
      this.drawStanding();
      if (result.ok) this.decided(result, goOn);
    });
  }

  complain(text, input = null) {
    setText(this.wrong, text);
    input?.focus();
  }

  /** Another row of this unit is our own: what the page saw goes with it. */
  own(seen) {
    if (this.unit && this.unit.id in seen) this.seen = seen[this.unit.id];
    this.drawn = "";
    if (this.unit) this.drawStanding();
  }
}

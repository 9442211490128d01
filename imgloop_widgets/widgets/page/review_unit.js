// One unit: its target and attempts side by side, and all else that there is of it.

import { h, pushButton, setText } from "./dom.js";
import { span, clockTime } from "./monitor_text.js";
import { scoreChips, workRow } from "./review_list.js";
import { REVIEW_TEXT, secondsText } from "./review_text.js";

export class ReviewUnit {
  /** open(id), list(): where to go. images: of the page. enlarge(shown): show images large. decide: the node beside. */
  constructor({ open, list, images, enlarge, decide }) {
    Object.assign(this, { open, list, images, enlarge, drawn: "" });
    this.heading = h("h2", { tabindex: "-1" });
    this.place = h("span", { class: "imgloop-quiet" });
    this.go = {
      list: pushButton(REVIEW_TEXT.allUnits, () => list(), "imgloop-plain imgloop-small"),
      previous: this.goTo("previous"),
      next: this.goTo("next"),
      unreviewed: this.goTo("unreviewed", "nextUnreviewed"),
    };
    const bar = h("nav", { class: "imgloop-review-bar", "aria-label": "Units" }, ...Object.values(this.go), this.place);
    this.about = h("p", { class: "imgloop-quiet" });
    this.work = h("div", { class: "imgloop-review-work" });
    this.decide = decide;
    this.side = h("div", { class: "imgloop-review-side" }, decide);
    this.more = h("div", { class: "imgloop-review-more" });
    this.node = h("div", { class: "imgloop-review-unit" }, bar, h("header", { class: "imgloop-review-about" }, this.heading, this.about),
      h("div", { class: "imgloop-review-columns" }, this.work, this.side, this.more));
  }

  goTo(where, text = where) {
    return pushButton(REVIEW_TEXT[text], () => this.unit[where] && this.open(this.unit[where]), "imgloop-plain imgloop-small");
  }

  draw(unit) {
    const before = this.unit;
    this.unit = unit;
    setText(this.place, REVIEW_TEXT.place(unit.place, unit.of));
    for (const where of ["previous", "next", "unreviewed"]) this.go[where].hidden = !unit[where];
    const text = JSON.stringify({ ...unit, place: 0, of: 0, previous: 0, next: 0, unreviewed: 0, following: 0, by_rules: 0 });
    if (text === this.drawn) return;
    this.drawn = text;
    this.heading.replaceChildren("Unit ", h("code", {}, unit.code), ` of ${unit.worker}`);
    const gold = unit.gold ? REVIEW_TEXT.goldPassed(unit.gold_passed) : "";
    setText(this.about, [unit.target, unit.arm, `unit ${unit.unit}`, unit.ended, span(unit.duration_s), clockTime(unit.opened), gold].filter(Boolean).join(" · "));
    if (before?.id !== unit.id) this.drawWork(unit);
    this.more.replaceChildren(...this.sections(unit));
  }

  drawWork(unit) {
    const target = unit.target_image
      ? this.figure({ ...unit.target_image }, REVIEW_TEXT.target, h("figcaption", {}, h("strong", {}, REVIEW_TEXT.target)))
      : h("p", { class: "imgloop-quiet" }, REVIEW_TEXT.noTarget);
    const attempts = unit.attempts.map((attempt) => h("li", { class: "imgloop-tried" }, this.attempt(attempt, unit)));
    const list = attempts.length ? h("ol", { class: "imgloop-tries" }, ...attempts) : h("p", { class: "imgloop-quiet" }, REVIEW_TEXT.noAttempt);
    this.work.replaceChildren(h("div", { class: "imgloop-review-target" }, target), list);
  }

  figure(image, caption, ...below) {
    const button = h("button", { type: "button", class: "imgloop-picture", "aria-label": `${caption}: ${image.alt}` }, this.images.picture({ ...image, alt: "" }));
    button.addEventListener("click", () => this.enlarge(image, caption));
    return h("figure", {}, button, ...below);
  }

  attempt(attempt, unit) {
    const name = REVIEW_TEXT.attempt(attempt.number);
    const score = h("span", { class: "imgloop-score-big" }, attempt.score == null ? REVIEW_TEXT.noScore : String(attempt.score));
    const best = attempt.score != null && attempt.score === unit.best ? "imgloop-best-try" : "";
    const head = h("p", { class: `imgloop-tried-head ${best}` }, h("strong", {}, name), h("span", { class: "imgloop-hidden" }, `${REVIEW_TEXT.score}: `), score);
    const figures = attempt.images.map((image) => this.figure(image, name,
      image.picked && attempt.images.length > 1 ? h("figcaption", {}, REVIEW_TEXT.picked) : ""));
    const controls = Object.entries(attempt.controls).map(([key, value]) => `${key}: ${value}`).join(" · ");
    const metrics = attempt.metrics.map(([key, value]) => h("div", {}, h("dt", {}, key), h("dd", {}, value == null ? REVIEW_TEXT.none : value.toPrecision(3))));
    const times = REVIEW_TEXT.times(secondsText(attempt.write_s), secondsText(attempt.wait_s), attempt.judge_s == null ? "" : secondsText(attempt.judge_s));
    const parts = [head, h("div", { class: "imgloop-tried-images" }, ...figures), h("p", { class: "imgloop-prompt-said" }, attempt.prompt)];
    if (controls) parts.push(h("p", { class: "imgloop-quiet" }, controls));
    if (attempt.sent_prompt && attempt.sent_prompt !== attempt.prompt) parts.push(h("p", { class: "imgloop-quiet" }, `${REVIEW_TEXT.sent}: ${attempt.sent_prompt}`));
    if (metrics.length) parts.push(h("dl", { class: "imgloop-measures" }, ...metrics));
    parts.push(h("p", { class: "imgloop-quiet imgloop-times" }, times, ` · ${attempt.made_by}`));
    return h("article", { "aria-label": name }, ...parts);
  }

  sections(unit) {
    const answers = [...unit.form.map((one) => answerRow(one)), ...unit.steps.flatMap((step) => stepRows(step))];
    const opinion = unit.opinion.flatMap((step) => step.answers.map((one) => answerRow(one)));
    const told = unit.told.map(([what, n]) => h("div", {}, h("dt", {}, what), h("dd", {}, String(n))));
    const noted = unit.noted.map(([what, n]) => h("div", {}, h("dt", {}, what), h("dd", {}, String(n))));
    const others = unit.others.map((row) => workRow(row, () => this.open(row.id),
      row.image ? h("div", { class: "imgloop-thumb" }, this.images.picture({ image: row.image, alt: "", width: 4, height: 3 })) : null));
    return [
      section(REVIEW_TEXT.answers, answers.length ? h("dl", { class: "imgloop-facts" }, ...answers) : quiet(REVIEW_TEXT.noAnswers)),
      section(REVIEW_TEXT.opinion, opinion.length ? h("dl", { class: "imgloop-facts" }, ...opinion) : quiet(REVIEW_TEXT.noOpinion)),
      section(REVIEW_TEXT.signals, told.length ? h("dl", { class: "imgloop-facts imgloop-counts" }, ...told) : quiet(REVIEW_TEXT.noSignals), quiet(REVIEW_TEXT.signalsMean),
        noted.length ? h("h3", {}, REVIEW_TEXT.noted) : "", noted.length ? h("dl", { class: "imgloop-facts imgloop-counts" }, ...noted) : ""),
      section(REVIEW_TEXT.others, others.length ? h("ul", { class: "imgloop-works imgloop-other-works" }, ...others) : quiet(REVIEW_TEXT.noOthers),
        unit.more_others ? quiet(REVIEW_TEXT.moreOthers(unit.more_others)) : ""),
      section(REVIEW_TEXT.timeline, h("ol", { class: "imgloop-timeline" }, ...unit.timeline.map((one) =>
        h("li", { "data-by": one.by_reviewer ? "reviewer" : "worker" }, h("span", { class: "imgloop-when" }, one.by_reviewer ? clockTime(one.at) : `+${secondsText(one.after_s)}`), h("span", {}, one.what))))),
    ];
  }
}

const quiet = (text) => h("p", { class: "imgloop-quiet" }, text);
const section = (title, ...children) => h("section", { class: "imgloop-card" }, h("h3", {}, title), ...children);

function answerRow({ label, value, wrong }) {
  const said = value === "" ? h("span", { class: "imgloop-quiet" }, REVIEW_TEXT.noAnswer) : value;
  return h("div", {}, h("dt", {}, label), h("dd", {}, said, wrong ? h("span", { class: "imgloop-tag imgloop-sign" }, REVIEW_TEXT.wrong) : ""));
}

function stepRows(step) {
  const tries = step.tries > 1 ? ` (${REVIEW_TEXT.tries(step.tries)})` : "";
  const rows = step.answers.map((one) => answerRow({ ...one, label: `${step.name}: ${one.label}` }));
  return rows.length ? rows : [h("div", {}, h("dt", {}, step.name), h("dd", {}, `${step.passed ? "done" : "declined"}${tries}`))];
}

// All units: what is chosen of them, the list, and how their scores and answers spread.

import { h, isOff, pushButton, setText, switchOff } from "./dom.js";
import { span } from "./monitor_text.js";
import { REVIEW_TEXT } from "./review_text.js";

const WAIT_MS = 350; // after the last key in a field, before the list follows

export class ReviewList {
  /** act(command): to the kernel. open(id): a unit. prefix: of ids. */
  constructor({ prefix, act, open }) {
    Object.assign(this, { prefix, act, open, controls: {}, drawn: "" });
    this.progress = h("progress", { max: "1", value: "0", "aria-label": "Reviewed" });
    this.state = h("p", { class: "imgloop-state" });
    this.note = h("p", { class: "imgloop-notes-line" }, REVIEW_TEXT.ofSimulated);
    this.studies = h("p", { class: "imgloop-quiet", hidden: true });
    this.filters = h("form", { class: "imgloop-filters", novalidate: true, "aria-labelledby": `${prefix}choose` });
    this.filters.addEventListener("submit", (event) => event.preventDefault());
    this.heading = h("h2", { tabindex: "-1" }, REVIEW_TEXT.units);
    this.found = h("p", { class: "imgloop-quiet", role: "status" });
    this.first = pushButton(REVIEW_TEXT.startReview, () => isOff(this.first) || this.open(this.firstId));
    this.empty = h("p", { class: "imgloop-quiet" });
    this.rows = h("ul", { class: "imgloop-works" });
    this.earlier = pushButton(REVIEW_TEXT.earlier, () => isOff(this.earlier) || this.turn(-1), "imgloop-plain imgloop-small");
    this.later = pushButton(REVIEW_TEXT.later, () => isOff(this.later) || this.turn(1), "imgloop-plain imgloop-small");
    this.pages = h("span", { class: "imgloop-quiet" });
    this.pager = h("div", { class: "imgloop-pager" }, this.earlier, this.pages, this.later);
    this.spread = h("div", { class: "imgloop-spread" });
    const choose = h("section", { class: "imgloop-card" }, h("h2", { id: `${prefix}choose` }, REVIEW_TEXT.choose), this.filters);
    const head = h("div", { class: "imgloop-works-head" }, this.heading, this.found, this.first);
    const works = h("section", { class: "imgloop-card" }, head, this.empty, this.rows, this.pager);
    this.node = h("div", { class: "imgloop-review-list" }, this.note, h("div", { class: "imgloop-reviewed" }, this.state, this.progress), choose, works, this.spread, this.studies);
  }

  draw(view) {
    this.view = view;
    const text = JSON.stringify({ ...view, choice: null });
    this.drawFilters();
    if (text === this.drawn) return;
    this.drawn = text;
    const { counts, found, rows } = view;
    setText(this.state, `${REVIEW_TEXT.of(counts.reviewed, counts.units)}. ${counts.units ? REVIEW_TEXT.left(counts.units - counts.reviewed) : ""}`);
    this.progress.max = counts.units || 1;
    this.progress.value = counts.reviewed;
    this.note.hidden = !view.of_simulated;
    setText(this.studies, REVIEW_TEXT.otherStudies(view.other_studies));
    this.studies.hidden = !view.other_studies.length;
    setText(this.found, REVIEW_TEXT.found(found, counts.units));
    setText(this.empty, counts.units ? REVIEW_TEXT.noneFound : REVIEW_TEXT.nothing);
    this.empty.hidden = found > 0;
    this.firstId = (rows.find((row) => !row.verdict) ?? rows[0])?.id;
    this.first.hidden = !this.firstId;
    const had = document.activeElement?.dataset?.unit;
    this.rows.replaceChildren(...rows.map((row) => workRow(row, () => this.open(row.id))));
    if (had) this.focusOn(had);
    this.pager.hidden = view.pages < 2;
    setText(this.pages, REVIEW_TEXT.pages(view.page + 1, view.pages));
    switchOff(this.earlier, view.page === 0);
    switchOff(this.later, view.page >= view.pages - 1);
    this.drawSpread();
  }

  focusOn(id) {
    const link = [...this.rows.querySelectorAll("[data-unit]")].find((one) => one.dataset.unit === id);
    (link ?? this.heading).focus();
  }

  /** Lead from a unit of the list to the one behind it, or before. */
  step(by) {
    const all = [...this.rows.querySelectorAll("[data-unit]")];
    const at = all.indexOf(document.activeElement);
    all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))]?.focus();
  }

  turn(by) {
    this.act({ name: "choose", choice: this.view.choice, page: this.view.page + by });
    this.heading.focus();
  }

  // ------------------------------------------------------------ filters

  drawFilters() {
    const { view } = this;
    const options = {
      stands: [["", REVIEW_TEXT.any], ...view.stands.map((name) => [name, REVIEW_TEXT.stands[name]])],
      arm: [["", REVIEW_TEXT.any], ...view.arms.map((name) => [name, name])],
      target: [["", REVIEW_TEXT.any], ...view.targets.map((name) => [name, name])],
      signal: [["", REVIEW_TEXT.any], ...(view.signals.length ? [["any", REVIEW_TEXT.anySignal]] : []), ...view.signals],
      sort: view.sorts.map((name) => [name, REVIEW_TEXT.sorts[name]]),
    };
    const text = JSON.stringify(options);
    if (text !== this.optionsText) {
      this.optionsText = text;
      const make = (name) => (options[name] ? this.select(name, options[name]) : this.input(name));
      const had = document.activeElement?.name;
      const before = Object.fromEntries(Object.entries(this.controls).map(([name, control]) => [name, control.value]));
      const fields = ["stands", "arm", "target", "signal", "low", "high", "worker", "sort"].map(make);
      this.filters.replaceChildren(...fields, pushButton(REVIEW_TEXT.clear, () => this.clear(), "imgloop-plain imgloop-small"));
      for (const [name, value] of Object.entries(before)) this.controls[name].value = value;
      if (had && this.controls[had]) this.controls[had].focus();
    }
    for (const [name, control] of Object.entries(this.controls)) {
      const value = view.choice[name] == null ? "" : String(view.choice[name]);
      if (control !== document.activeElement && control.value !== value) control.value = value;
    }
  }

  select(name, options) {
    const control = h("select", { class: "imgloop-input", name }, ...options.map(([value, label]) => h("option", { value }, label)));
    control.addEventListener("change", () => this.chosen());
    return this.filter(name, control);
  }

  input(name) {
    const number = name !== "worker";
    const props = number ? { type: "number", min: "0", max: "1000", inputmode: "numeric" } : { type: "text", spellcheck: "false", maxlength: "200" };
    const control = h("input", { class: "imgloop-input", name, autocomplete: "off", ...props });
    control.addEventListener("input", () => {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.chosen(), WAIT_MS);
    });
    return this.filter(name, control);
  }

  filter(name, control) {
    const id = `${this.prefix}f-${name}`;
    control.id = id;
    this.controls[name] = control;
    return h("p", { class: `imgloop-filter imgloop-filter-${name}` }, h("label", { for: id }, REVIEW_TEXT.fields[name]), control);
  }

  chosen() {
    clearTimeout(this.waiting);
    const bound = (name) => (/^\d{1,4}$/.test(this.controls[name].value.trim()) ? Number(this.controls[name].value) : null);
    const texts = Object.fromEntries(["stands", "arm", "target", "signal", "worker", "sort"].map((name) => [name, this.controls[name].value]));
    this.act({ name: "choose", choice: { ...texts, low: bound("low"), high: bound("high") }, page: 0 });
  }

  clear() {
    this.act({ name: "choose", choice: {}, page: 0 });
  }

  // ------------------------------------------------------------ histograms

  drawSpread() {
    const { scores, answers } = this.view;
    const all = [...scores.map((one) => ({ ...one, name: `${REVIEW_TEXT.score}: ${one.name}` })), ...answers];
    this.spread.hidden = !all.some((one) => one.bars.length);
    this.spread.replaceChildren(h("section", { class: "imgloop-card" }, h("h2", {}, REVIEW_TEXT.spread),
      h("p", { class: "imgloop-quiet" }, REVIEW_TEXT.spreadOf), h("div", { class: "imgloop-histograms" }, ...all.map(histogram))));
  }
}

/** A unit as a row of a list. */
export function workRow(row, onclick, picture = null) {
  const open = h("button", { type: "button", class: "imgloop-open", "data-unit": row.id, onclick }, h("code", {}, row.code));
  open.setAttribute("aria-label", `Unit ${row.code} of ${row.worker}`);
  const gold = row.gold ? h("span", { class: "imgloop-tag" }, REVIEW_TEXT.gold) : null;
  const signals = Object.keys(row.signals).length;
  return h("li", { "data-verdict": row.verdict ?? "none" }, picture,
    h("p", { class: "imgloop-unit-head" }, open, h("span", { class: "imgloop-worker" }, row.worker), gold),
    h("p", { class: "imgloop-quiet" }, `${row.target} · ${row.arm}`),
    h("p", {}, scoreChips(row.scores)),
    h("p", { class: "imgloop-quiet" }, `${row.ended} · ${span(row.duration_s)}`),
    h("p", { class: "imgloop-signs" }, signals ? h("span", { class: "imgloop-tag imgloop-sign" }, `${signals} ${signals === 1 ? "signal" : "signals"}`) : null),
    verdictTag(row.verdict, row.who));
}

export function scoreChips(scores) {
  const said = scores.map((score) => score ?? REVIEW_TEXT.none).join(", ");
  return h("span", { class: "imgloop-chips" }, h("span", { class: "imgloop-hidden" }, `Scores: ${said || "none"}`),
    ...scores.map((score) => h("span", { class: "imgloop-chip", "aria-hidden": "true" }, String(score ?? REVIEW_TEXT.none))));
}

export function verdictTag(verdict, who) {
  const text = verdict ? REVIEW_TEXT.stands[verdict] : REVIEW_TEXT.stands.unreviewed;
  return h("p", { class: "imgloop-verdict", "data-verdict": verdict ?? "none" }, h("span", { class: "imgloop-tag" }, text),
    who ? h("span", { class: "imgloop-quiet" }, ` ${who}`) : "");
}

function histogram(one) {
  const most = Math.max(1, ...one.bars.map(([, n]) => n));
  const rows = one.bars.map(([label, n]) => {
    const bar = h("span", { class: "imgloop-bar", "aria-hidden": "true" });
    bar.style.inlineSize = `${(100 * n) / most}%`;
    return h("tr", {}, h("th", { scope: "row" }, label), h("td", {}, h("span", { class: "imgloop-bar-track" }, bar)), h("td", { class: "imgloop-how-many" }, String(n)));
  });
  const notes = [REVIEW_TEXT.what[one.what], one.missing ? REVIEW_TEXT.missing(one.missing) : ""].filter(Boolean).join("; ");
  return h("table", { class: "imgloop-histogram" }, h("caption", {}, one.name, notes ? h("span", { class: "imgloop-quiet" }, ` ${notes}`) : ""),
    h("thead", { class: "imgloop-hidden" }, h("tr", {}, h("th", { scope: "col" }, "Value"), h("td", {}), h("th", { scope: "col" }, "Units"))), h("tbody", {}, ...rows));
}

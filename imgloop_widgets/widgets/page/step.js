// What is to be done in the loop now. It is built anew for each phase and attempt, and only patched between.

import { makeButton, nameButton } from "./button.js";
import { h, pushButton, setText, switchOff } from "./dom.js";
import { fieldsetNode } from "./layout.js";
import { LOOP_TEXT } from "./loop_text.js";
import { scoreSpec } from "./score.js";
import { PICK, pickSpec } from "./sets.js";
import { CONTROL } from "./sheet.js";
import { TEXT } from "./text.js";

const STILL_S = 15; // how often a long generation is announced

export class Step {
  constructor(page, { parts, prompt_limits, controls }) {
    Object.assign(this, { page, parts, limits: prompt_limits ?? {}, controls: controls ?? [], key: null, own: [], at: "" });
    this.node = h("div", { class: "imgloop-step" });
  }

  /** Return whether another step was built. */
  draw(view) {
    this.view = view;
    const key = [view.phase, view.attempts.length, view.attempts.at(-1)?.template, view.last, view.pick].join("|");
    const fresh = key !== this.key;
    if (fresh) {
      this.key = key;
      const { sheet } = this.page;
      this.own.forEach((name) => sheet.drop(name));
      sheet.leave(this.at);
      sheet.open.clear();
      Object.assign(this, { own: [], extras: [], action: null, cancel: null, failure: null });
      if (view.phase === "generating") this.wait();
      else if (view.phase !== "finished") this.write();
    }
    this.drawFailure();
    return fresh;
  }

  /** A prompt, or a score and the next prompt. */
  write() {
    const { attempts, phase, last, prompt, writes = true } = this.view;
    const [{ sheet, prefix }, { templates, start, section }] = [this.page, this.parts];
    const [k, scoring] = [attempts.length, phase === "scoring"];
    const part = k ? (templates[attempts.at(-1).template] ?? Object.values(templates)[0]) : start;
    const own = sheet.form.sections[section].fieldsets[part.fieldset];
    const fieldset = k && !scoring ? { ...own, instruction: "" } : own; // it speaks of an image that has its score
    this.at = `${section}.${part.fieldset}`;
    if (k) sheet.open.add(this.at);
    const at = { prefix, suffix: k ? `__${k}__` : "" };
    const roles = {
      [part.score ?? ""]: (spec, path) => scoring && this.judge(spec, { ...at, path }),
      [part.prompt]: (spec, path) =>
        last || !writes ? null : this.prompt({ ...spec, value: prompt || spec.value }, { ...at, path }),
      [part.button]: (spec) => this.buildAction(spec, at),
    };
    const node = fieldsetNode(fieldset, { ...at, path: this.at, place: sheet.place }, (spec, path) => {
      if (spec.name in roles) return roles[spec.name](spec, path);
      if (k && !scoring) return null;
      if (spec.type === "button") return this.page.questions.button(spec, path, at.suffix);
      this.extras.push(spec.name + at.suffix);
      return this.put(spec.name + at.suffix, spec, { ...at, path });
    });
    this.begin(scoring ? this.question(k) : writes ? LOOP_TEXT.write(k + 1) : LOOP_TEXT.vary(k + 1), node);
    this.failure = h("p", { class: "imgloop-failure", id: `${prefix}imgloop-failure`, hidden: true });
    (this.page.field("prompt")?.below ?? this.node).append(this.failure);
    this.page.restore(this.own);
    this.look();
  }

  /** What is asked of the images: which one, and how close it is; null: nothing. */
  judge(spec, at) {
    const { attempts, pick, rated = true, scale } = this.view;
    const picture = (image) => this.page.gallery.images.picture(image);
    const { images, of } = attempts.at(-1);
    const choice = pick && this.put(PICK, pickSpec(images, of, picture), { ...at, path: PICK });
    if (choice) choice.addEventListener("change", () => this.look());
    const score = rated && this.put("score", scoreSpec(spec, scale), at);
    return choice && score ? h("div", { class: "imgloop-beside" }, choice, score) : choice || score || null;
  }

  /** Show what is chosen beside the target. */
  look() {
    const field = this.page.field(PICK);
    if (field) this.page.gallery.look(field.read());
  }

  question(k) {
    const { attempts, pick, rated = true } = this.view;
    if (pick) return LOOP_TEXT.choose(k);
    if (!rated) return LOOP_TEXT.look(k);
    return attempts.at(-1).images?.length ? LOOP_TEXT.judgeAll(k) : LOOP_TEXT.judge(k);
  }

  /** The prompt, and what may be set beside it. */
  prompt(spec, at) {
    const set = this.view.controls ?? {};
    const controls = this.controls.map((one) =>
      this.put(one.name, { ...one, value: set[bare(one.name)] ?? one.value }, { ...at, path: one.name }));
    const node = this.put("prompt", spec, { ...at, limits: this.limits });
    return controls.length ? h("div", { class: "imgloop-beside" }, node, ...controls) : node;
  }

  put(key, spec, options) {
    this.own.push(key);
    return this.page.questions.field(spec, { key, ...options }).node;
  }

  begin(title, ...content) {
    this.heading = h("h3", { tabindex: "-1" }, title);
    this.node.replaceChildren(this.heading, ...content);
  }

  buildAction(spec, { prefix, suffix }) {
    const varies = suffix && this.view.writes === false;
    const own = spec.value || spec.label || (suffix ? LOOP_TEXT.update : LOOP_TEXT.start);
    this.actionText = varies ? LOOP_TEXT.more : own;
    this.reason = h("p", { class: "imgloop-reason", id: `${prefix}imgloop-reason`, hidden: true });
    const id = prefix + (spec.id || "imgloop_action") + suffix;
    const before = [this.page.summary.node, this.reason];
    const { node, button } = makeButton(spec, { id, text: this.actionText, type: "submit", before });
    this.action = button;
    return node;
  }

  drawFailure() {
    if (!this.failure) return;
    const text = this.view.failure ?? "";
    setText(this.failure, text);
    this.failure.hidden = !text;
    this.page.field("prompt")?.describe(text ? this.failure.id : "");
  }

  wait() {
    const { attempts, prompt, waited_s } = this.view;
    this.since = performance.now() - 1000 * (waited_s ?? 0);
    this.seconds = h("p", { class: "imgloop-seconds" });
    this.bar = h("progress", { max: "1", "aria-label": LOOP_TEXT.share });
    this.barText = h("p", { class: "imgloop-quiet", dir: "auto" });
    // The second click of a double click on Start is not meant for Cancel, which may stand there by then.
    const cancel = ({ detail }) => detail > 1 || this.page.command("cancel");
    this.cancel = pushButton(LOOP_TEXT.cancel, cancel, "imgloop-plain");
    const words = h("div", { class: "imgloop-words-box" }, h("p", { class: "imgloop-label" }, LOOP_TEXT.yourPrompt),
      h("p", { class: "imgloop-words", dir: "auto" }, prompt));
    const action = h("div", { class: "imgloop-action" }, this.page.summary.node, this.cancel);
    this.begin(LOOP_TEXT.wait(attempts.length + 1, this.view.making?.of), this.seconds, this.bar, this.barText, words, action);
    this.tick();
  }

  tick() {
    if (this.view.phase !== "generating") return;
    const s = Math.max(0, Math.floor((performance.now() - this.since) / 1000));
    setText(this.seconds, LOOP_TEXT.generating(s));
    if (s && s % STILL_S === 0) this.page.announce(LOOP_TEXT.stillGenerating(s));
  }

  progress({ seq, elapsed_s, share, text }) {
    if (this.view.phase !== "generating" || seq !== this.view.seq) return;
    if (elapsed_s != null) this.since = performance.now() - 1000 * elapsed_s;
    if (share == null) this.bar.removeAttribute("value");
    else this.bar.value = share;
    setText(this.barText, text ?? "");
    this.tick();
  }

  get score() {
    return this.page.field("score")?.read() ?? null;
  }

  /** Whether the score that is chosen ends the task. */
  get finishes() {
    const { phase, last, scale } = this.view;
    return phase === "scoring" && (last || (scale.perfect != null && this.score === scale.perfect));
  }

  /** Whether the worker has done as much as is asked for, with what is filled in now. */
  get isEnough() {
    const { phase, done = 0, min_attempts: least, rated = true, pick } = this.view;
    const judged = (!rated || this.score != null) && (!pick || this.page.field(PICK)?.read() != null);
    return !!least && done + (phase === "scoring" && judged) >= least;
  }

  /** The command of Start, Update or Finish: its name and what it carries. */
  order() {
    const { score, prompt, ...more } = this.page.sheet.values();
    const [rest, { pick, ...controls }] = parted(more);
    const first = this.view.phase === "prompting";
    const answers = (first ? !this.view.answers : this.extras.length) ? { answers: rest } : {};
    if (first) return ["submit_prompt", { prompt, controls, ...answers }];
    return ["score", { score, pick, ...(this.finishes ? {} : { prompt, controls }), ...answers }];
  }

  /** Bring the buttons and the prompt in line with what is chosen, sent (busy: the command's name) and connected. */
  reflect(busy, lost) {
    if (this.cancel) {
      switchOff(this.cancel, busy || lost);
      const some = this.view.making?.images.length;
      setText(this.cancel, busy === "cancel" ? LOOP_TEXT.cancelling : some ? LOOP_TEXT.goOnWith : LOOP_TEXT.cancel);
    }
    if (!this.action) return;
    const [finish, sending] = [this.finishes, busy && busy !== "exit"];
    const { practice, rated = true, writes = true, phase } = this.view;
    const whyLast = rated ? LOOP_TEXT.whyLast : LOOP_TEXT.whyLastSeen;
    const ending = practice ? LOOP_TEXT.whyPractice : this.view.last ? whyLast : LOOP_TEXT.whyPerfect(this.view.scale.perfect);
    const why = lost ? TEXT.lostReason : finish ? ending : "";
    const prompt = this.page.field("prompt");
    const next = [prompt, ...this.controls.map(({ name }) => this.page.field(name))].filter(Boolean);
    for (const field of next) field.off = finish;
    if (finish) next.forEach((field) => (field.node.hidden = true));
    this.node.classList.toggle("imgloop-finishing", finish); // the help under the button speaks of a next image
    setText(this.reason, why);
    this.reason.hidden = !why;
    switchOff(this.action, busy || lost, why && this.reason.id);
    const same = this.view.again && prompt?.read().trim() === this.view.prompt;
    const again = same || (!writes && phase === "prompting");
    const name = finish ? (practice ? LOOP_TEXT.goOn : LOOP_TEXT.finish) : again ? LOOP_TEXT.again : this.actionText;
    nameButton(this.action, sending ? TEXT.sending : name);
    this.action.classList.toggle("imgloop-busy", !!sending);
  }
}

const bare = (name) => name.slice(CONTROL.length);

/** Part the values of the sheet: those of other fields, and what is set beside the prompt. */
function parted(values) {
  const [rest, controls] = [{}, {}];
  for (const [key, value] of Object.entries(values)) {
    if (key.startsWith(CONTROL)) controls[bare(key)] = value;
    else rest[key] = value;
  }
  return [rest, controls];
}

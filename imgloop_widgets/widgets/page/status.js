// Which attempt it is, and how much time is left; the kernel's clock counts, the browser's only fills the gaps.

import { h, setText } from "./dom.js";
import { LOOP_TEXT } from "./loop_text.js";

const CLOCK_CALLS = [10, 60, 300]; // seconds left that are announced
const SOON_S = 120; // from here on the time is shown with emphasis

export class Status {
  constructor(announce) {
    this.announce = announce;
    this.dots = h("span", { class: "imgloop-dots", "aria-hidden": "true" });
    this.where = h("span", {});
    this.clock = h("span", { class: "imgloop-clock" });
    const where = h("span", { class: "imgloop-where" }, this.where, this.dots);
    this.node = h("p", { class: "imgloop-status" }, where, this.clock);
  }

  /** The same line for a step before or after the loop. progress: {number, of, name}; null: there is one step. */
  place(progress) {
    setText(this.where, progress ? LOOP_TEXT.place(progress) : "");
    const state = (i) => (i < progress.number ? "imgloop-done" : i === progress.number ? "imgloop-now" : null);
    const count = progress && progress.of <= 10 ? progress.of : 0;
    this.dots.replaceChildren(...Array.from({ length: count }, (_, i) => h("span", { class: state(i + 1) })));
  }

  draw({ attempts, max_attempts: max, min_attempts: min, phase, practice }) {
    const n = Math.max(1, attempts.length + (phase === "prompting" || phase === "generating" ? 1 : 0));
    setText(this.where, practice ? LOOP_TEXT.practice : LOOP_TEXT.attemptOf(n, max, min));
    const state = (i) => (i < n ? "imgloop-done" : i === n ? "imgloop-now" : null);
    const count = max && max <= 10 && !practice ? max : 0;
    this.dots.replaceChildren(...Array.from({ length: count }, (_, i) => h("span", { class: state(i + 1) })));
    this.node.hidden = phase === "finished";
  }

  /** remaining: seconds until the work is submitted by itself; null: no limit; undefined: nothing new was said of it. */
  set(remaining) {
    if (remaining === undefined) return; // the server has answered, and only the kernel knows
    this.deadline = remaining == null ? null : performance.now() + 1000 * remaining;
    this.tick();
  }

  tick() {
    this.clock.hidden = this.deadline == null;
    if (this.deadline == null) return;
    const left = Math.max(0, (this.deadline - performance.now()) / 1000);
    setText(this.clock, left > 0 ? LOOP_TEXT.left(clock(left)) : LOOP_TEXT.timeUp);
    this.clock.classList.toggle("imgloop-soon", left <= SOON_S);
    const call = CLOCK_CALLS.find((s) => this.before > s && left <= s);
    if (call) this.announce(LOOP_TEXT.timeLeft(call));
    this.before = left;
  }
}

function clock(seconds) {
  const s = Math.max(0, Math.ceil(seconds));
  const [hours, minutes, rest] = [Math.floor(s / 3600), Math.floor(s / 60) % 60, String(s % 60).padStart(2, "0")];
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

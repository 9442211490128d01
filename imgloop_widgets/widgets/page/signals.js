/**
 * What a worker does on the page, as counts and seconds: never which key, never a text. Made where the study asks for
 * it; where it does not, nothing here is called and nothing is listened to. signals.py says what each number means.
 *
 *     moment (focus, key, paste, hidden, lost, another step) → settle: the seconds since the last one go to the step that
 *     was open → count → at each step, when hidden, when left: send the totals of the steps that have changed
 *
 * A step is an attempt and a phase. Totals only grow, so a message that comes twice changes nothing. What is noted while
 * the kernel can't be reached is sent when it is back; what is noted at the very end waits in this tab for the next page.
 */

import { newId } from "./dom.js";
import { remember } from "./drafts.js";

const PAUSE_S = 2;
const TYPED = new Set(["insertText", "insertCompositionText", "insertLineBreak", "insertParagraph"]);
const IN_WORDS = new Set(["text", "search", "email", "number", "url", "tel"]); // of a password nothing is counted

const isTextField = (node) => node?.localName === "textarea" || (node?.localName === "input" && IN_WORDS.has(node.type));

export class Signals {
  /** session: what is kept in this tab is kept for. place(element): [attempt, phase] of a worker whose focus is there. */
  constructor({ send, session, place }) {
    Object.assign(this, { send, place, shelf: `signals:${session}`, page: newId(), steps: new Map(), changed: new Set(), step: null });
    Object.assign(this, { since: performance.now(), isLost: false, isHidden: document.hidden, writes: false, key: null });
  }

  listen(root) {
    this.root = root;
    this.aborter = new AbortController();
    const at = (target, name, handler, more) =>
      target.addEventListener(name, handler, { signal: this.aborter.signal, ...more });
    at(root, "focusin", ({ target }) => this.move(target));
    at(root, "focusout", () => (this.settle(), (this.writes = false)));
    at(root, "input", (event) => isTextField(event.target) && this.typed(event.inputType ?? ""));
    at(root, "paste", (event) => isTextField(event.target) && this.pasted(event.clipboardData));
    at(root, "drop", (event) => isTextField(event.target) && this.pasted(event.dataTransfer));
    at(document, "visibilitychange", () => this.see(!document.hidden));
    at(window, "pagehide", () => this.leave(), { capture: true }); // before the connection is closed
    this.sendEarlier();
    this.move(document.activeElement);
    if (!this.step) this.stop();
  }

  /** The worker is at something else, or another step is on the page. */
  move(element) {
    this.settle();
    const [attempt, phase] = this.place(element) ?? [];
    const name = phase ? `${attempt} ${phase}` : null;
    if (name !== this.step) this.key = null;
    this.step = name;
    this.writes = this.root.contains(element) && isTextField(element); // in JupyterLab there are others
    if (name && !this.steps.has(name)) this.steps.set(name, { attempt, phase, values: {} });
  }

  /** Another step is drawn: what belongs to the one before is complete. */
  drawn() {
    this.move(document.activeElement);
    this.flush();
    if (!this.step) this.stop();
  }

  typed(kind) {
    const removed = kind.startsWith("delete");
    if (!removed && !TYPED.has(kind)) return; // pasted, dropped, undone, filled in by the browser
    this.settle();
    const seconds = this.key == null ? 0 : (this.since - this.key) / 1000;
    this.key = this.since;
    this.add("keys", 1);
    if (removed) this.add("deletions", 1);
    if (seconds > PAUSE_S) this.add("pauses", 1);
    else this.add("typing_s", seconds);
  }

  pasted(data) {
    const size = [...(data?.getData("text/plain") ?? "")].length;
    if (!size) return;
    this.add("pastes", 1);
    this.add("pasted_characters", size);
  }

  see(isSeen) {
    if (isSeen !== this.isHidden || this.hasLeft) return;
    this.settle();
    this.isHidden = !isSeen;
    if (isSeen) return;
    this.add("hidden", 1);
    this.flush();
  }

  lose(isLost) {
    if (isLost === this.isLost) return;
    this.settle();
    this.isLost = isLost;
    if (isLost) this.add("lost", 1);
    else this.flush();
  }

  /** Give the seconds since the last moment to what was going on. */
  settle() {
    const now = performance.now();
    const seconds = (now - this.since) / 1000;
    this.since = now;
    this.add("open_s", seconds);
    if (this.isHidden) this.add("hidden_s", seconds);
    if (this.isLost) this.add("lost_s", seconds);
    if (this.writes && !this.isHidden) this.add("focus_s", seconds);
  }

  add(name, amount) {
    const step = this.steps.get(this.step);
    if (!step) return;
    step.values[name] = (step.values[name] ?? 0) + amount;
    this.changed.add(this.step);
  }

  message() {
    this.settle();
    const rounded = (values) => Object.fromEntries(Object.entries(values).map(([k, v]) => [k, Math.round(v * 1000) / 1000]));
    const steps = [...this.changed].map((name) => this.steps.get(name)).map((s) => ({ ...s, values: rounded(s.values) }));
    return steps.length ? { kind: "signals", page: this.page, steps } : null;
  }

  flush() {
    if (this.isLost) return;
    const message = this.message();
    this.changed.clear();
    if (message) this.send(message);
  }

  /** The page goes, and what is sent now may not arrive: the next page of this tab sends it again. */
  leave() {
    this.hasLeft = true;
    const message = this.message();
    if (!message) return;
    remember(this.shelf, JSON.stringify(message));
    this.send(message);
  }

  sendEarlier() {
    const earlier = remember(this.shelf);
    remember(this.shelf, null);
    try {
      if (earlier) this.send(JSON.parse(earlier));
    } catch {
      // not ours
    }
  }

  /** Listen no more. */
  stop() {
    this.aborter?.abort();
    this.step = null;
  }
}

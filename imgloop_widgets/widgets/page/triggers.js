// Tells the kernel what happens to an element with triggers. What they do comes back as `changes` and `set`.

import { TEXT_TYPES } from "./values.js";

const PAUSE_MS = 300; // in typing or dragging, before a change is told
const SLOW_TYPES = new Set([...TEXT_TYPES, "date", "number", "slider"]);

export class Triggers {
  /** fire(path, event): sends it. */
  constructor(fire) {
    Object.assign(this, { fire, waiting: new Map() });
  }

  /** Listen to a field for the events that have a trigger. */
  watch({ node, path, spec }) {
    const events = new Set(spec.triggers ?? []);
    const inside = (other) => node.contains(other) || node.contains(document.activeElement);
    if (events.has("onClick")) {
      node.addEventListener("click", ({ target }) => isControl(target) && this.tell(path, "onClick"));
    }
    if (events.has("onFocus")) {
      node.addEventListener("focusin", ({ target, relatedTarget }) =>
        isControl(target) && !node.contains(relatedTarget) && this.tell(path, "onFocus"));
    }
    if (events.has("onBlur")) {
      node.addEventListener("focusout", ({ relatedTarget }) => inside(relatedTarget) || this.tell(path, "onBlur"));
    }
    if (events.has("onChange")) {
      node.addEventListener("input", () => this.change(path, SLOW_TYPES.has(spec.type) ? PAUSE_MS : 0));
      node.addEventListener("focusout", () => this.flush());
    }
  }

  tell(path, event) {
    this.flush();
    this.fire(path, event);
  }

  change(path, pause) {
    clearTimeout(this.waiting.get(path));
    this.waiting.set(path, setTimeout(() => this.changed(path), pause));
  }

  changed(path) {
    clearTimeout(this.waiting.get(path));
    this.waiting.delete(path);
    this.fire(path, "onChange");
  }

  /** Tell what waits now: something else is about to be told. */
  flush() {
    for (const path of [...this.waiting.keys()]) this.changed(path);
  }

  dispose() {
    this.waiting.forEach(clearTimeout);
  }
}

const isControl = (node) => !!node.closest("input, textarea, select, button:not(.imgloop-tip-button)");

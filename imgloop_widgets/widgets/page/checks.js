/**
 * When a worker learns that something is wrong: on leaving a field that was changed, and for all fields on the button.
 *
 * Laws: a field that was only passed through is not complained about. What is shown to be wrong is looked at again with
 * every change, and goes as soon as it is right. Nothing moves under a pressed pointer: a complaint waits until it is up.
 * A field with an author's own validators is checked by the kernel too, which is asked when the field is left.
 */

import { TEXT } from "./text.js";
import { problemOf } from "./validate.js";
import { isEmpty } from "./values.js";

const ASK_MS = 300;

export class Checks {
  /** ask(name): let the kernel check a field. announce(text). changed(): what is wrong with some field has changed. */
  constructor({ sheet, words, ask, announce, changed }) {
    Object.assign(this, { sheet, words, ask, announce, changed, pressed: false, waiting: [] });
  }

  watch(field) {
    field.node.addEventListener("input", () => this.typed(field));
    field.node.addEventListener("focusout", ({ relatedTarget }) => {
      const isLeft = !field.node.contains(relatedTarget) && !holdsFocus(field);
      if (isLeft && field.touched) this.afterPress(() => holdsFocus(field) || this.left(field));
    });
  }

  /** Follow the pointer within the page; a press may be the click on a button that must not move away. */
  listen(root, signal) {
    const up = () => {
      this.pressed = false;
      setTimeout(() => this.waiting.splice(0).forEach((act) => act())); // after the click
    };
    root.addEventListener("pointerdown", () => (this.pressed = true), { signal, capture: true });
    for (const name of ["pointerup", "pointercancel"]) addEventListener(name, up, { signal, capture: true });
  }

  afterPress(act) {
    if (this.pressed) this.waiting.push(act);
    else act();
  }

  local(field) {
    if (field.isBusy()) return TEXT.onItsWay;
    if (field.isHalf()) return problemOf({ ...field.spec, type: "date" }, "?", this.words);
    return problemOf(field.spec, field.read(), this.words);
  }

  typed(field) {
    field.touched = true;
    this.lookAgain(field);
  }

  /** These fields (names) hold something else, though nobody typed it. */
  again(names) {
    names.map((name) => this.sheet.names.get(name)).forEach((field) => field && this.lookAgain(field));
  }

  lookAgain(field) {
    this.wait(field, false);
    if (!field.problem) return;
    const problem = this.local(field);
    if (!problem && field.isKernels && needsKernel(field)) this.wait(field, true); // it stays until the kernel has said
    else this.show(field, problem);
  }

  /** Ask the kernel a little later, or (not on) not at all. */
  wait(field, on) {
    clearTimeout(field.asking);
    field.asking = on && setTimeout(() => this.askFor(field), ASK_MS);
  }

  left(field) {
    if ((field.problem && !field.asking) || !this.sheet.asks(field) || !field.node.isConnected) return;
    const problem = this.local(field);
    if (problem) this.tell(field, problem);
    else if (needsKernel(field)) this.askFor(field);
  }

  askFor(field) {
    this.wait(field, false);
    field.asked = JSON.stringify(field.read());
    this.ask(field.spec.name);
  }

  /** The kernel has looked at a field; it may hold something else by now. */
  checked({ name, message }) {
    const field = this.sheet.names.get(name);
    if (!field || field.asked !== JSON.stringify(field.read())) return;
    if (message && message !== field.problem) this.tell(field, message);
    else this.show(field, message);
    field.isKernels = !!message;
  }

  tell(field, problem) {
    this.show(field, problem);
    this.announce(`${field.label}: ${problem}`);
  }

  show(field, problem) {
    field.isKernels = false;
    if (field.problem === (problem ?? null)) return;
    field.complain(problem);
    this.changed();
  }

  /** Look at everything that is asked for. Return what is wrong, [field, message] in the order of the page. */
  all() {
    this.waiting = [];
    const asked = [...this.sheet.fields.values()].filter(this.sheet.asks);
    const found = asked.map((field) => [field, this.local(field)]);
    for (const [field, problem] of found) {
      this.wait(field, false);
      field.complain(problem);
      field.isKernels = false;
    }
    return inOrder(found.filter(([, problem]) => problem));
  }

  /** What is not asked for any more is not wrong either. */
  reflect() {
    for (const field of this.sheet.fields.values()) if (field.problem && !this.sheet.asks(field)) this.show(field, null);
  }

  clear() {
    this.waiting = [];
    this.sheet.fields.forEach((field) => field.complain(null));
  }

  /** What the kernel has found, by the keys of fields. Return it as `all` does; a field that isn't here is undefined. */
  refused(problems) {
    const entries = Object.entries(problems).map(([key, text]) => [this.sheet.fields.get(key), text]);
    for (const [field, text] of entries) {
      field?.complain(text);
      if (field) field.isKernels = true;
    }
    return inOrder(entries);
  }
}

const holdsFocus = ({ node }) => node.contains(document.activeElement);
const needsKernel = ({ spec, read }) => spec.validators?.kernel && !isEmpty(read());

function inOrder(entries) {
  const follows = ([one], [other]) =>
    one && other && one.node.compareDocumentPosition(other.node) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
  return entries.sort(follows);
}

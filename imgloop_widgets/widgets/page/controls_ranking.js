/**
 * A ranking: the items in the worker's order, best first, and below them those that have no rank yet.
 *
 * Each option has two nodes, made once: a row of the ranking, and a button that gives it the next rank.
 * Law: a node that has the focus is not moved, and not taken out before the focus is elsewhere in the control; so
 * nobody is thrown back to the top of the page, and a field that is being worked on is not left.
 */

import { fire, smallButton } from "./controls_common.js";
import { classes, h, isOff, setText, switchOff } from "./dom.js";
import { lineIcon } from "./icons.js";
import { same } from "./values.js";

const RANKING = {
  begin: (most, all) => `Press ${most < all ? `your ${most}` : "the items"} in order, best first.`,
  next: (n, most) => `${n} of ${most} ranked. Press what comes next.`,
  done: (most) => (most > 1 ? "All ranked. You can still move them." : "Ranked."),
  again: "Start again",
  up: (label) => `Move ${label} up`,
  down: (label) => `Move ${label} down`,
  out: (label) => `Take ${label} out`,
  placed: (label, rank, most) => `${label}, rank ${rank} of ${most}`,
  taken: (label) => `${label}, not ranked`,
  emptied: "Nothing is ranked",
};
const RANKING_LINES = {
  up: "M12 19V5M6 11l6-6 6 6",
  down: "M12 5v14M6 13l6 6 6-6",
  out: "M6 6l12 12M18 6L6 18",
  grip: "M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01",
};

export function ranking(spec, at) {
  const control = new Ranking(spec, at);
  const { node, hint } = control;
  return {
    node,
    target: node,
    get first() {
      return control.first;
    },
    hint: hint.id,
    read: () => control.read(),
    write: (value) => control.write(value),
  };
}

class Ranking {
  constructor(spec, { id, name, ...rest }) {
    this.options = spec.options ?? [];
    this.most = Math.min(spec.validators?.maxLength || Infinity, this.options.length);
    this.ranked = []; // positions in `options`, best first
    this.rows = this.options.map((_, i) => this.makeRow(i));
    this.pool = this.options.map((_, i) => {
      const empty = h("span", { class: "imgloop-rank", "aria-hidden": "true" });
      const look = classes("imgloop-rank-next", spec.classes_input_element);
      return h("button", { type: "button", class: look, onclick: () => this.place(i) }, empty,
        h("span", {}, this.label(i)));
    });
    this.list = h("ol", { class: "imgloop-ranked", role: "list" });
    this.hint = h("p", { class: "imgloop-quiet", id: `${id}-hint` });
    this.again = smallButton(id, RANKING.again, () => this.empty());
    this.said = h("div", { class: "imgloop-hidden", role: "status" });
    const head = h("div", { class: "imgloop-state" }, this.hint, this.again);
    const pool = h("div", { class: "imgloop-pool" }, ...this.pool);
    const props = { ...rest, id, role: "group", class: classes("imgloop-ranking", rest.class) };
    this.node = h("div", { ...props, "aria-labelledby": `${id}-label` }, head, this.list, pool, this.said);
    this.draw();
  }

  label = (i) => String(this.options[i].label);

  makeRow(i) {
    const press = (action, onclick) => {
      const name = RANKING[action](this.label(i));
      const props = { type: "button", class: "imgloop-square", "aria-label": name, title: name };
      const button = h("button", { ...props, onclick: () => isOff(button) || onclick() });
      button.append(lineIcon(RANKING_LINES[action]));
      return button;
    };
    const [up, down] = [press("up", () => this.move(i, -1)), press("down", () => this.move(i, 1))];
    const out = press("out", () => this.takeOut(i));
    const rank = h("span", { class: "imgloop-rank" });
    const grip = h("span", { class: "imgloop-grip" }, lineIcon(RANKING_LINES.grip), rank);
    const item = h("span", { class: "imgloop-item" }, grip, h("span", {}, this.label(i)));
    const node = h("li", {}, item, h("span", { class: "imgloop-moves" }, up, down, out));
    grip.addEventListener("pointerdown", (event) => this.drag(i, grip, event));
    return { node, rank, up, down, out };
  }

  get first() {
    return this.pool.find((button) => !button.hidden && !isOff(button)) ?? this.rows[this.ranked[0]].down;
  }

  get isFull() {
    return this.ranked.length >= this.most;
  }

  read() {
    return this.ranked.map((i) => this.options[i].value);
  }

  write(value) {
    const places = [value ?? []].flat().map((one) => this.options.findIndex((option) => same(option.value, one)));
    this.ranked = [...new Set(places)].filter((i) => i >= 0).slice(0, this.most);
    setText(this.said, "");
    this.draw();
  }

  /** Give an item the next rank; the focus goes to the next one without a rank, so that pressing on ranks them all. */
  place(i) {
    if (this.isFull) return;
    this.ranked.push(i);
    const waiting = [...this.pool.slice(i + 1), ...this.pool.slice(0, i)].filter((button) => !button.hidden);
    const { up, out } = this.rows[i];
    this.change(i, () => (this.isFull ? (this.ranked.length > 1 ? up : out) : waiting[0]).focus());
  }

  move(i, by) {
    const rank = this.ranked.indexOf(i);
    this.ranked.splice(rank, 1);
    this.ranked.splice(rank + by, 0, i);
    this.change(i);
  }

  takeOut(i) {
    this.ranked.splice(this.ranked.indexOf(i), 1);
    this.change(i, () => this.pool[i].focus());
  }

  empty() {
    this.ranked = [];
    this.change(-1, () => this.pool[0].focus());
  }

  /** Show the new order and say what became of item i; lead: moves the focus before anything disappears. */
  change(i, lead) {
    this.draw(i, lead);
    const rank = this.ranked.indexOf(i) + 1;
    const taken = i < 0 ? RANKING.emptied : RANKING.taken(this.label(i));
    setText(this.said, rank ? RANKING.placed(this.label(i), rank, this.most) : taken);
    fire(this.node);
  }

  /** Show what `ranked` holds. The row of item `still` is not moved if it is there already: the others go around it. */
  draw(still = -1, lead = null) {
    const anchor = this.rows[still]?.node.isConnected ? this.ranked.indexOf(still) : -1;
    this.ranked.forEach((i, rank) => {
      const { node, rank: number, up, down } = this.rows[i];
      if (rank < anchor) this.list.insertBefore(node, this.rows[still].node);
      else if (rank !== anchor) this.list.append(node);
      setText(number, String(rank + 1));
      switchOff(up, rank === 0);
      switchOff(down, rank === this.ranked.length - 1);
    });
    const isPlaced = this.options.map((_, i) => this.ranked.includes(i));
    this.pool.forEach((button, i) => {
      switchOff(button, this.isFull);
      if (!isPlaced[i]) button.hidden = false;
    });
    this.list.hidden = false;
    lead?.();
    this.pool.forEach((button, i) => (button.hidden = isPlaced[i]));
    this.rows.forEach(({ node }, i) => isPlaced[i] || node.remove());
    this.list.hidden = !this.ranked.length;
    this.again.hidden = this.ranked.length < 2;
    const waiting = this.ranked.length ? RANKING.next : RANKING.begin;
    const counts = this.ranked.length ? [this.ranked.length, this.most] : [this.most, this.options.length];
    setText(this.hint, this.isFull ? RANKING.done(this.most) : waiting(...counts));
  }

  /** Let a row follow the pointer; where it passes the middle of another one, they change places. */
  drag(i, grip, { button, pointerId, clientY }) {
    if (button !== 0 || this.ranked.length < 2) return;
    const { node } = this.rows[i];
    const before = this.ranked.indexOf(i);
    let from = clientY;
    const follow = ({ clientY: y }) => {
      const middle = (one) => one.getBoundingClientRect().top + one.offsetHeight / 2;
      const pass = (one, put) => {
        const top = node.offsetTop;
        put.call(node, one); // the other one is moved: this one has the pointer
        from += node.offsetTop - top;
      };
      while (node.previousElementSibling && y < middle(node.previousElementSibling)) {
        pass(node.previousElementSibling, node.after);
      }
      while (node.nextElementSibling && y > middle(node.nextElementSibling)) pass(node.nextElementSibling, node.before);
      node.style.translate = `0 ${y - from}px`;
    };
    const drop = () => {
      grip.removeEventListener("pointermove", follow);
      node.classList.remove("imgloop-dragged");
      node.style.translate = "";
      const by = [...this.list.children].indexOf(node) - before;
      if (by) this.move(i, by);
    };
    grip.setPointerCapture(pointerId);
    node.classList.add("imgloop-dragged");
    grip.addEventListener("pointermove", follow);
    grip.addEventListener("lostpointercapture", drop, { once: true });
  }
}

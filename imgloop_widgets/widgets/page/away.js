// Another window has the session: what this one says, and does nothing more.

import { h, pushButton } from "./dom.js";
import { LOOP_TEXT } from "./loop_text.js";
import { Page } from "./page.js";

/** The parts that say so; level: of the heading. The page around this one is told that it needs its kernel no more. */
export function awayNode(level = "h2") {
  dispatchEvent(new Event("imgloop-away"));
  const heading = h(level, { tabindex: "-1" }, LOOP_TEXT.away);
  const back = pushButton(LOOP_TEXT.awayBack, () => location.reload());
  const node = h("section", { class: "imgloop-thanks", role: "alert" }, heading, h("p", {}, LOOP_TEXT.awayText), back);
  return { node, heading };
}

/** In place of a step; the loop's page says it itself, since its pictures come back with it. */
export class AwayPage extends Page {
  constructor(model, el) {
    super(model, el, LOOP_TEXT.loading);
    this.start();
  }

  get finished() {
    return true;
  }

  show() {
    if (this.heading) return;
    const { node, heading } = awayNode("h1");
    this.heading = heading;
    this.body.replaceChildren(h("div", { class: "imgloop-alone" }, node));
    heading.focus({ preventScroll: true });
  }

  reflect() {}

  begin() {
    this.heading.focus({ preventScroll: true });
  }
}

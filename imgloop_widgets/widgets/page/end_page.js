/** The last page of a session whose loop never began: what happened, and the code. */

import { h } from "./dom.js";
import { endingNode } from "./ending.js";
import { LOOP_TEXT } from "./loop_text.js";
import { Page } from "./page.js";

export class EndPage extends Page {
  constructor(model, el) {
    super(model, el, LOOP_TEXT.loading);
    this.start();
  }

  get finished() {
    return true;
  }

  show() {
    this.view = this.model.get("view");
    if (!this.view?.finished || this.heading) return;
    this.drafts.forget(this.view);
    this.root.dataset.phase = "finished";
    this.heading = h("h1", { tabindex: "-1" }, this.view.finished.title);
    this.body.replaceChildren(h("div", { class: "imgloop-alone" }, endingNode(this.heading, this.view.finished)));
  }

  reflect() {}

  begin() {
    this.heading.focus({ preventScroll: true });
    this.root.scrollIntoView({ block: "start" });
  }
}

/**
 * The pages of a session, one at a time: the steps before and after the loop, the practice, the loop, the end.
 *
 * Which one it is says the kernel's `view.page`; with another name the old page goes and a new one takes its place, in
 * this very window. Each page draws the rest itself.
 */

import { AwayPage } from "./away.js";
import { EndPage } from "./end_page.js";
import { LoopPage } from "./loop_page.js";
import { StepPage } from "./step_page.js";

const TRAITS = ["change:form", "change:view"]; // whichever comes first: both are new by then

export class SessionPages {
  constructor(model, el) {
    Object.assign(this, { model, el, key: null, turn: () => this.show() });
    for (const name of TRAITS) model.on(name, this.turn); // before any page's own: what goes must not draw once more
    this.show();
  }

  show() {
    const { page: named = "loop", step, away } = this.model.get("view") ?? {};
    const page = step && away ? "away" : named;
    if (this.page && page === this.key) return;
    const mayMove = !!this.page?.mayMove(this.page.root);
    this.page?.dispose();
    const Kind = page === "away" ? AwayPage : step ? StepPage : page === "end" ? EndPage : LoopPage;
    this.page = new Kind(this.model, this.el);
    this.key = page;
    if (mayMove) this.page.begin();
  }

  dispose() {
    for (const name of TRAITS) this.model.off(name, this.turn);
    this.page.dispose();
  }
}

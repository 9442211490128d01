// What was typed for the state `seq` and not sent: kept in this browser, and sent to the kernel a little later.
// One entry for each session, with the seq in it, so nothing piles up. What is secret must not be given to it.

import { newId } from "./dom.js";

const DRAFT_MS = 400;

export class Drafts {
  constructor(send) {
    this.send = send;
  }

  key = (session) => `imgloop:draft:${session}`;

  /** What only this browser knows, always the same for a session; null: nothing can be stored here. */
  ticket({ session }) {
    const key = `imgloop:ticket:${session}`;
    try {
      if (!localStorage.getItem(key)) localStorage.setItem(key, newId());
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  }

  read({ session, seq, draft }) {
    try {
      const local = JSON.parse(localStorage.getItem(this.key(session)));
      return { ...draft, ...(local?.seq === seq ? local.values : {}) };
    } catch {
      return { ...draft }; // no storage in this browser, or somebody else's text in it
    }
  }

  keep({ session, seq }, values) {
    try {
      localStorage.setItem(this.key(session), JSON.stringify({ seq, values }));
    } catch {
      this.drop(session); // full: an older text must not stand in for the kernel's newer copy
    }
    this.latest = { kind: "draft", seq, values };
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), DRAFT_MS);
  }

  /** Wait with what was typed: a command carries it. */
  hold() {
    clearTimeout(this.timer);
  }

  /** Send what was typed now: the page may be gone in a moment, or the command that carried it was refused. */
  flush() {
    clearTimeout(this.timer);
    if (this.latest) this.send(this.latest);
    this.latest = null;
  }

  forget({ session }) {
    this.hold();
    this.latest = null;
    this.drop(session);
  }

  drop(session) {
    try {
      localStorage.removeItem(this.key(session));
    } catch {
      // forbidden: there is nothing in it either
    }
  }
}

/** Read, write or (null) forget a value of this tab. */
export function remember(name, value) {
  try {
    if (value === undefined) return sessionStorage.getItem(`imgloop:${name}`);
    if (value === null) sessionStorage.removeItem(`imgloop:${name}`);
    else sessionStorage.setItem(`imgloop:${name}`, value);
  } catch {
    // no storage: nothing to remember
  }
  return null;
}

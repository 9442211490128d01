// One command at a time: off from the click until it is refused, or accepted and the new view is here.

import { newId } from "./dom.js";
import { TEXT } from "./text.js";

const CHECK_TICKS = 3; // without a result: ask whether anybody is there
const GIVE_UP_TICKS = 15; // without a result though the kernel answers pings: let the worker press again
const RESEND_TICKS = 2; // after a reconnection, for the fresh view to arrive first

export class Outbox {
  constructor({ send, link, changed, refused }) {
    Object.assign(this, { send, link, changed, refused, pending: null });
  }

  /** The name of the command under way; null: none. */
  get busy() {
    return this.pending?.message.name ?? null;
  }

  put(name, seq, payload) {
    const message = { kind: "command", id: newId(), name, seq, ...payload };
    this.pending = { message, age: 0, resend: 0, accepted: false };
    this.send(message);
  }

  result({ id, ok, message, problems }) {
    if (id !== this.pending?.message.id) return;
    if (ok) this.pending.accepted = true; // stays off until the new view is here
    else this.giveUp(message, problems ?? {});
  }

  /** A view of another state has come: whatever was under way is done, or stale. */
  moved() {
    this.pending = null;
  }

  /** The kernel answers again: the same command, same id and seq, is sent again if it does not turn out to be done. */
  reconnected() {
    if (this.pending) Object.assign(this.pending, { age: 0, resend: RESEND_TICKS });
  }

  tick() {
    const pending = this.pending;
    if (!pending || this.link.lost) return;
    pending.age += 1;
    if (pending.resend && --pending.resend === 0 && !pending.accepted) this.send(pending.message);
    if (pending.age === CHECK_TICKS) this.link.ping();
    if (pending.age >= GIVE_UP_TICKS) this.giveUp(TEXT.noReply, {});
  }

  giveUp(message, problems) {
    this.pending = null;
    this.changed();
    this.refused(message, problems);
  }
}

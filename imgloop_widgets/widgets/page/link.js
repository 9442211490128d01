// Whether the kernel answers, and the way to a page beside this one. Times are counted in ticks of a second.

import { h } from "./dom.js";
import { remember } from "./drafts.js";

export const TICK_MS = 1000;
const PING_TICKS = 2;
const LOST_TICKS = 5; // of silence
const RELOAD_TICKS = 3; // the server answers, the kernel still does not

export class Link {
  /** changed(lost) is called at each change; reloading() before the page loads itself again. */
  constructor({ send, changed, reloading }) {
    Object.assign(this, { send, changed, reloading });
    Object.assign(this, { ticks: 0, pings: 0, silence: 0, healthy: 0, waiting: false, lost: false });
  }

  ping() {
    this.waiting = true;
    this.send({ kind: "ping", n: ++this.pings });
  }

  pong() {
    [this.waiting, this.silence, this.healthy] = [false, 0, 0];
    remember("reloads", null);
    if (!this.lost) return;
    this.lost = false;
    this.changed(false);
  }

  tick() {
    if (this.waiting && !document.hidden) this.silence += 1;
    if (++this.ticks % PING_TICKS === 0) this.ping();
    if (this.silence >= LOST_TICKS) this.lose();
    if (this.lost) void this.probe();
  }

  lose() {
    if (this.lost) return;
    this.lost = true;
    this.changed(true);
  }

  /** Under Voilà: once the server is there and the kernel is not, a reload brings a new kernel and the same page. */
  async probe() {
    const url = document.documentElement.dataset.imgloopHealth;
    if (!url || this.probing) return;
    this.probing = true;
    try {
      const answer = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(3 * TICK_MS) });
      this.healthy = answer.ok ? this.healthy + 1 : 0;
    } catch {
      this.healthy = 0;
    }
    this.probing = false;
    const reloads = Number(remember("reloads") ?? 0); // each reload that did not help makes the next one wait longer
    if (!this.lost || this.healthy <= RELOAD_TICKS * 2 ** Math.min(reloads, 4)) return;
    remember("reloads", reloads + 1);
    this.reloading();
    location.reload();
  }
}

/** A link from a researcher's page to another one: the same signed link, at another path. In JupyterLab there is none. */
export function linkToDesk(path, text) {
  if (!document.documentElement.dataset.imgloopHealth) return null;
  const url = new URL(location.href);
  url.pathname = url.pathname.replace(/[^/]*$/, path);
  return h("a", { href: url.href }, text);
}

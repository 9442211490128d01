// The page around the study: waits with the worker, draws what the notebook displayed, and frees the kernel at the end.
// It runs while the page is still coming: the server sends the waiting at once, the study when its kernel is there.

import { Host, WIDGET_VIEW } from "./host.js";

const PATIENCE_MS = 20_000;
const MOST_RELOADS = 3;
const RELOADS_WITHIN_MS = 60_000;

const ENDS = '[data-phase="finished"], [data-phase="submitted"]'; // nothing more is asked of the worker

const TEXT = {
  slow: "This takes longer than usual. You can wait, or try again.",
  failed: "This task can’t be shown at the moment. Please try again.",
  retry: "Try again",
};

const config = JSON.parse(document.getElementById("shell-config").textContent);
const main = document.getElementById("shell-main");
const splash = document.getElementById("shell-splash");
const shutdown = new URL(`${config.base}voila/api/shutdown/${config.kernel}`, location.href);
let host = null;
const patience = setTimeout(() => say(TEXT.slow), PATIENCE_MS);

addEventListener("pagehide", free);
addEventListener("imgloop-away", free); // another window has the session
addEventListener("pageshow", (event) => event.persisted && location.reload());
if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
else start();

async function start() {
  if (document.querySelector("[data-shell-failed]")) return settle();
  const displays = [...document.querySelectorAll(".shell-display")];
  if (!displays.length) return say(TEXT.failed); // the server stopped in the middle of the page
  host = new Host({ ...config, gone: reopen });
  try {
    await host.load();
    await Promise.all(displays.map(draw));
    splash.remove();
  } catch (error) {
    console.error(error);
    say(TEXT.failed);
  }
  settle();
}

function free() {
  host?.close();
  navigator.sendBeacon(shutdown);
}

async function draw(element) {
  const { data } = JSON.parse(element.firstElementChild.textContent);
  element.replaceChildren();
  if (data[WIDGET_VIEW]) await host.draw(data[WIDGET_VIEW].model_id, element);
  else if (data["text/html"]) element.innerHTML = data["text/html"];
  else element.textContent = data["text/plain"] ?? "";
  element.hidden = false;
}

function settle() {
  clearTimeout(patience);
  main.removeAttribute("aria-busy");
}

/** Say something in place of the waiting, with a way to try again. */
function say(text) {
  const button = Object.assign(document.createElement("button"), { className: "shell-retry", textContent: TEXT.retry });
  button.addEventListener("click", () => location.reload());
  splash.querySelector("p").textContent = text;
  splash.querySelector(".shell-retry")?.remove();
  splash.append(button);
  if (text === TEXT.failed) splash.querySelector(".shell-spinner")?.remove();
  if (!splash.isConnected) main.replaceChildren(splash);
}

/** The kernel has ended and the server is there: a new page goes on from what was saved. Not for ever, not at the end. */
function reopen() {
  if (document.querySelector(ENDS)) return;
  const now = Date.now();
  const times = [...recent(now), now];
  try {
    sessionStorage.setItem("imgloop:reopened", JSON.stringify(times));
  } catch {
    // no storage: nothing to count with
  }
  if (times.length > MOST_RELOADS) say(TEXT.failed);
  else location.reload();
}

function recent(now) {
  try {
    return JSON.parse(sessionStorage.getItem("imgloop:reopened") ?? "[]").filter((time) => now - time < RELOADS_WITHIN_MS);
  } catch {
    return [];
  }
}

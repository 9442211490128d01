// The waiting page: asks for its place, says it where it changes, and loads the task once there is room.

const LEAST_MS = 2000;
const MOST_MS = 15_000;
const FOR_EACH_MS = 50; // who is far behind asks less often
const LIMIT_MS = 10_000;

const shown = document.getElementById("shell-place");
let place = Number(document.documentElement.dataset.imgloopWaiting) || 0;

function wait() {
  setTimeout(ask, Math.min(MOST_MS, LEAST_MS + FOR_EACH_MS * place));
}

async function ask() {
  try {
    const answer = await fetch(location.href, {
      cache: "no-store",
      headers: { "X-Imgloop-Waiting": "1" },
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    const told = await answer.json();
    if (told.place === 0) return location.reload();
    place = told.place ?? 0;
    if (shown.textContent !== told.text) shown.textContent = told.text;
  } catch {
    // the server is away for a moment
  }
  wait();
}

wait();

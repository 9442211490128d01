// What the researcher's page says.

const plural = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

export const MONITOR_TEXT = {
  lost: "The connection to the study is lost; the numbers are those of the last look. Trying again…",
  reloading: "The server is there again; loading the page…",
  back: "Connected again.",
  lostReason: "There is no connection at the moment.",
  goesOn: "The study goes on.",
  toReview: "To the review",
  paused: ({ by, why }, when) => (by
    ? `Paused by ${by} since ${when}${why ? `: ${why}` : "."} Nobody begins or gets an image; everybody’s time stands still.`
    : `The study has paused by itself since ${when}: ${why} Mend the cause before it goes on.`),
  ofSimulated: "These are units of simulated workers: no person has come yet.",
  pause: "Pause the study",
  resume: "Resume the study",
  counts: {
    done: "done", running: "running", returned: "returned", failed: "failed", extra: "extra", gold: "gold", left: "left to give",
  },
  done: (done, due) => `${done} of ${due}`,
  images: "images", spent: "spent",
  failures: (n) => (n ? `${plural(n, "failure")}` : "no failure"),
  cap: (max) => (max == null ? "no cap" : `of ${dollars(max)}`),
  active: (n) => `${n} active`,
  queue: (made, waiting) => (made || waiting ? `${made} being made, ${waiting} waiting` : ""),
  overdue: (n) => `${plural(n, "session is", "sessions are")} over time and will be submitted.`,
  astray: (n) => `${plural(n, "open session is", "open sessions are")} of arms that the study file has no more: name them so again, or close them.`,
  arms: "Units by arm",
  columns: { arm: "Arm", due: "Due", done: "Done", running: "Running", returned: "Returned", failed: "Failed", extra: "Extra", gold: "Gold", images: "Images" },
  all: "all",
  goingOn: "Going on",
  over: "Over lately",
  nobody: "Nobody is at it.",
  noneOver: "Nothing is finished yet.",
  more: (n) => `And ${n} more: find one by its code.`,
  unit: (n) => `unit ${n}`,
  heard: (text) => `heard of ${text}`,
  ended: (text) => `ended ${text}`,
  left: (text) => `${text} left`,
  noLimit: "no limit of time",
  timeOver: "time is over",
  find: "Find a unit by its code",
  findButton: "Find",
  incidents: "Latest incidents",
  noIncident: "Nothing went wrong.",
  actions: "What was done here",
  noAction: "Nothing was done yet.",
  names: { extend: "More time", close: "Close", return: "Return", pause: "Pause", resume: "Resume" },
  did: { extend: "gave more time", close: "closed", return: "returned", pause: "paused the study", resume: "resumed the study" },
  ask: {
    pause: ["Pause the study?", "Nobody begins and nobody gets a new image. Whoever is at it is told so, their time stands still, and nothing is lost."],
    resume: ["Resume the study?", "Everybody goes on, with as much time as they had."],
    extend: ["Give more time?", "The clock on the worker’s page moves."],
    close: ["Close this unit?", "It ends now, and its worker reads their code. What was done so far is kept and counts. This can’t be undone."],
    return: ["Return this unit?", "It is due again and will be given to somebody else. If it goes on it ends now, and its worker reads their code. All stays on record. This can’t be undone."],
  },
  minutes: "Minutes more",
  why: "Why (kept on record)",
  cancel: "Cancel",
  loading: "Looking at the study…",
};

export function dollars(amount) {
  return amount >= 0.01 || !amount ? `$${amount.toFixed(2)}` : `$${amount.toPrecision(2)}`;
}

/** How long ago something was. seconds: since 1970; now: the kernel's clock. */
export function ago(seconds, now) {
  const past = Math.max(0, Math.round(now - seconds));
  for (const [size, unit] of [[86400, "day"], [3600, "hour"], [60, "minute"]]) {
    if (past >= size) return `${plural(Math.floor(past / size), unit)} ago`;
  }
  return past < 10 ? "just now" : `${past} seconds ago`;
}

export function clockTime(seconds) {
  return new Date(1000 * seconds).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

export function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min` : `${s} s`;
}

/**
 * The worker's page: draws the kernel's `form`, `view` and `progress`, and sends messages. No rule of the loop is here.
 *
 *     Page ── Questions  the form's sections, once; sent answers are shown in place of their fields
 *       ├──── Step       once for each phase and attempt: score, prompt, button │ progress, cancel │ thanks
 *       ├──── Status     which attempt, how much time is left
 *       ├──── Gallery    target and latest image side by side, cards of the attempts, enlargements
 *       ├──── Outbox     one command at a time, until the kernel has answered and the new view is here
 *       ├──── Link       does the kernel answer? (ping, pong, health of the server, reload)
 *       ├──── Images     image id → blob URL, asked for until it is there
 *       └──── Drafts     what was typed and not yet sent: in this browser at once, in the kernel a little later
 *
 * Laws: an input the worker is typing in is never rebuilt by a view of the same step. One command at a time, each with
 * the `seq` it acts on. The author's HTML goes in as HTML; what a worker wrote only ever as text.
 */

const TEXT = {
  loading: "Loading the task…",
  instruction: "Instructions",
  required: "Fields marked * are required.",
  requiredChoice: "(required)",
  sent: "Sent",
  noAnswer: "no answer",
  images: "The target and your image",
  target: "Target",
  imageSlot: "Your image will appear here",
  making: "Making your image…",
  enlarge: "Enlarge",
  close: "Close",
  attempt: (n) => `Attempt ${n}`,
  attemptOf: (n, max) => (max ? `Attempt ${n} of ${max}` : `Attempt ${n}`),
  write: (n) => (n > 1 ? `Attempt ${n}: write the next prompt` : "Attempt 1: write a prompt"),
  wait: (n) => `Attempt ${n}: making your image`,
  judge: (n) => `Attempt ${n}: how close is it?`,
  attempts: "Your attempts",
  best: "Best so far",
  bestOfAll: "Best",
  scored: (score, max) => `Score ${score} of ${max}`,
  unscored: "Not scored",
  yourPrompt: "Your prompt",
  counter: (n, { min, max }) => {
    if (min && max) return `${n} / ${min}–${max} characters`;
    if (min) return `${n} / at least ${min} characters`;
    return max ? `${n} / at most ${max} characters` : `${n} characters`;
  },
  tooShort: (missing) => `${missing} more needed`,
  tooLong: (over) => `${over} too many`,
  low: (n) => `${n} – not alike`,
  high: (n) => `${n} – perfect`,
  start: "Start",
  update: "Update",
  finish: "Finish",
  whyPerfect: (n) => `${n} means a perfect match: no new prompt is needed, and the task is finished.`,
  whyLast: "This was your last attempt: with its score the task is finished.",
  sending: "Sending…",
  generating: (s) => `Generating… ${s} s`,
  generatingNow: "Your image is being made.",
  stillGenerating: (s) => `Still generating, ${s} seconds so far.`,
  share: "Progress of your image",
  cancel: "Cancel",
  cancelling: "Cancelling…",
  newImage: (n) => `The image of attempt ${n} is here. Please score it.`,
  problems: (n) => (n === 1 ? "Please look at one answer:" : `Please look at ${n} answers:`),
  noReply: "There was no reply. Nothing is lost; please press the button again.",
  left: (clock) => `${clock} left`,
  timeUp: "Time is over. Your work so far is being submitted…",
  timeLeft: (s) => (s >= 60 ? `${Math.round(s / 60)} ${s < 90 ? "minute" : "minutes"} left.` : `${s} seconds left.`),
  lost: "Connection lost. What you have typed is kept. Trying to reconnect…",
  kernelSilent: "The notebook's kernel does not answer; run the cell again.",
  reloading: "The server is back. Loading the page again…",
  back: "Connected again.",
  lostReason: "Not possible without a connection; it comes back by itself.",
  exitTitle: "Finish now?",
  exitWarning: "Incomplete work is worth less. What you did so far is submitted as it is; you can't come back to it.",
  exitStay: "Keep working",
  code: "Your completion code",
  copy: "Copy",
  copied: "Copied",
};

const TICK_MS = 1000;
const PING_TICKS = 2;
const LOST_TICKS = 5; // of silence
const RELOAD_TICKS = 3; // the server answers, the kernel still does not
const CHECK_TICKS = 3; // without a result: ask whether anybody is there
const GIVE_UP_TICKS = 15; // without a result though the kernel answers pings: let the worker press again
const RESEND_TICKS = 2; // after a reconnection, for the fresh view to arrive first
const IMAGE_TICKS = 3; // an image is asked for again
const DRAFT_MS = 400;
const LONGEST_TEXT = 20000; // characters; more would not fit into a message, and no form asks for it
const CLOCK_CALLS = [10, 60, 300]; // seconds left that are announced
const SOON_S = 120; // from here on the time is shown with emphasis
const STILL_S = 15; // how often a long generation is announced
const WIDE_REM = 52; // from here on images and form stand side by side
const FOCUSABLE = new Set(["a", "button", "input", "select", "summary", "textarea"]); // JupyterLab leaves their keys alone
const INPUT_TYPES = { number: "number", email: "email", password: "password", date: "date" };

/** Make an element. `html` is an author's HTML; on… is a listener; null and false are left out. */
function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  if (FOCUSABLE.has(tag) || "tabindex" in props) node.setAttribute("data-lm-suppress-shortcuts", "");
  for (const [name, value] of Object.entries(props)) {
    if (value == null || value === false) continue;
    if (name === "html") node.innerHTML = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child != null && child !== false && child !== ""));
  return node;
}

const pushButton = (text, onclick, name) =>
  h("button", { type: "button", class: classes("imgloop-button", name), onclick }, text);
const classes = (...names) => names.filter(Boolean).join(" ");
const author = (html, name) => (html ? h("div", { class: classes("imgloop-author", name), html }) : null);
const setText = (node, text) => node.textContent === text || (node.textContent = text);
const characters = (text) => [...text.trim()].length; // as Python counts
const isOff = (button) => button.getAttribute("aria-disabled") === "true";
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** A random UUID; `crypto.randomUUID` is missing where a page is served without TLS. */
function newId() {
  const random = (c) => (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16);
  return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, random);
}

/** Switch a button off without taking the focus from it (`disabled` would). */
function switchOff(button, off, reasonId = null) {
  button.setAttribute("aria-disabled", String(!!off));
  if (reasonId) button.setAttribute("aria-describedby", reasonId);
  else button.removeAttribute("aria-describedby");
}

function clock(seconds) {
  const s = Math.max(0, Math.ceil(seconds));
  const [hours, minutes, rest] = [Math.floor(s / 3600), Math.floor(s / 60) % 60, String(s % 60).padStart(2, "0")];
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

// ---------------------------------------------------------------- fields

/** The controls: each returns {node, target (takes focus and aria), read(), write(value)}. */
const CONTROLS = {
  default(spec, at) {
    const digits = spec.validators?.regexp && /^\^?(\[0-9\]|\\d)[+*]\$?$/.test([spec.validators.regexp].flat()[0]);
    const node = h("input", {
      ...at,
      type: INPUT_TYPES[spec.type] ?? "text",
      class: classes("imgloop-input", spec.classes_input_element),
      placeholder: spec.placeholder || null,
      inputmode: digits ? "numeric" : null,
      autocomplete: spec.type === "email" ? "email" : "off",
    });
    return { node, target: node, read: () => node.value, write: (value) => (node.value = value ?? "") };
  },

  textarea(spec, at) {
    const node = h("textarea", {
      ...at,
      rows: 4,
      maxlength: LONGEST_TEXT,
      class: classes("imgloop-input", spec.classes_input_element),
      placeholder: spec.placeholder || null,
      autocomplete: "off",
      dir: "auto",
    });
    return { node, target: node, read: () => node.value, write: (value) => (node.value = value ?? "") };
  },

  select(spec, at) {
    const options = (spec.options ?? []).map(({ label }, i) => h("option", { value: i }, String(label)));
    const props = { ...at, multiple: !!spec.multiple, class: classes("imgloop-input", spec.classes_input_element) };
    const node = h("select", props, ...options);
    const chosen = () => [...node.selectedOptions].map((option) => spec.options[option.value].value);
    const write = (value) => {
      const wanted = [value ?? []].flat().map(String);
      options.forEach((option, i) => (option.selected = wanted.includes(String(spec.options[i].value))));
      if (!spec.multiple && node.selectedIndex < 0) node.selectedIndex = 0;
    };
    return { node, target: node, read: () => (spec.multiple ? chosen() : (chosen()[0] ?? "")), write };
  },

  radio(spec, at) {
    const { node, boxes, options } = choices(spec, at, "radio", "radiogroup");
    const read = () => options[boxes.findIndex((box) => box.checked)]?.value ?? "";
    const chosen = (i, value) => String(options[i].value) === String(value ?? "");
    const write = (value) => boxes.forEach((box, i) => (box.checked = chosen(i, value)));
    return { node, target: node, first: boxes[0], read, write };
  },

  checkbox(spec, at) {
    const { node, boxes, options } = choices(spec, at, "checkbox", "group");
    const read = () => Object.fromEntries(options.map(({ value }, i) => [value, boxes[i].checked]));
    const write = (value) => boxes.forEach((box, i) => (box.checked = !!value?.[options[i].value]));
    return { node, target: node, first: boxes[0], read, write };
  },

  /** The score: one row of radio buttons with what its ends mean. spec.scale: {min, max, perfect}. */
  score(spec, at) {
    const many = spec.options.length > 11;
    const control = CONTROLS.radio(spec, { ...at, class: classes("imgloop-scale", many && "imgloop-many") });
    const { min, max, perfect } = spec.scale;
    const ends = h("p", { class: "imgloop-ends", id: `${at.id}-ends` });
    ends.append(h("span", {}, TEXT.low(min)), h("span", {}, perfect === max ? TEXT.high(max) : String(max)));
    const wrap = h("div", { class: "imgloop-scale-box" }, control.node, ends);
    const read = () => (control.read() === "" ? null : Number(control.read()));
    return { ...control, node: wrap, hint: ends.id, read };
  },

  hidden(spec, at) {
    const node = h("input", { ...at, type: "hidden" });
    let kept = spec.value ?? "";
    return { node, target: node, read: () => kept, write: (value) => (kept = value ?? "") };
  },
};

function choices(spec, { id, name, ...rest }, type, role) {
  const options = (spec.options ?? []).filter(({ value }) => value !== "");
  const boxes = options.map((option, i) =>
    h("input", { type, id: `${id}-${i}`, name, value: option.value, class: classes(spec.classes_input_element) }),
  );
  const labels = options.map((option, i) =>
    h("label", { class: "imgloop-choice", for: boxes[i].id }, boxes[i], h("span", {}, String(option.label))),
  );
  options.forEach((option, i) => (boxes[i].checked = !!option.checked));
  const props = { ...rest, id, role, class: classes("imgloop-choices", rest.class), "aria-labelledby": `${id}-label` };
  return { node: h("div", props, ...labels), boxes, options };
}

/** The field of a score, drawn as a scale. Its choices: the form's own where it has them, else every whole number. */
function scoreSpec(spec, scale) {
  const { min, max } = scale;
  const own = (spec.options ?? []).filter(({ value }) => value !== "" && value >= min && value <= max);
  const all = Array.from({ length: max - min + 1 }, (_, i) => ({ label: min + i, value: min + i }));
  return { ...spec, type: "score", value: "", scale, options: own.length ? own : all };
}

/** A fieldset of the form with its rows; draw(spec) returns the node of a field, or nothing to leave it out. */
function fieldsetNode(fieldset, { prefix, suffix = "" }, draw) {
  const id = (own) => (own ? prefix + own + suffix : null);
  const rows = fieldset.rows.map((row) => {
    const nodes = row.fields.map(draw).filter(Boolean);
    if (!nodes.length) return null;
    const help = author(row.help, "imgloop-help imgloop-row-help");
    return h("div", { id: id(row.id), class: classes("imgloop-row", row.classes) }, ...nodes, help);
  });
  const props = { id: id(fieldset.id), class: classes("imgloop-fieldset", fieldset.classes) };
  const legend = fieldset.title ? h("legend", { html: fieldset.title }) : null;
  const help = author(fieldset.help, "imgloop-help");
  return h(legend ? "fieldset" : "div", props, legend, author(fieldset.instruction), ...rows, help);
}

/**
 * One field: its node, its value and its problem.
 * key: its name in messages. ids: {prefix (of this page), suffix (of an instance of a template)}. limits: {min, max} of
 * its characters, shown by a counter.
 */
function makeField(spec, { key, prefix = "", suffix = "", limits = null }) {
  const id = `${prefix}${spec.id || `imgloop_${spec.name}`}${suffix}`;
  const required = !!spec.validators?.required;
  const control = (CONTROLS[spec.type] ?? CONTROLS.default)(spec, { id, name: `${spec.name}${suffix}` });
  const { target } = control;
  const group = control.first !== undefined;
  const label = h(group ? "span" : "label", { class: "imgloop-label", id: `${id}-label`, for: group ? null : id });
  label.append(spec.label ?? spec.name);
  if (required) label.append(h("span", { class: "imgloop-star", "aria-hidden": "true" }, "*"));
  const help = spec.help ? h("div", { class: "imgloop-help imgloop-author", id: `${id}-help`, html: spec.help }) : null;
  const counter = limits ? h("p", { class: "imgloop-counter", id: `${id}-counter` }) : null;
  const problem = h("p", { class: "imgloop-problem", id: `${id}-problem`, hidden: true });
  const node =
    spec.type === "hidden"
      ? control.node
      : h("div", { class: classes("imgloop-field", spec.classes) }, label, help, control.node, counter, problem);

  if (required && spec.type === "checkbox") label.append(h("span", { class: "imgloop-hidden" }, TEXT.requiredChoice));
  else if (required) target.setAttribute("aria-required", "true"); // not allowed for a group
  if (spec.tooltip) target.setAttribute("title", spec.tooltip);
  let failure = ""; // id of what says why the last one did not work out
  const describe = (also = failure) => {
    failure = also;
    const ids = [help?.id, control.hint, counter?.id, problem.hidden ? "" : problem.id, failure].filter(Boolean);
    if (ids.length) target.setAttribute("aria-describedby", ids.join(" "));
    else target.removeAttribute("aria-describedby");
  };
  const count = () => {
    const n = characters(String(control.read() ?? ""));
    const [short, long] = [limits.min ? limits.min - n : 0, limits.max ? n - limits.max : 0];
    const more = n && short > 0 ? TEXT.tooShort(short) : long > 0 ? TEXT.tooLong(long) : "";
    setText(counter, TEXT.counter(n, limits) + (more && ` · ${more}`));
    counter.classList.toggle("imgloop-off-limits", long > 0);
  };
  const field = {
    key,
    spec,
    id,
    node,
    label: spec.label ?? spec.name,
    read: control.read,
    write: (value) => (control.write(value), counter && count()),
    /** Go to it: to what is chosen, or to the first choice. */
    focus: () => (group ? (node.querySelector("input:checked") ?? control.first) : target).focus(),
    describe,
    /** Show what is wrong; null: nothing is. */
    complain(message) {
      if (!message && problem.hidden) return;
      problem.hidden = !message;
      setText(problem, message ?? "");
      if (message) target.setAttribute("aria-invalid", "true");
      else target.removeAttribute("aria-invalid");
      node.classList.toggle("imgloop-bad", !!message);
      describe();
      const fold = message && node.closest("details");
      if (fold) fold.open = true;
    },
  };
  node.addEventListener("input", () => (field.complain(null), counter && count()));
  field.write(spec.value ?? (spec.type === "checkbox" || spec.type === "radio" ? preset(spec) : ""));
  describe();
  return field;
}

function preset(spec) {
  const on = (spec.options ?? []).filter(({ checked }) => checked).map(({ value }) => value);
  return spec.type === "radio" ? on[0] : Object.fromEntries(on.map((value) => [value, true]));
}

/** Whether an arrow key would wrap from one end of a scale to the other, from the worst score to the best. */
function atEnd({ key, target }) {
  const boxes = [...target.form.elements].filter((one) => one.type === "radio" && one.name === target.name);
  const end = { ArrowLeft: 0, ArrowUp: 0, ArrowRight: -1, ArrowDown: -1 }[key];
  return end !== undefined && target === boxes.at(end);
}

/** An answer as a worker reads it: the labels of what was chosen. */
function readable(spec, value) {
  const chosen = spec.type === "checkbox" ? Object.keys(value ?? {}).filter((key) => value[key]) : [value ?? ""].flat();
  const label = (one) => spec.options?.find((option) => String(option.value) === String(one))?.label ?? one;
  return chosen.filter((one) => one !== "").map((one) => String(label(one))).join(", ") || TEXT.noAnswer;
}

// ---------------------------------------------------------------- services

/** Image id → blob URL, for one page. Each id is asked for once, and again while nothing comes. */
class Images {
  constructor(ask) {
    this.ask = ask;
    this.urls = new Map();
    this.waiting = new Map(); // id → {age in ticks, nodes}
  }

  /** A picture that fills itself. image: {image: id, alt, width, height}. */
  picture({ image, alt, width, height }) {
    const img = h("img", { alt, width, height, class: "imgloop-waiting", decoding: "async" });
    img.style.aspectRatio = `${width} / ${height}`;
    if (this.urls.has(image)) this.fill(img, image);
    else if (this.waiting.has(image)) this.waiting.get(image).nodes.push(img);
    else {
      this.waiting.set(image, { age: 0, nodes: [img] });
      this.ask(image);
    }
    return img;
  }

  receive(id, data) {
    if (!data || this.urls.has(id)) return; // another view of this model has asked too
    this.urls.set(id, URL.createObjectURL(new Blob([data], { type: "image/webp" })));
    this.waiting.get(id)?.nodes.forEach((img) => this.fill(img, id));
    this.waiting.delete(id);
  }

  fill(img, id) {
    img.src = this.urls.get(id);
    const shown = () => img.classList.replace("imgloop-waiting", "imgloop-here");
    img.decode().then(shown, shown);
  }

  tick() {
    for (const [id, entry] of this.waiting) if (++entry.age % IMAGE_TICKS === 0) this.ask(id);
  }

  dispose() {
    this.urls.forEach((url) => URL.revokeObjectURL(url));
  }
}

/** What was typed for the state `seq` and not sent: kept in this browser, and sent to the kernel a little later. */
class Drafts {
  constructor(send) {
    this.send = send;
  }

  key = (session) => `imgloop:draft:${session}`; // one for each session; the seq stands in it, so nothing piles up

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

/** Whether the kernel answers. changed(lost) is called at each change; all times are counted in ticks of a second. */
class Link {
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

/** Read, write or (null) forget a value of this tab. */
function remember(name, value) {
  try {
    if (value === undefined) return sessionStorage.getItem(`imgloop:${name}`);
    if (value === null) sessionStorage.removeItem(`imgloop:${name}`);
    else sessionStorage.setItem(`imgloop:${name}`, value);
  } catch {
    // no storage: nothing to remember
  }
  return null;
}

/** A prefix for ids where several pages stand in one document (JupyterLab); the first one has none. */
function takePrefix() {
  const live = (globalThis[Symbol.for("imgloop.pages")] ??= new Set());
  let n = 0;
  while (live.has(n)) n += 1;
  live.add(n);
  return [n ? `view${n + 1}-` : "", () => live.delete(n)];
}

/** One command at a time: off from the click until it is refused, or accepted and the new view is here. */
class Outbox {
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

// ---------------------------------------------------------------- parts of the page

/** Which attempt it is, and how much time is left; the kernel's clock counts, the browser's only fills the gaps. */
class Status {
  constructor(announce) {
    this.announce = announce;
    this.dots = h("span", { class: "imgloop-dots", "aria-hidden": "true" });
    this.where = h("span", {});
    this.clock = h("span", { class: "imgloop-clock" });
    const where = h("span", { class: "imgloop-where" }, this.where, this.dots);
    this.node = h("p", { class: "imgloop-status" }, where, this.clock);
  }

  draw({ attempts, max_attempts: max, phase }) {
    const n = Math.max(1, attempts.length + (phase === "prompting" || phase === "generating" ? 1 : 0));
    setText(this.where, TEXT.attemptOf(n, max));
    const state = (i) => (i < n ? "imgloop-done" : i === n ? "imgloop-now" : null);
    const count = max && max <= 10 ? max : 0;
    this.dots.replaceChildren(...Array.from({ length: count }, (_, i) => h("span", { class: state(i + 1) })));
    this.node.hidden = phase === "finished";
  }

  /** remaining: seconds until the work is submitted by itself; null: no limit. */
  set(remaining) {
    this.deadline = remaining == null ? null : performance.now() + 1000 * remaining;
    this.tick();
  }

  tick() {
    this.clock.hidden = this.deadline == null;
    if (this.deadline == null) return;
    const left = Math.max(0, (this.deadline - performance.now()) / 1000);
    setText(this.clock, left > 0 ? TEXT.left(clock(left)) : TEXT.timeUp);
    this.clock.classList.toggle("imgloop-soon", left <= SOON_S);
    const call = CLOCK_CALLS.find((s) => this.before > s && left <= s);
    if (call) this.announce(TEXT.timeLeft(call));
    this.before = left;
  }
}

/** Target and latest image side by side, the earlier attempts as cards, and both enlarged. */
class Gallery {
  constructor({ images, status, dialog }) {
    Object.assign(this, { images, dialog, cards: new Map() });
    this.targetSlot = h("div", {});
    this.latestSlot = h("div", {});
    const pair = h("div", { class: "imgloop-pair" }, this.targetSlot, this.latestSlot);
    this.compare = h("section", { class: "imgloop-compare", "aria-label": TEXT.images }, status, pair);
    this.list = h("ul", { class: "imgloop-cards", role: "list" });
    this.attempts = h("section", { class: "imgloop-attempts", "aria-label": TEXT.attempts, hidden: true },
      h("h2", {}, TEXT.attempts), this.list);
  }

  draw(view) {
    this.view = view;
    const latest = view.attempts.at(-1);
    const making = view.phase === "generating";
    fill(this.targetSlot, view.target.image, () => this.figure(view.target, TEXT.target));
    fill(this.latestSlot, making ? "making" : (latest?.image.image ?? "none"), () =>
      making || !latest ? placeholder(view.target, making) : this.figure(latest.image, TEXT.attempt(latest.number)));
    this.latestSlot.hidden = view.phase === "finished";
    this.drawCards(view.phase === "scoring" ? view.attempts.slice(0, -1) : view.attempts);
  }

  drawCards(attempts) {
    for (const attempt of attempts) {
      if (!this.cards.has(attempt.number)) {
        const card = this.card(attempt);
        this.cards.set(attempt.number, card);
        this.list.prepend(card.node); // the newest first
      }
      this.cards.get(attempt.number).patch(attempt);
    }
    this.attempts.hidden = !attempts.length;
  }

  figure(image, caption) {
    const picture = this.button(image, () => this.zoom(this.view.attempts.at(-1)));
    return h("figure", { class: "imgloop-figure" }, picture, h("figcaption", {}, caption));
  }

  button(image, onclick) {
    const hint = h("span", { class: "imgloop-hidden" }, ` (${TEXT.enlarge})`);
    return h("button", { type: "button", class: "imgloop-picture", onclick }, this.images.picture(image), hint);
  }

  card(attempt) {
    const badge = h("span", { class: "imgloop-badge" });
    const score = h("p", { class: "imgloop-score" });
    const head = h("div", { class: "imgloop-card-head" }, h("h3", {}, TEXT.attempt(attempt.number)), badge);
    const words = h("p", { class: "imgloop-words", dir: "auto" }, attempt.prompt);
    const picture = this.button(attempt.image, () => this.zoom(attempt));
    const node = h("li", { class: "imgloop-attempt" }, picture, h("div", {}, head, score, words));
    const patch = ({ score: given, best }) => {
      setText(score, given == null ? TEXT.unscored : TEXT.scored(given, this.view.scale.max));
      setText(badge, best ? (this.view.phase === "finished" ? TEXT.bestOfAll : TEXT.best) : "");
      badge.hidden = !best;
      node.classList.toggle("imgloop-best", best);
    };
    return { node, patch };
  }

  /** Show the target and, if there is one, an attempt as large as the window allows. */
  zoom(attempt) {
    const shown = [[this.view.target, TEXT.target]];
    if (attempt) shown.push([attempt.image, TEXT.attempt(attempt.number)]);
    const figures = shown.map(([image, caption]) =>
      h("figure", {}, this.images.picture(image), h("figcaption", {}, caption)));
    const close = pushButton(TEXT.close, () => dialog.close(), "imgloop-plain");
    const title = h("h2", {}, shown.map(([, caption]) => caption).join(" – "));
    const head = h("div", { class: "imgloop-zoom-head" }, title, close);
    const dialog = this.dialog("imgloop-zoom", title, head, h("div", { class: "imgloop-zoom-pair" }, ...figures));
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  }
}

/** The sections of the form, with the fields outside the loop. step: the node that stands for the loop's fieldsets. */
class Questions {
  constructor({ form, parts }, { prefix, fields, step }) {
    Object.assign(this, { parts, prefix, fields, step, outside: [], closed: false });
    this.instruction = form.instruction ? disclosure(TEXT.instruction, { open: true }, author(form.instruction)) : null;
    const sections = form.sections.map((section, i) => this.section(section, i === parts.section));
    const required = [...fields.values()].some(({ spec }) => spec.validators?.required);
    this.note = required ? h("p", { class: "imgloop-quiet" }, TEXT.required) : null;
    this.nodes = [this.instruction, this.note, ...sections].filter(Boolean);
  }

  section(section, isLoop) {
    const { start, templates } = this.parts;
    const inLoop = new Set(isLoop ? [start, ...Object.values(templates)].map(({ fieldset }) => fieldset) : []);
    const children = section.fieldsets.map((fieldset, i) => {
      if (inLoop.has(i)) return i === start.fieldset ? this.step : null;
      return fieldset.lookup_name ? null : this.fieldset(fieldset); // a template that nobody asks for
    });
    const props = { class: section.classes, id: section.id ? this.prefix + section.id : null };
    const content = [author(section.instruction, "imgloop-quiet imgloop-opening"), ...children];
    if (!isLoop && (section.collapsable ?? true)) {
      return disclosure(section.title, { ...props, html: true, open: !section.initially_collapsed }, ...content);
    }
    return h("section", { ...props, class: classes("imgloop-card", isLoop && "imgloop-loop", section.classes) },
      h("h2", { html: section.title }), ...content);
  }

  fieldset(fieldset) {
    const fields = [];
    const node = fieldsetNode(fieldset, { prefix: this.prefix }, (spec) => {
      if (spec.type === "button") return null; // only the loop's buttons do something
      const field = makeField(spec, { key: spec.name, prefix: this.prefix });
      fields.push(field);
      this.fields.set(field.key, field);
      return field.node;
    });
    this.outside.push({ node, fields });
    return node;
  }

  /** The answers were sent: they are read from now on, and make room for the loop. */
  close(answers) {
    if (this.closed) return;
    this.closed = true;
    for (const { node, fields } of this.outside) {
      fields.forEach(({ key }) => this.fields.delete(key));
      const list = fields.filter(({ spec }) => spec.type !== "hidden").flatMap(({ spec, label, key }) => [
        h("dt", {}, label), h("dd", { dir: "auto" }, readable(spec, answers[key])),
      ]);
      const section = node.closest("details");
      node.replaceWith(list.length ? h("dl", { class: "imgloop-answers" }, ...list) : "");
      if (!section || section.querySelector(".imgloop-sent")) continue;
      section.open = false;
      section.querySelector("summary").append(h("span", { class: "imgloop-sent" }, TEXT.sent));
    }
    if (this.instruction) this.instruction.open = false;
    if (this.note) this.note.hidden = true;
  }
}

/** What is to be done now. It is built anew for each phase and attempt, and only patched between. */
class Step {
  constructor(page, { form, parts, prompt_limits }) {
    Object.assign(this, { page, form, parts, limits: prompt_limits ?? {}, key: null, own: [] });
    this.node = h("div", { class: "imgloop-step" });
    this.summary = h("div", { class: "imgloop-summary", tabindex: "-1", role: "group", hidden: true });
  }

  /** Return whether another step was built. */
  draw(view) {
    this.view = view;
    const key = [view.phase, view.attempts.length, view.attempts.at(-1)?.template, view.last].join("|");
    const fresh = key !== this.key;
    if (fresh) {
      this.key = key;
      this.own.forEach((name) => this.page.fields.delete(name));
      Object.assign(this, { own: [], extras: [], action: null, cancel: null, failure: null });
      if (view.phase === "generating") this.wait();
      else if (view.phase !== "finished") this.write();
    }
    this.drawFailure();
    return fresh;
  }

  /** A prompt, or a score and the next prompt. */
  write() {
    const { attempts, phase, last, scale, prompt } = this.view;
    const [k, scoring, { templates, start }] = [attempts.length, phase === "scoring", this.parts];
    const part = k ? (templates[attempts.at(-1).template] ?? Object.values(templates)[0]) : start;
    const own = this.form.sections[this.parts.section].fieldsets[part.fieldset];
    const fieldset = k && !scoring ? { ...own, instruction: "" } : own; // it speaks of an image that has its score
    const at = { prefix: this.page.prefix, suffix: k ? `__${k}__` : "" };
    const limits = this.limits;
    const roles = {
      [part.score ?? ""]: (spec) => scoring && this.put("score", scoreSpec(spec, scale), at),
      [part.prompt]: (spec) => !last && this.put("prompt", { ...spec, value: prompt || spec.value }, { ...at, limits }),
      [part.button]: (spec) => this.buildAction(spec, at),
    };
    const node = fieldsetNode(fieldset, at, (spec) => {
      if (spec.name in roles) return roles[spec.name](spec);
      if (spec.type === "button" || (k && !scoring)) return null;
      this.extras.push(spec.name + at.suffix);
      return this.put(spec.name + at.suffix, spec, at);
    });
    this.begin(scoring ? TEXT.judge(k) : TEXT.write(k + 1), node);
    this.failure = h("p", { class: "imgloop-failure", id: `${at.prefix}imgloop-failure`, hidden: true });
    this.page.fields.get("prompt")?.node.append(this.failure);
    this.page.restore(this.own);
  }

  put(key, spec, options) {
    const field = makeField(spec, { key, ...options });
    this.own.push(key);
    this.page.fields.set(key, field);
    return field.node;
  }

  begin(title, ...content) {
    this.heading = h("h3", { tabindex: "-1" }, title);
    this.node.replaceChildren(this.heading, ...content);
  }

  buildAction(spec, { prefix, suffix }) {
    this.actionText = spec.value || (suffix ? TEXT.update : TEXT.start);
    this.action = h("button", {
      type: "submit",
      id: spec.id ? prefix + spec.id + suffix : null,
      class: classes("imgloop-button", spec.classes_input_element),
      title: spec.tooltip,
    }, this.actionText);
    this.reason = h("p", { class: "imgloop-reason", id: `${prefix}imgloop-reason`, hidden: true });
    return h("div", { class: classes("imgloop-action", spec.classes) }, this.summary, this.reason, this.action);
  }

  drawFailure() {
    if (!this.failure) return;
    const text = this.view.failure ?? "";
    setText(this.failure, text);
    this.failure.hidden = !text;
    this.page.fields.get("prompt")?.describe(text ? this.failure.id : "");
  }

  wait() {
    const { attempts, prompt, waited_s } = this.view;
    this.since = performance.now() - 1000 * (waited_s ?? 0);
    this.seconds = h("p", { class: "imgloop-seconds" });
    this.bar = h("progress", { max: "1", "aria-label": TEXT.share });
    this.barText = h("p", { class: "imgloop-quiet", dir: "auto" });
    // The second click of a double click on Start is not meant for Cancel, which may stand there by then.
    const cancel = ({ detail }) => detail > 1 || this.page.command("cancel");
    this.cancel = pushButton(TEXT.cancel, cancel, "imgloop-plain");
    const words = h("div", { class: "imgloop-words-box" }, h("p", { class: "imgloop-label" }, TEXT.yourPrompt),
      h("p", { class: "imgloop-words", dir: "auto" }, prompt));
    const action = h("div", { class: "imgloop-action" }, this.summary, this.cancel);
    this.begin(TEXT.wait(attempts.length + 1), this.seconds, this.bar, this.barText, words, action);
    this.tick();
  }

  tick() {
    if (this.view.phase !== "generating") return;
    const s = Math.max(0, Math.floor((performance.now() - this.since) / 1000));
    setText(this.seconds, TEXT.generating(s));
    if (s && s % STILL_S === 0) this.page.announce(TEXT.stillGenerating(s));
  }

  progress({ seq, elapsed_s, share, text }) {
    if (this.view.phase !== "generating" || seq !== this.view.seq) return;
    if (elapsed_s != null) this.since = performance.now() - 1000 * elapsed_s;
    if (share == null) this.bar.removeAttribute("value");
    else this.bar.value = share;
    setText(this.barText, text ?? "");
    this.tick();
  }

  get score() {
    return this.page.fields.get("score")?.read() ?? null;
  }

  /** Whether the score that is chosen ends the task. */
  get finishes() {
    const { phase, last, scale } = this.view;
    return phase === "scoring" && (last || this.score === scale.perfect);
  }

  /** The command of Start, Update or Finish: its name and what it carries. */
  order() {
    const { score, prompt, ...rest } = this.page.values();
    const first = this.view.phase === "prompting";
    const answers = (first ? !this.view.answers : this.extras.length) ? { answers: rest } : {};
    if (first) return ["submit_prompt", { prompt, ...answers }];
    return ["score", { score, ...(this.finishes ? {} : { prompt }), ...answers }];
  }

  /** Bring the buttons and the prompt in line with what is chosen, sent (busy: the command's name) and connected. */
  reflect(busy, lost) {
    if (this.cancel) {
      switchOff(this.cancel, busy || lost);
      setText(this.cancel, busy === "cancel" ? TEXT.cancelling : TEXT.cancel);
    }
    if (!this.action) return;
    const [finish, sending] = [this.finishes, busy && busy !== "exit"];
    const ending = this.view.last ? TEXT.whyLast : TEXT.whyPerfect(this.view.scale.perfect);
    const why = lost ? TEXT.lostReason : finish ? ending : "";
    const prompt = this.page.fields.get("prompt");
    if (prompt) prompt.node.hidden = finish;
    this.node.classList.toggle("imgloop-finishing", finish); // the help under the button speaks of a next image
    setText(this.reason, why);
    this.reason.hidden = !why;
    switchOff(this.action, busy || lost, why && this.reason.id);
    setText(this.action, sending ? TEXT.sending : finish ? TEXT.finish : this.actionText);
    this.action.classList.toggle("imgloop-busy", !!sending);
  }

  /** Say what was refused, with links to the fields; entries: [field or null, message]. */
  sumUp(message, entries) {
    const text = entries.length ? TEXT.problems(entries.length) : message;
    const title = h("p", { id: `${this.page.prefix}imgloop-summary` }, text);
    const items = entries.map(([field, problem]) => {
      if (!field) return h("li", {}, problem);
      const onclick = (event) => (event.preventDefault(), field.focus());
      return h("li", {}, h("a", { href: `#${field.id}`, onclick }, `${field.label}: ${problem}`));
    });
    this.summary.replaceChildren(title, ...(items.length ? [h("ul", {}, ...items)] : []));
    this.summary.setAttribute("aria-labelledby", title.id);
    this.summary.hidden = false;
    this.summary.focus();
  }
}

// ---------------------------------------------------------------- the page

class Page {
  constructor(model, el) {
    this.model = model;
    [this.prefix, this.freePrefix] = takePrefix();
    this.fields = new Map(); // key → field: all that can be filled in now
    const send = (message) => this.send(message);
    this.images = new Images((id) => send({ kind: "image", id }));
    this.drafts = new Drafts(send);
    this.link = new Link({
      send,
      changed: (lost) => this.connected(!lost),
      reloading: () => setText(this.banner, TEXT.reloading),
    });
    this.outbox = new Outbox({
      send,
      link: this.link,
      changed: () => this.reflect(),
      refused: (message, problems) => this.refuse(message, problems),
    });
    this.polite = h("div", { class: "imgloop-hidden", role: "status" });
    this.banner = h("div", { class: "imgloop-banner imgloop-lost", role: "alert" });
    this.body = h("div", { class: "imgloop-page" }, h("p", { class: "imgloop-loading" }, TEXT.loading));
    this.root = h("div", { class: "imgloop" }, this.body, this.polite, this.banner);
    el.append(this.root);
    this.listen();
    this.send({ kind: "hello" });
    this.show();
  }

  listen() {
    this.events = {
      "change:form": () => ((this.step = null), this.show()),
      "change:view": () => this.show(),
      "change:progress": () => this.step?.progress(this.model.get("progress") ?? {}),
      "msg:custom": (message, buffers) => this.receive(message, buffers),
    };
    for (const [name, handler] of Object.entries(this.events)) this.model.on(name, handler);
    this.aborter = new AbortController();
    const { signal } = this.aborter;
    addEventListener("offline", () => this.view?.phase !== "finished" && this.link.lose(), { signal });
    addEventListener("online", () => this.link.ping(), { signal });
    const seen = () => (document.hidden ? this.drafts.flush() : this.link.ping());
    document.addEventListener("visibilitychange", seen, { signal });
    addEventListener("pagehide", () => this.drafts.flush(), { signal });
    this.sizes = new ResizeObserver(() => this.fit());
    this.sizes.observe(this.root);
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  dispose() {
    clearInterval(this.timer);
    this.aborter.abort();
    this.sizes.disconnect();
    for (const [name, handler] of Object.entries(this.events)) this.model.off(name, handler);
    this.drafts.hold();
    this.images.dispose();
    this.freePrefix();
    this.root.remove();
  }

  send(message) {
    try {
      this.model.send(message);
    } catch {
      // the kernel is gone: the pings notice it
    }
  }

  receive(message, buffers) {
    if (message.kind === "image") this.images.receive(message.id, buffers?.[0]);
    else if (message.kind === "result") this.outbox.result(message);
    else if (message.kind === "pong") {
      this.status?.set(message.remaining_s);
      this.link.pong();
    }
  }

  tick() {
    if (!this.step || this.view.phase === "finished") return;
    for (const part of [this.link, this.images, this.status, this.step, this.outbox]) part.tick();
  }

  announce(text) {
    this.polite.textContent = this.polite.textContent === text ? `${text}\u00a0` : text; // a repeat is read out too
  }

  /** Draw what the traits hold; only what has changed is touched. */
  show() {
    const [data, view, before] = [this.model.get("form"), this.model.get("view"), this.view];
    if (!data?.form || !view?.phase) return;
    this.view = view;
    const first = !this.step;
    if (first) this.build(data);
    if (before && before.seq !== view.seq) this.outbox.moved();
    if (view.answers) this.questions.close(view.answers);
    this.root.dataset.phase = view.phase;
    this.root.classList.toggle("imgloop-answered", !!view.answers);
    setText(this.notice, view.notice ?? "");
    this.status.set(view.remaining_s);
    this.status.draw(view);
    this.gallery.draw(view);
    const mayMove = !first && this.mayMove();
    const fresh = this.step.draw(view);
    if (view.phase === "finished" && fresh) this.thank(view.finished ?? {});
    this.reflect();
    this.fit();
    if (fresh && !first) this.arrive(mayMove);
  }

  build(data) {
    const { form } = data;
    this.fields.clear();
    this.status = new Status((text) => this.announce(text));
    this.gallery = new Gallery({
      images: this.images,
      status: this.status.node,
      dialog: (...parts) => this.dialog(...parts),
    });
    this.step = new Step(this, data);
    this.questions = new Questions(data, { prefix: this.prefix, fields: this.fields, step: this.step.node });
    this.restore([...this.fields.keys()]);
    this.notice = h("div", { class: "imgloop-banner imgloop-notice", role: "status" });
    this.form = this.buildForm(form);
    this.exit = this.buildExit(form.submit_button ?? {});
    this.left = h("div", { class: "imgloop-left" }, this.gallery.compare);
    this.right = h("div", { class: "imgloop-right" }, this.form, this.exit);
    this.columns = h("div", { class: classes("imgloop-columns", form.classes) }, this.left, this.right);
    const header = h("header", { class: "imgloop-header" }, h("h1", { html: form.title }));
    this.body.replaceChildren(header, this.notice, this.columns);
  }

  buildForm({ id }) {
    const props = { class: "imgloop-form", id: id ? this.prefix + id : null, novalidate: true };
    const form = h("form", props, ...this.questions.nodes);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.step.action && !isOff(this.step.action)) this.command(...this.step.order());
    });
    form.addEventListener("input", () => {
      this.reflect();
      this.drafts.keep(this.view, this.values());
    });
    form.addEventListener("keydown", (event) => {
      if (event.target.type === "radio" && atEnd(event)) event.preventDefault();
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    return form;
  }

  values() {
    return Object.fromEntries([...this.fields].map(([key, field]) => [key, field.read()]));
  }

  /** Put what was typed before into these fields. */
  restore(keys) {
    const draft = this.drafts.read(this.view);
    keys.filter((key) => key in draft).forEach((key) => this.fields.get(key)?.write(draft[key]));
  }

  command(name, payload = {}) {
    if (this.outbox.busy || this.link.lost) return;
    this.step.summary.hidden = true;
    this.fields.forEach((field) => field.complain(null));
    this.drafts.hold();
    this.outbox.put(name, this.view.seq, payload);
    this.reflect();
  }

  /** Show why a command was refused beside the fields, and lead there. */
  refuse(message, problems) {
    this.drafts.flush();
    const entries = Object.entries(problems).map(([key, text]) => [this.fields.get(key), text]);
    for (const [field, text] of entries) field?.complain(text);
    if (entries.length === 1 && entries[0][0]) entries[0][0].focus();
    else this.step.sumUp(message ?? "", entries);
  }

  reflect() {
    if (!this.step) return;
    const { busy } = this.outbox;
    this.step.reflect(busy, this.link.lost);
    switchOff(this.exitButton, busy || this.link.lost, this.exitHelp?.id);
    setText(this.exitButton, busy === "exit" ? TEXT.sending : this.exitText);
  }

  // ------------------------------------------------------------ arriving at another step

  /** Whether the focus may be led on: the worker is in the form or nowhere, not reading or in a dialog. */
  mayMove() {
    const active = document.activeElement;
    if (this.root.querySelector("dialog[open]")) return false;
    return !active || active === document.body || this.form.contains(active) || this.exit.contains(active);
  }

  arrive(mayMove) {
    const { phase, attempts, failure } = this.view;
    if (phase === "scoring") this.announce(TEXT.newImage(attempts.length));
    if (phase === "generating") this.announce(TEXT.generatingNow);
    if (!mayMove && phase !== "finished") return;
    this.root.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
    const { heading } = this.step;
    const prompt = phase === "prompting" && failure ? this.fields.get("prompt") : null;
    if (prompt) prompt.focus();
    else heading.focus({ preventScroll: true });
    const block = this.root.dataset.width === "wide" && phase !== "finished" ? "nearest" : "start";
    (prompt?.node ?? heading).scrollIntoView({ behavior: calm() ? "auto" : "smooth", block });
  }

  thank({ title, message, code }) {
    this.drafts.forget(this.view);
    this.step.heading = h("h2", { tabindex: "-1" }, title ?? "");
    const text = h("p", {}, message ?? "");
    this.columns.before(h("section", { class: "imgloop-thanks" }, this.step.heading, text, code ? codeBox(code) : ""));
    for (const node of [this.form, this.exit]) node.hidden = true;
    setText(this.banner, "");
  }

  // ------------------------------------------------------------ leaving

  buildExit({ text, instruction, tooltip, id, classes: own, classes_button_element: look }) {
    this.exitText = text || TEXT.finish;
    this.exitHelp = author(instruction);
    this.exitHelp?.setAttribute("id", `${this.prefix}imgloop-exit-help`);
    const press = () => isOff(this.exitButton) || this.confirmExit();
    this.exitButton = pushButton(this.exitText, press, classes("imgloop-plain", look));
    if (id) this.exitButton.id = this.prefix + id;
    if (tooltip) this.exitButton.title = tooltip;
    return h("div", { class: classes("imgloop-exit", own) }, this.exitHelp, this.exitButton);
  }

  confirmExit() {
    const why = h("p", { role: "alert" });
    const leave = () => {
      if (this.link.lost) return setText(why, TEXT.lostReason);
      dialog.close();
      this.command("exit", { score: this.step.score, draft: this.values() });
    };
    const title = h("h2", {}, TEXT.exitTitle);
    const stay = pushButton(TEXT.exitStay, () => dialog.close());
    const buttons = h("div", { class: "imgloop-buttons" }, stay,
      pushButton(this.exitText, leave, "imgloop-plain imgloop-danger"));
    const dialog = this.dialog("imgloop-confirm", title, title, h("p", {}, TEXT.exitWarning), why, buttons);
  }

  /** Open a dialog that names itself by its title; the focus goes to its first button, and back when it closes. */
  dialog(name, title, ...children) {
    title.id = this.prefix + name;
    const dialog = h("dialog", { class: name, "aria-labelledby": title.id }, ...children);
    dialog.addEventListener("close", () => dialog.remove());
    this.root.append(dialog);
    dialog.showModal();
    return dialog;
  }

  // ------------------------------------------------------------ connection and size

  connected(yes) {
    const voila = document.documentElement.dataset.imgloopHealth;
    setText(this.banner, yes ? "" : voila ? TEXT.lost : TEXT.kernelSilent);
    if (yes) {
      this.announce(TEXT.back);
      this.send({ kind: "hello" }); // a view may have been missed
      this.outbox.reconnected();
    }
    this.reflect();
  }

  /** Choose the layout, and tell the styles how much the images that stay in view cover. */
  fit() {
    if (!this.step) return;
    const { compare, attempts } = this.gallery;
    const wide = this.root.clientWidth >= WIDE_REM * parseFloat(getComputedStyle(this.root).fontSize);
    const beside = wide && this.view.phase !== "finished";
    this.root.dataset.width = wide ? "wide" : "narrow";
    if (beside && attempts.parentNode !== this.left) this.left.append(attempts);
    if (!beside && attempts.parentNode !== this.right) this.exit.before(attempts);
    const sticks = !wide && getComputedStyle(compare).position === "sticky";
    this.root.style.setProperty("--imgloop-strip", `${sticks ? compare.offsetHeight : 0}px`);
  }
}

// ---------------------------------------------------------------- small pieces

/** A part that can be folded away. */
function disclosure(title, { open, html = false, class: name, id = null }, ...children) {
  const heading = html ? h("h2", { html: title }) : h("h2", {}, title);
  return h("details", { class: classes("imgloop-card", !html && "imgloop-instruction", name), id, open },
    h("summary", {}, heading), ...children);
}

/** Put into the slot what make() returns, unless it is there already. */
function fill(slot, key, make) {
  if (slot.dataset.key === key) return;
  slot.dataset.key = key;
  slot.replaceChildren(make());
}

/** What stands where an image will be. */
function placeholder({ width, height }, making) {
  const name = classes("imgloop-empty", making && "imgloop-making");
  const box = h("div", { class: name }, making ? TEXT.making : TEXT.imageSlot);
  box.style.aspectRatio = `${width} / ${height}`;
  return h("figure", { class: "imgloop-figure" }, box);
}

function codeBox(code) {
  const take = () => navigator.clipboard.writeText(code).then(() => setText(copy, TEXT.copied), () => {});
  const copy = pushButton(TEXT.copy, take, "imgloop-plain");
  copy.hidden = !navigator.clipboard; // missing where a page is served without TLS
  return h("p", { class: "imgloop-code" }, h("span", {}, TEXT.code), h("code", {}, code), copy);
}

export default {
  render({ model, el }) {
    const page = new Page(model, el);
    return () => page.dispose();
  },
};

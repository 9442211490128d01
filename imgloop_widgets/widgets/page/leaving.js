// How a worker leaves: their code, and the way back to their panel, by a link or by a form that this browser posts.

import { codeBox } from "./code_box.js";
import { h, pushButton, setText } from "./dom.js";

export const LEAVE_S = 5; // until the worker is sent on, unless they want to stay

export const LEAVE_TEXT = {
  back: (title) => `Go back to ${title}`,
  submit: (title) => `Submit to ${title}`,
  soon: (title) => `You are sent on to ${title} in a few seconds.`,
  stay: "Stay on this page",
  told: (title) => `${title} hears from us that you are done: you need not do anything more.`,
  stayed: (title) => `You stay here. When you are ready, go back to ${title}.`,
};

/** The parts for a code and a way back; either may be missing. leave.now: send the worker on by itself. */
export function leavingParts(code, leave) {
  const told = leave?.told ? h("p", {}, LEAVE_TEXT.told(leave.title)) : null;
  return [code ? codeBox(code) : null, told, leave?.url ? wayBack(leave) : null].filter(Boolean);
}

function wayBack({ title, url, fields, now }) {
  const way = fields ? formOf(title, url, fields) : linkTo(title, url);
  if (!now) return way.node;
  const text = h("span", { role: "status" }, LEAVE_TEXT.soon(title));
  const timer = setTimeout(way.go, 1000 * LEAVE_S);
  const stay = pushButton(LEAVE_TEXT.stay, () => {
    clearTimeout(timer);
    setText(text, LEAVE_TEXT.stayed(title));
    stay.remove();
    way.first.focus();
  }, "imgloop-plain");
  return h("div", { class: "imgloop-way" }, h("p", {}, text), h("div", { class: "imgloop-buttons" }, way.node, stay));
}

function linkTo(title, url) {
  const link = h("a", { class: "imgloop-button", href: url, rel: "noreferrer" }, LEAVE_TEXT.back(title));
  return { node: link, first: link, go: () => location.assign(url) };
}

function formOf(title, url, fields) {
  const inputs = Object.entries(fields).map(([name, value]) => h("input", { type: "hidden", name, value }));
  const button = h("button", { type: "submit", class: "imgloop-button" }, LEAVE_TEXT.submit(title));
  const form = h("form", { method: "post", action: url }, ...inputs, button);
  return { node: form, first: button, go: () => form.requestSubmit() };
}

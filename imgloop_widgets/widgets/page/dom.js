// Making elements, and the few things every part of the page does with them.

const FOCUSABLE = new Set(["a", "button", "input", "select", "summary", "textarea"]); // JupyterLab leaves their keys alone

/** Make an element. `html` is an author's HTML; on… is a listener; null and false are left out. */
export function h(tag, props = {}, ...children) {
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

export const classes = (...names) => names.filter(Boolean).join(" ");
export const author = (html, name) => (html ? h("div", { class: classes("imgloop-author", name), html }) : null);
export const setText = (node, text) => node.textContent === text || (node.textContent = text);
export const characters = (text) => [...text.trim()].length; // as Python counts
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export const pushButton = (text, onclick, name) =>
  h("button", { type: "button", class: classes("imgloop-button", name), onclick }, text);

export const isOff = (button) => button.getAttribute("aria-disabled") === "true";

/** Switch a button off without taking the focus from it (`disabled` would). reasonId: of what says why, if anything. */
export function switchOff(button, off, reasonId = null) {
  button.setAttribute("aria-disabled", String(!!off));
  describeBy(button, [reasonId || button.dataset.description]);
}

/** Say by which elements (ids) one is described; empty ones don't count. */
export function describeBy(node, ids) {
  const list = ids.filter(Boolean).join(" ");
  if (list) node.setAttribute("aria-describedby", list);
  else node.removeAttribute("aria-describedby");
}

/** An author's classes without `hidden`: what is shown and what not follows from the form (conditions.js). */
export const shownClasses = (names) => (names ?? "").split(/\s+/).filter((name) => name && name !== "hidden").join(" ");

/** A random UUID; `crypto.randomUUID` is missing where a page is served without TLS. */
export function newId() {
  const random = (c) => (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16);
  return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, random);
}

/** A part that can be folded away. */
export function disclosure(title, { open, html = false, class: name, id = null }, ...children) {
  const heading = html ? h("h2", { html: title }) : h("h2", {}, title);
  return h("details", { class: classes("imgloop-card", !html && "imgloop-instruction", name), id, open },
    h("summary", {}, heading), ...children);
}

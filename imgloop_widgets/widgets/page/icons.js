/** Small line icons, drawn on a grid of 24 by 24. They only accompany words, so a screen reader never meets them. */

import { h } from "./dom.js";

const ICON_LINES = {
  calendar: "M4 6h16v14H4zM4 10.5h16M8.5 3v5M15.5 3v5",
  chat: "M4 5h16v11h-9l-5 4v-4H4zM8.5 9h7M8.5 12h4.5",
  check: "M4.5 12.5l5 5 10-11",
  clock: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7.5V12l3.5 2",
  file: "M6 3.5h8l4.5 4.5v12.5H6zM13.5 3.5v5h5M9 13h6M9 16.5h6",
  globe: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM3.5 12h17M12 3.5c4.5 4.5 4.5 12.5 0 17-4.5-4.5-4.5-12.5 0-17z",
  heart: "M12 20C6.5 16 3.5 12.5 3.5 9a4.5 4.5 0 0 1 8.5-2 4.5 4.5 0 0 1 8.5 2c0 3.5-3 7-8.5 11z",
  help: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM9.5 9.5a2.5 2.5 0 1 1 3.7 2.2c-.8.5-1.2 1-1.2 1.8M12 16.5v.01",
  home: "M3.5 11.5L12 4l8.5 7.5M6 9.5V20h12V9.5M10 20v-5.5h4V20",
  image: "M4 5h16v14H4zM8.5 8.5v.01M4 16l4.5-4.5 4 4L15 13l5 4.5",
  info: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 11v5.5M12 7.5v.01",
  lock: "M5.5 10.5h13V20h-13zM8.5 10.5V7.5a3.5 3.5 0 0 1 7 0v3M12 14.5v2",
  mail: "M3.5 5.5h17v13h-17zM3.5 7l8.5 6.5L20.5 7",
  pencil: "M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19zM13.5 7l3.5 3.5",
  phone: "M5 4h4l1.5 5-2.5 1.5a12 12 0 0 0 5.5 5.5l1.5-2.5 5 1.5v4c0 .6-.4 1-1 1C11 20 4 13 4 5c0-.6.4-1 1-1z",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5l5 5",
  star: "M12 3.5l2.6 5.5 6 .8-4.4 4.2 1.1 6L12 17.1 6.7 20l1.1-6L3.4 9.8l6-.8z",
  tag: "M4 4h7.5l8.5 8.5-7.5 7.5L4 11.5zM8.5 8.5v.01",
  user: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20c.5-3.7 3.5-5.5 7.5-5.5s7 1.8 7.5 5.5",
  warning: "M12 4l9 16H3zM12 10v4.5M12 17v.01",
};
const ICON_PREFIX = /^(?:fa|bi|icon)-/;
const ICON_TEXT = 8; // longest text that stands for an icon

/** A drawing that is only looked at. lines: a path on the grid. */
export function lineIcon(lines) {
  const html = `<svg viewBox="0 0 24 24" focusable="false"><path d="${lines}"/></svg>`;
  return h("span", { class: "imgloop-icon", "aria-hidden": "true", html });
}

/** The icon of this name ("user", "fa-user", "bi bi-user"), or a short text such as an emoji; null: neither. */
export function icon(name) {
  const text = String(name ?? "").trim();
  const key = text.split(/\s+/).at(-1).replace(ICON_PREFIX, "");
  if (Object.hasOwn(ICON_LINES, key)) return lineIcon(ICON_LINES[key]);
  const isText = text && [...text].length <= ICON_TEXT && !ICON_PREFIX.test(text);
  return isText ? h("span", { class: "imgloop-icon", "aria-hidden": "true" }, text) : null;
}

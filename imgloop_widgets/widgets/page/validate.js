/**
 * What is wrong with a value, as the worker reads it: the same rules and words as the kernel's (forms/validate.py), so
 * that no error waits for an answer of the kernel. The kernel decides, and alone knows an author's own validators.
 *
 * For each field: read the value by its type (`READERS`), then ask whether it is empty, then put it to the tests in the
 * order of `TESTS`. The first message is the only one. An empty field that is not required passes.
 */

import { asNumber, isEmpty, TEXT_TYPES } from "./values.js";

const EMAIL = /^[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const SHA256 = /^[0-9a-f]{64}$/;
const MOST_CHARACTERS = 10000;
const LONGEST_FILE_NAME = 255;
export const UPLOAD_LIMIT = 20 * 2 ** 20; // bytes
const LARGEST = 1e15;
const STEP_TOLERANCE = 1e-6;

/** Fill the places of a template: {n}, {now} and the like. */
export function say(template, places = {}) {
  const shown = (value) => (typeof value === "number" ? withCommas(value) : String(value));
  return template.replace(/\{(\w+)\}/g, (place, name) => (name in places ? shown(places[name]) : place));
}

function withCommas(n) {
  const [whole, ...rest] = String(n).split(".");
  return [whole.replace(/\B(?=(\d{3})+$)/g, ","), ...rest].join(".");
}

/** The message for a field with this value, or null. words: key → template. */
export function problemOf(spec, value, words) {
  const wrong = (key, places) => ({ message: say(words[key] ?? key, places) });
  const result = read(spec, value, wrong);
  if ("message" in result) return result.message;
  const [{ answer }, { validators = {} }] = [result, spec];
  if (isEmpty(answer)) return validators.required ? wrong(REQUIRED[spec.type] ?? "required").message : null;
  for (const test of TESTS) {
    const failed = test({ spec, answer, validators, size: sizeOf(answer), wrong });
    if (failed) return failed.message;
  }
  return null;
}

const REQUIRED = {
  checkbox: "required_choices",
  file: "required_file",
  pick: "required_choice",
  radio: "required_choice",
  ranking: "rank_all",
  rating: "required_choice",
  score: "required_choice",
  select: "required_choice",
  slider: "required_choice",
};

/** What a control holds as conditions compare it; null: it is empty, or can't be an answer. */
export function answerOf(spec, value) {
  if (spec.type === "hidden" || isText(spec)) {
    const answer = typeof value === "string" ? value.trim() : spec.type === "hidden" ? value : null;
    return isNothing(answer) ? null : answer;
  }
  const { answer = null } = read(spec, value, () => ({}));
  return isEmpty(answer) ? null : answer;
}

/** Whether a value of any kind, as a hidden field may hold it, is no answer. */
const isNothing = (value) => value == null || value === "" || (typeof value === "object" && !Object.keys(value).length);

/** Characters of a text, choices of a list or of checkboxes. */
function sizeOf(answer) {
  if (typeof answer === "string") return [...answer].length;
  return Array.isArray(answer) ? answer.length : Object.values(answer).filter((one) => one === true).length;
}

// ---------------------------------------------------------------- reading

const isDay = (text) => {
  if (!DAY.test(text)) return false;
  const [year, month, day] = text.split("-").map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
};

function readText(spec, value, wrong) {
  if (value == null) return { answer: "" };
  if (typeof value !== "string") return wrong("not_text");
  const answer = value.trim();
  const n = sizeOf(answer);
  if (n > MOST_CHARACTERS) return wrong("too_long_text", { n: MOST_CHARACTERS, now: n });
  return isStorable(answer) ? { answer } : wrong("not_storable");
}

const isStorable = (text) => !text.includes("\0") && !/\p{Surrogate}/u.test(text);

/** A text that must be of a kind, unless it is empty. */
const textThat = (isRight, key) => (spec, value, wrong) => {
  const result = readText(spec, value, wrong);
  return result.answer && !isRight(result.answer) ? wrong(key) : result;
};

function readNumber(spec, value, wrong) {
  if (value == null) return { answer: null };
  const result = typeof value === "string" ? readText(spec, value, wrong) : { answer: value };
  if ("message" in result || result.answer === "") return "message" in result ? result : { answer: null };
  const answer = asNumber(result.answer);
  return answer === null || Math.abs(answer) > LARGEST ? wrong("not_number") : { answer };
}

/** A number that can't be written, only pointed at. */
function readMoved(spec, value, wrong) {
  return typeof value === "string" && value !== "" ? wrong("not_number") : readNumber(spec, value, wrong);
}

function readChoice(spec, value, wrong) {
  const given = value ?? "";
  if (spec.options.some((option) => option.value === given)) return { answer: given };
  return given === "" ? { answer: null } : wrong("not_listed");
}

function readChoices(spec, value, wrong) {
  if (value == null || value === "") return { answer: [] };
  const listed = (one) => spec.options.some((option) => option.value === one);
  const right = Array.isArray(value) && value.every(listed) && new Set(value).size === value.length;
  return right ? { answer: value } : wrong("not_listed");
}

function readCheckbox(spec, value, wrong) {
  if (value == null || value === "") return { answer: {} };
  const keys = new Set(spec.options.map((option) => String(option.value)));
  const right = ([key, on]) => keys.has(key) && typeof on === "boolean";
  const isRecord = typeof value === "object" && !Array.isArray(value);
  return isRecord && Object.entries(value).every(right) ? { answer: value } : wrong("not_listed");
}

function readRating(spec, value, wrong) {
  const result = readMoved(spec, value, wrong);
  const { answer } = result;
  if (answer == null || (Number.isInteger(answer) && answer >= spec.min && answer <= spec.max)) return result;
  return wrong("not_listed");
}

function readFile(spec, value, wrong) {
  if (value == null || value === "") return { answer: null };
  const { name, type, size, sha256, ...rest } = value;
  const fits = (text) => typeof text === "string" && sizeOf(text.trim()) <= LONGEST_FILE_NAME && isStorable(text.trim());
  const isNamed = fits(name) && fits(type) && name.trim() !== "";
  const isSized = Number.isInteger(size) && size >= 0 && size <= UPLOAD_LIMIT;
  const isKept = typeof sha256 === "string" && SHA256.test(sha256) && !Object.keys(rest).length;
  return isNamed && isSized && isKept ? { answer: { ...value, name: name.trim() } } : wrong("not_file");
}

const READERS = {
  checkbox: readCheckbox,
  date: textThat(isDay, "not_date"),
  email: textThat((text) => EMAIL.test(text), "not_email"),
  file: readFile,
  number: readNumber,
  pick: readMoved, // the loop's own
  radio: readChoice,
  ranking: readChoices,
  rating: readRating,
  score: readMoved, // the loop's own
  select: (spec, ...rest) => (spec.multiple ? readChoices : readChoice)(spec, ...rest),
  slider: readMoved,
};

function read(spec, value, wrong) {
  if (spec.type === "hidden" || spec.type === "button") return { answer: null };
  return (READERS[spec.type] ?? readText)(spec, value, wrong);
}

// ---------------------------------------------------------------- tests

const isText = ({ type }) => TEXT_TYPES.has(type) || !(type in READERS);
const hasChoices = ({ type, multiple }) => type === "checkbox" || type === "ranking" || (type === "select" && multiple);

function testBounds({ spec, answer, wrong }) {
  const { type, min, max } = spec;
  if (type === "date") {
    if (min && answer < min) return wrong("not_before", { n: min });
    return max && answer > max ? wrong("not_after", { n: max }) : null;
  }
  if (type !== "number" && type !== "slider") return null;
  if (min != null && answer < min) return wrong("at_least", { n: min });
  return max != null && answer > max ? wrong("at_most", { n: max }) : null;
}

function testStep({ spec, answer, wrong }) {
  const { type, min, step } = spec;
  if ((type !== "number" && type !== "slider") || !step) return null;
  const steps = (answer - (min ?? 0)) / step;
  return Math.abs(steps - Math.round(steps)) > STEP_TOLERANCE ? wrong("step", { n: step }) : null;
}

function testLeast({ spec, size, validators: { minLength: n }, wrong }) {
  if (n == null || size >= n) return null;
  if (isText(spec)) return wrong(n === 1 ? "min_length_one" : "min_length", { n, now: size });
  return hasChoices(spec) ? wrong("min_choices", { n, now: size }) : null;
}

function testMost({ spec, size, validators: { maxLength: n }, wrong }) {
  if (n == null || size <= n) return null;
  if (isText(spec)) return wrong(n === 1 ? "max_length_one" : "max_length", { n, now: size });
  return hasChoices(spec) ? wrong("max_choices", { n, now: size }) : null;
}

function testRanks({ spec, size, validators: { maxLength: n }, wrong }) {
  return spec.type === "ranking" && n == null && size < spec.options.length ? wrong("rank_all") : null;
}

function testPattern({ answer, validators: { regexp }, wrong }) {
  if (!regexp || typeof answer !== "string") return null;
  const [pattern, flags = ""] = [regexp].flat();
  return new RegExp(pattern, flags.replace("g", "")).test(answer) ? null : wrong("regexp");
}

function testExtension({ answer, validators: { fileExtension: names }, wrong }) {
  if (!names) return null;
  const ending = answer.name.includes(".") ? answer.name.split(".").at(-1).toLowerCase() : "";
  return names.includes(ending) ? null : wrong("file_extension", { names: names.join(", ") });
}

const TESTS = [testBounds, testStep, testLeast, testMost, testRanks, testPattern, testExtension];

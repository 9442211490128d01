// How values compare and what counts as empty, the same here as in the kernel (forms/values.py).

const NUMBER = /^[+-]?[0-9]{1,15}(?:[.,][0-9]{1,15})?$/;
export const TEXT_TYPES = new Set(["input", "textarea", "email", "password"]);

/** Whether two values are the same: 1 and 1.0 are; 1, true and "1" are not; spaces around a text don't count. */
export function same(one, other) {
  if (typeof one === "string" && typeof other === "string") return one.trim() === other.trim();
  return one === other;
}

/** The number that a text stands for, a comma being a point; null: it stands for none. */
export function asNumber(value) {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  const text = typeof value === "string" ? value.trim() : "";
  return NUMBER.test(text) ? Number(text.replace(",", ".")) : null;
}

export function isEmpty(value) {
  if (value == null || value === "") return true;
  if (Array.isArray(value)) return !value.length;
  return typeof value === "object" && !("sha256" in value) && !Object.values(value).some(Boolean);
}

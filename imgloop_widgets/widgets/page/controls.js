// Type of field → its control. To add one: its function here, its reading in validate.js, and both in the kernel.
// A control is made by `(spec, {id, name, class?}, {upload, download})`; see controls_basic.js for what it returns.

import { BASIC_CONTROLS } from "./controls_basic.js";
import { CHOICE_CONTROLS } from "./controls_choice.js";
import { FILE_CONTROLS } from "./controls_file.js";
import { VALUE_CONTROLS } from "./controls_value.js";
import { scoreControl } from "./score.js";
import { pickControl } from "./sets.js";

const LOOP_CONTROLS = { score: scoreControl, pick: pickControl };
const CONTROLS = { ...BASIC_CONTROLS, ...CHOICE_CONTROLS, ...VALUE_CONTROLS, ...FILE_CONTROLS, ...LOOP_CONTROLS };

/** Make the control of a field; a type that nobody knows is a line of text. */
export function makeControl(spec, at, services) {
  const type = spec.type === "select" && spec.multiple ? "multiple" : spec.type;
  return (CONTROLS[type] ?? CONTROLS.default)(spec, at, services);
}

// Several images of one prompt: their places, which fill as they come, and the choice of one of them.

import { BASIC_CONTROLS } from "./controls_basic.js";
import { classes, h } from "./dom.js";
import { LOOP_TEXT } from "./loop_text.js";

export const PICK = "control:pick"; // the choice's key and name: no field of a form has a colon in its name
const MOST_IN_TWO_COLUMNS = 4;

/** The places of `of` images. It is drawn again as they come; a place that is filled is not touched any more. */
export class ImageSet {
  /** size: {width, height} of a place that is empty. button(image): an image that can be enlarged. */
  constructor({ of, size, button }) {
    Object.assign(this, { button, filled: new Set() });
    this.places = Array.from({ length: of }, () => {
      const box = h("div", { class: "imgloop-empty imgloop-making" });
      box.style.aspectRatio = `${size.width} / ${size.height}`;
      return h("div", { class: "imgloop-place" }, box);
    });
    const look = classes("imgloop-set", of > MOST_IN_TWO_COLUMNS && "imgloop-set-many");
    this.node = h("div", { class: look }, ...this.places);
  }

  /** images: {place, …} each. over: whether no other one comes. */
  draw(images, over) {
    for (const image of images) {
      if (this.filled.has(image.place)) continue;
      this.filled.add(image.place);
      this.places[image.place - 1].replaceChildren(this.button(image));
    }
    if (!over) return;
    this.places.forEach((place, i) => {
      const box = this.filled.has(i + 1) ? null : place.firstChild;
      if (!box?.classList.contains("imgloop-making")) return;
      box.classList.remove("imgloop-making");
      box.textContent = LOOP_TEXT.noImage;
    });
  }
}

/** The field in which one of the images is chosen. picture(image): an `img` that fills itself. */
export function pickSpec(images, of, picture) {
  const options = images.map((image) => {
    const label = LOOP_TEXT.imageOf(image.place, of);
    return { value: image.place, label, picture: picture({ ...image, alt: label }) };
  });
  const validators = { required: true };
  return { type: "pick", name: PICK, id: "imgloop_pick", label: LOOP_TEXT.pick, value: "", options, validators };
}

/** The control: radio buttons that are images. */
export function pickControl(spec, at) {
  const control = BASIC_CONTROLS.radio(spec, { ...at, class: "imgloop-variants" });
  control.node.querySelectorAll(".imgloop-choice > span").forEach((span, i) => {
    const { value, picture } = spec.options[i];
    span.replaceChildren(picture, h("span", { class: "imgloop-number", "aria-hidden": "true" }, String(value)));
  });
  return { ...control, read: () => (control.read() === "" ? null : Number(control.read())) };
}

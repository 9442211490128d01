// Image id → blob URL, for one page. Each id is asked for once, and again while nothing comes.

import { h } from "./dom.js";

const IMAGE_TICKS = 3; // an image is asked for again

export class Images {
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

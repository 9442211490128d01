// Target and latest image side by side, the earlier attempts as cards, and both enlarged.

import { classes, h, setText } from "./dom.js";
import { LOOP_TEXT } from "./loop_text.js";
import { ImageSet } from "./sets.js";
import { TEXT } from "./text.js";
import { zoom } from "./zoom.js";

export class Gallery {
  constructor({ images, status, dialog }) {
    Object.assign(this, { images, dialog, cards: new Map() });
    this.targetSlot = h("div", {});
    this.latestSlot = h("div", {});
    const pair = h("div", { class: "imgloop-pair" }, this.targetSlot, this.latestSlot);
    this.compare = h("section", { class: "imgloop-compare", "aria-label": LOOP_TEXT.images }, status, pair);
    this.list = h("ul", { class: "imgloop-cards", role: "list" });
    this.attempts = h("section", { class: "imgloop-attempts", "aria-label": LOOP_TEXT.attempts, hidden: true },
      h("h2", {}, LOOP_TEXT.attempts), this.list);
  }

  draw(view) {
    this.view = view;
    const latest = view.attempts.at(-1);
    const making = view.phase === "generating";
    if (!making || view.seq !== this.previewed) this.forgetPreview();
    fill(this.targetSlot, view.target.image, () => this.figure(view.target, LOOP_TEXT.target));
    if (!this.drawSet(view, latest, making)) this.drawLatest(view, latest, making);
    this.latestSlot.hidden = view.phase === "finished";
    const seen = view.attempts.filter((attempt) => !attempt.hidden);
    for (const { number, hidden } of view.attempts) if (hidden) this.forgetCard(number);
    this.drawCards(view.phase === "scoring" ? seen.slice(0, -1) : seen);
  }

  drawLatest(view, latest, making) {
    fill(this.latestSlot, making ? "making" : (latest ? `${latest.image.image} ${latest.metric}` : "none"), () =>
      making || !latest
        ? placeholder(view.target, making)
        : this.figure(latest.image, joined(LOOP_TEXT.attempt(latest.number), measured(latest))));
  }

  /** Several images of the latest prompt, as they come and once they are there; return whether there are any. */
  drawSet(view, latest, making) {
    const came = making ? view.making?.images : latest?.images?.length && latest.images;
    if (!came) return false;
    const [n, of] = making ? [view.attempts.length + 1, view.making.of] : [latest.number, latest.of];
    if (!making && this.latestSlot.dataset.key?.startsWith(`pick ${n} `)) return true; // one is chosen, and stays there
    fill(this.latestSlot, `set ${n}`, () => {
      const button = (image) => this.button(image, () => this.zoomOne(image, LOOP_TEXT.imageOf(image.place, of)));
      this.set = new ImageSet({ of, size: came[0] ?? view.target, button });
      this.setCaption = h("figcaption", {});
      return h("figure", { class: "imgloop-figure" }, this.set.node, this.setCaption);
    });
    this.set.draw(came, !making);
    setText(this.setCaption, joined(LOOP_TEXT.attempt(n), making ? "" : measured(latest)));
    return true;
  }

  /** Show the image that is chosen of several beside the target. place: null: none is. */
  look(place) {
    const latest = this.view?.attempts.at(-1);
    const image = this.view?.pick && latest.images.find((one) => one.place === place);
    if (!image) return;
    const caption = LOOP_TEXT.imageOf(place, latest.of);
    fill(this.latestSlot, `pick ${latest.number} ${place}`, () =>
      this.figure(image, caption, () => this.zoomOne(image, caption)));
  }

  /** Show how the image that is being made looks so far; each one takes the place of the one before. */
  preview(seq, data) {
    if (!data || this.view?.phase !== "generating" || seq !== this.view.seq) return;
    const before = this.previewUrl;
    this.previewed = seq;
    this.previewUrl = URL.createObjectURL(new Blob([data], { type: "image/webp" }));
    const { width, height } = this.view.target;
    this.previewImage ??= h("img", { alt: LOOP_TEXT.preview, width, height, class: "imgloop-so-far imgloop-here" });
    this.previewImage.src = this.previewUrl;
    if (before) URL.revokeObjectURL(before);
    if (this.previewImage.parentNode) return;
    const caption = h("figcaption", {}, LOOP_TEXT.preview);
    this.latestSlot.replaceChildren(h("figure", { class: "imgloop-figure" }, this.previewImage, caption));
  }

  forgetPreview() {
    if (!this.previewUrl) return;
    URL.revokeObjectURL(this.previewUrl);
    this.latestSlot.dataset.key = ""; // what stands there is drawn anew
    this.previewUrl = this.previewImage = this.previewed = null;
  }

  forgetCard(number) {
    this.cards.get(number)?.node.remove();
    this.cards.delete(number);
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

  figure(image, caption, onclick = () => this.zoom(this.view.attempts.at(-1))) {
    const picture = this.button(image, onclick);
    return h("figure", { class: "imgloop-figure" }, picture, h("figcaption", {}, caption));
  }

  button(image, onclick) {
    const hint = h("span", { class: "imgloop-hidden" }, ` (${TEXT.enlarge})`);
    return h("button", { type: "button", class: "imgloop-picture", onclick }, this.images.picture(image), hint);
  }

  card(attempt) {
    const badge = h("span", { class: "imgloop-badge" });
    const score = h("p", { class: "imgloop-score" });
    const head = h("div", { class: "imgloop-card-head" }, h("h3", {}, LOOP_TEXT.attempt(attempt.number)), badge);
    const measure = h("p", { class: "imgloop-measure" });
    const words = h("p", { class: "imgloop-words", dir: "auto" }, attempt.prompt);
    const picked = attempt.picked && attempt.of > 1 ? LOOP_TEXT.pickedOf(attempt.picked, attempt.of) : "";
    const choice = picked && h("p", { class: "imgloop-measure" }, picked);
    const picture = attempt.images?.length ? this.small(attempt) : this.button(attempt.image, () => this.zoom(attempt));
    const about = [head, score, measure, choice, words].filter(Boolean);
    const node = h("li", { class: "imgloop-attempt" }, picture, h("div", {}, ...about));
    const patch = ({ score: given, best, metric }) => {
      const unscored = this.view.rated === false ? "" : LOOP_TEXT.unscored;
      setText(score, given == null ? unscored : LOOP_TEXT.scored(given, this.view.scale.max));
      setText(measure, measured({ metric }));
      measure.hidden = metric == null;
      setText(badge, best ? (this.view.phase === "finished" ? LOOP_TEXT.bestOfAll : LOOP_TEXT.best) : "");
      badge.hidden = !best;
      node.classList.toggle("imgloop-best", best);
    };
    return { node, patch };
  }

  /** Show the target and, if there is one, an attempt as large as the window allows. */
  zoom(attempt) {
    const shown = [[this.view.target, LOOP_TEXT.target]];
    if (attempt) shown.push([attempt.image, LOOP_TEXT.attempt(attempt.number)]);
    zoom(this, shown);
  }

  /** Show the target and one of several images as large as the window allows. */
  zoomOne(image, caption) {
    zoom(this, [[this.view.target, LOOP_TEXT.target], [image, caption]]);
  }

  /** All images of an earlier attempt, small. */
  small({ images, of, number }) {
    const caption = (image) => joined(LOOP_TEXT.attempt(number), LOOP_TEXT.imageOf(image.place, of));
    return h("div", { class: "imgloop-set" },
      ...images.map((image) => this.button(image, () => this.zoomOne(image, caption(image)))));
  }
}

/** What a scorer says of an attempt, where the worker is to see it. */
export function measured({ metric }) {
  return metric == null ? "" : LOOP_TEXT.measured(metric);
}

function joined(...texts) {
  return texts.filter(Boolean).join(" · ");
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
  const box = h("div", { class: name }, making ? LOOP_TEXT.making : LOOP_TEXT.imageSlot);
  box.style.aspectRatio = `${width} / ${height}`;
  return h("figure", { class: "imgloop-figure" }, box);
}

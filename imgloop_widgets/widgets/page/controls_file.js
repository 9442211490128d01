/**
 * A control for one file, which is sent as soon as it is chosen.
 *
 *     empty ──choose──▸ sending ──▸ kept      only a file that is kept is an answer
 *                          └──────▸ refused   nothing is kept; the reason stands in the control
 *
 * The browser's own input covers the drop zone, invisible: so it is the browser that opens the dialog, takes what is
 * dropped, and tells a screen reader what this is. The card below shows how far it has got.
 */

import { fire } from "./controls_common.js";
import { classes, h, setText } from "./dom.js";
import { lineIcon } from "./icons.js";
import { previewTag } from "./uploads.js";
import { UPLOAD_LIMIT } from "./validate.js";

const FILE = {
  select: "Select a file",
  another: "Select another file",
  drop: "or drop it here",
  rule: (names) => `${names.length ? `${names.join(", ")}; at most` : "At most"} ${fileSize(UPLOAD_LIMIT)}`,
  sending: (share) => `Uploading, ${Math.floor(share * 100)}\u00a0%`,
  begun: (name) => `Uploading ${name}`,
  waiting: "Waiting for the connection; the upload then goes on by itself",
  kept: "Uploaded",
  keptName: (name) => `${name} is uploaded`,
  progress: (name) => `Upload of ${name}`,
  cancel: "Cancel",
  remove: "Remove",
  removed: "There is no file any more",
  preview: (name) => `Preview of ${name}`,
};
const FILE_ARROW = "M12 15.5V4.5M7.5 9L12 4.5 16.5 9M4.5 15v4.5h15V15";

/** A size as one reads it: 340 KiB. */
function fileSize(bytes) {
  const [n, unit] = bytes < 2 ** 20 ? [bytes / 2 ** 10, "KiB"] : [bytes / 2 ** 20, "MiB"];
  if (bytes < 2 ** 10) return `${bytes} B`;
  return `${n < 10 ? Math.round(n * 10) / 10 : Math.round(n)} ${unit}`;
}

/** services: {upload, download}, as `Uploads` has them. */
function file(spec, at, services) {
  const control = new FileControl(spec, at, services);
  const { node, input, hints } = control;
  return {
    node,
    target: input,
    hint: hints,
    read: () => control.record,
    write: (value) => control.write(value),
    isBusy: () => control.isBusy,
  };
}

class FileControl {
  constructor(spec, at, services) {
    Object.assign(this, { spec, services, id: at.id, record: null, transfer: null, looked: null, isTelling: false });
    const names = spec.validators?.fileExtension ?? [];
    const accept = names.map((name) => `.${name}`).join(",") || null;
    const labels = `${at.id}-label ${at.id}-face`;
    const props = { ...at, type: "file", accept, title: "", class: classes(spec.classes_input_element) };
    this.input = h("input", { ...props, "aria-labelledby": labels });
    this.face = h("span", { id: `${at.id}-face` });
    const drop = h("span", { class: "imgloop-drop-more" }, FILE.drop);
    this.zone = h("div", { class: "imgloop-drop" }, this.input, lineIcon(FILE_ARROW), this.face, drop);
    const rule = h("p", { class: "imgloop-quiet", id: `${at.id}-rule` }, FILE.rule(names));
    this.buildCard();
    this.refusal = h("p", { class: "imgloop-problem", id: `${at.id}-refusal`, role: "alert" });
    this.said = h("div", { class: "imgloop-hidden", role: "status" });
    this.hints = [this.state.id, this.refusal.id, rule.id].join(" ");
    this.node = h("div", { class: "imgloop-file" }, this.zone, rule, this.card, this.refusal, this.said);
    this.listen();
    this.draw();
  }

  buildCard() {
    this.preview = h("div", { class: "imgloop-preview" });
    this.name = h("span", { class: "imgloop-file-name" });
    this.state = h("span", { class: "imgloop-quiet", id: `${this.id}-state` });
    this.bar = h("progress", { max: 1 });
    this.button = h("button", { type: "button", class: "imgloop-small", onclick: () => this.remove() });
    const words = h("div", {}, this.name, this.state);
    this.card = h("div", { class: "imgloop-file-card" }, this.preview, words, this.button, this.bar);
  }

  listen() {
    const { input, zone } = this;
    for (const type of ["input", "change"]) {
      input.addEventListener(type, (event) => this.isTelling || event.stopPropagation()); // it is no answer yet
    }
    input.addEventListener("change", () => !this.isTelling && input.files.length && this.choose(input.files[0]));
    const hover = (on) => () => zone.classList.toggle("imgloop-dropping", on);
    for (const type of ["dragenter", "dragover"]) input.addEventListener(type, hover(true));
    for (const type of ["dragleave", "drop", "dragend"]) input.addEventListener(type, hover(false));
  }

  /** Say that the answer has changed. */
  tell() {
    this.isTelling = true;
    fire(this.input);
    this.isTelling = false;
  }

  get isBusy() {
    return !!this.transfer && !this.transfer.value && !this.transfer.message;
  }

  choose(chosen) {
    this.transfer?.cancel();
    const had = this.record;
    this.record = null;
    const transfer = this.services.upload(chosen, this.spec, () => transfer === this.transfer && this.follow(had));
    this.transfer = transfer;
    if (this.isBusy) setText(this.said, FILE.begun(chosen.name));
    this.follow(had);
  }

  /** Show how far the transfer has got, and take over its end. had: the answer before it. */
  follow(had) {
    const { value, message } = this.transfer;
    if (value || message) {
      this.transfer = null;
      this.record = value;
      this.holdName(value?.name);
      if (value) {
        this.looked = value; // what is seen of it stays
        setText(this.said, FILE.keptName(value.name));
      }
    }
    this.draw(message);
    if (value || (message && had)) this.tell();
  }

  write(value) {
    this.transfer?.cancel();
    this.transfer = null;
    this.record = value?.sha256 ? value : null;
    this.holdName(this.record?.name);
    setText(this.said, "");
    this.draw();
  }

  remove() {
    this.input.focus(); // before the button goes
    this.write(null);
    setText(this.said, FILE.removed);
    this.tell();
  }

  /** Make the browser's input say the name of what is kept, or nothing. An empty file stands for one from before. */
  holdName(name) {
    if (!name) this.input.value = "";
    else if (this.input.files[0]?.name !== name) {
      const holder = new DataTransfer();
      holder.items.add(new File([], name));
      this.input.files = holder.files;
    }
  }

  draw(refusal = null) {
    const { record, transfer, isBusy } = this;
    const shown = isBusy ? transfer.file : record;
    setText(this.face, shown ? FILE.another : this.spec.placeholder || FILE.select);
    this.zone.classList.toggle("imgloop-drop-small", !!shown);
    setText(this.refusal, refusal ?? "");
    this.refusal.hidden = !refusal;
    this.card.hidden = !shown;
    void this.look(shown);
    if (!shown) return void setText(this.state, "");
    const now = !isBusy ? FILE.kept : transfer.isWaiting ? FILE.waiting : FILE.sending(transfer.share);
    setText(this.name, shown.name);
    setText(this.state, `${fileSize(shown.size)} · ${now}`);
    setText(this.button, isBusy ? FILE.cancel : FILE.remove);
    this.button.setAttribute("aria-label", `${this.button.textContent} ${shown.name}`);
    this.bar.hidden = !isBusy;
    this.bar.value = isBusy ? transfer.share : 1;
    this.bar.setAttribute("aria-label", FILE.progress(shown.name));
  }

  /** Show what the file holds: a local one at once, one from before as soon as the kernel has sent it. */
  async look(shown) {
    if (shown === this.looked) return;
    this.looked = shown;
    this.preview.replaceChildren();
    if (!shown || !this.spec.show_preview) return;
    const url = this.transfer?.url ?? (await this.services.download(shown));
    if (url && shown === this.looked) this.preview.append(previewOf(url, shown));
  }
}

/** An image, or a player. What turns out to be damaged is not shown. */
function previewOf(url, { name, type }) {
  const tag = previewTag(type);
  const told = tag === "img" ? { alt: FILE.preview(name) } : { controls: true, "aria-label": FILE.preview(name) };
  const node = h(tag, { src: url, ...told });
  node.addEventListener("error", () => node.remove());
  return node;
}

export const FILE_CONTROLS = { file };

/**
 * Files on their way to the kernel, chunk by chunk, and files that the kernel has, on their way back to be looked at.
 *
 *     page → kernel   file {upload, field, name, type, size, offset} and the bytes from offset on
 *     kernel → page   file {upload, offset}: these are here │ {upload, value}: kept │ {upload, message}: refused
 *     page → kernel   file_get {sha256}        kernel → page   file_data {sha256, type} and the bytes
 *
 * Few chunks are unanswered at a time, so that a slow line shows a true progress and other messages get through. When
 * the connection comes back, it goes on behind what the kernel has answered to. All times are in ticks of a second.
 */

import { newId } from "./dom.js";
import { problemOf, say, UPLOAD_LIMIT } from "./validate.js";

const UPLOAD_CHUNK = 128 * 2 ** 10;
const UPLOAD_WINDOW = 4 * UPLOAD_CHUNK; // unanswered at a time
const UPLOAD_SILENCE = 10; // then what is unanswered is sent again
const DOWNLOAD_SILENCE = 5;
const DOWNLOAD_TRIES = 4;
const UNREADABLE = "This file can no longer be read. Please choose it again.";
const PREVIEWS = [
  ["img", /^image\/(?:png|jpeg|gif|webp|avif|bmp)$/], // no svg: it can hold a script
  ["audio", /^audio\/[a-z0-9.+-]+$/],
  ["video", /^video\/[a-z0-9.+-]+$/],
];

/** The name of the element that can show a file of this type (MIME); undefined: none may. */
export const previewTag = (type) => PREVIEWS.find(([, pattern]) => pattern.test(type))?.[0];

/** send(message, buffers) brings a message to the kernel. words: the kernel's templates of what is wrong. */
export class Uploads {
  constructor({ send, words }) {
    Object.assign(this, { send, words, isAway: false });
    this.transfers = new Map(); // id → transfer that has no end yet
    this.asked = new Map(); // sha256 → {promise, settle, age}
    this.urls = new Map(); // sha256 → URL of what can be shown
    this.made = new Set(); // all URLs
  }

  /** Whether a file is on its way. */
  get busy() {
    return this.transfers.size > 0;
  }

  /**
   * Begin to send a file for a field. changed() is called whenever the transfer has got somewhere; a file that is
   * refused at once has its message already.
   */
  upload(file, spec, changed) {
    const url = previewTag(file.type) ? this.urlOf(file) : null;
    const transfer = new Transfer(file, { field: spec.name, url, changed, uploads: this });
    transfer.message = this.refusal(file, spec);
    if (!transfer.message) {
      this.transfers.set(transfer.id, transfer);
      void transfer.pump();
    }
    return transfer;
  }

  refusal({ name, type: kind, size }, { type, validators }) {
    if (size > UPLOAD_LIMIT) return say(this.words.too_large_file, { n: UPLOAD_LIMIT / 2 ** 20 });
    const { fileExtension } = validators ?? {};
    const record = { name, type: kind, size, sha256: "0".repeat(64) };
    return problemOf({ type, validators: { fileExtension } }, record, this.words);
  }

  /** The URL of a file that the kernel has, or null if it may not be shown or does not come. */
  async download({ sha256, type }) {
    if (!previewTag(type)) return null;
    if (this.urls.has(sha256)) return this.urls.get(sha256);
    if (!this.asked.has(sha256)) {
      const entry = { age: 0 };
      entry.promise = new Promise((settle) => (entry.settle = settle));
      this.asked.set(sha256, entry);
      this.send({ kind: "file_get", sha256 }, []);
    }
    return this.asked.get(sha256).promise;
  }

  /** Take a message of the kernel, of whatever kind. */
  receive(message, buffers) {
    if (message.kind === "file") this.transfers.get(message.upload)?.receive(message);
    if (message.kind === "file_data") this.arrive(message, buffers?.[0]);
  }

  arrive({ sha256, type }, data) {
    const entry = this.asked.get(sha256);
    if (!entry) return;
    this.asked.delete(sha256);
    const isShown = data && previewTag(type);
    if (isShown) this.urls.set(sha256, this.urlOf(new Blob([data], { type })));
    entry.settle(isShown ? this.urls.get(sha256) : null);
  }

  urlOf(blob) {
    const url = URL.createObjectURL(blob);
    this.made.add(url);
    return url;
  }

  lost() {
    this.isAway = true;
    this.transfers.forEach((transfer) => transfer.changed());
  }

  back() {
    this.isAway = false;
    this.transfers.forEach((transfer) => transfer.resume());
    for (const sha256 of this.asked.keys()) this.send({ kind: "file_get", sha256 }, []);
  }

  tick() {
    if (this.isAway) return;
    this.transfers.forEach((transfer) => transfer.tick());
    for (const [sha256, entry] of this.asked) {
      if (++entry.age % DOWNLOAD_SILENCE) continue;
      if (entry.age < DOWNLOAD_SILENCE * DOWNLOAD_TRIES) this.send({ kind: "file_get", sha256 }, []);
      else this.arrive({ sha256 }, null);
    }
  }

  dispose() {
    this.transfers.forEach((transfer) => transfer.cancel());
    this.made.forEach((url) => URL.revokeObjectURL(url));
  }
}

/** One file on its way. Its end: value (what the kernel has kept), message (why it was refused), or cancel(). */
class Transfer {
  constructor(file, { field, url, changed, uploads }) {
    Object.assign(this, { file, field, url, changed, uploads, id: newId(), value: null, message: null });
    Object.assign(this, { sent: 0, stored: 0, silence: 0 });
  }

  get isOpen() {
    return this.uploads.transfers.has(this.id);
  }

  get isWaiting() {
    return this.isOpen && this.uploads.isAway;
  }

  /** How much of it the kernel has, 0 to 1. */
  get share() {
    return this.value ? 1 : this.stored / (this.file.size || 1);
  }

  /** Send as much as may be unanswered. */
  async pump() {
    if (this.isPumping) return;
    this.isPumping = true;
    while (this.maySend()) await this.sendChunk(this.sent);
    this.isPumping = false;
  }

  maySend() {
    const isLeft = this.sent < Math.max(this.file.size, 1); // an empty file is one empty chunk
    return isLeft && this.sent < this.stored + UPLOAD_WINDOW && this.isOpen && !this.uploads.isAway;
  }

  async sendChunk(offset) {
    const { file, field } = this;
    let chunk;
    try {
      chunk = await file.slice(offset, offset + UPLOAD_CHUNK).arrayBuffer();
    } catch {
      return this.end({ message: UNREADABLE }); // it was changed, moved or deleted meanwhile
    }
    if (offset !== this.sent || !this.maySend()) return;
    this.sent += UPLOAD_CHUNK;
    const { name, type, size } = file;
    this.uploads.send({ kind: "file", upload: this.id, field, name, type, size, offset }, [chunk]);
  }

  receive({ offset, value, message }) {
    this.silence = 0;
    if (value || message) return this.end({ value, message });
    this.stored = Math.max(this.stored, offset);
    this.sent = Math.max(this.sent, this.stored);
    this.changed();
    void this.pump();
  }

  /** Go on behind what the kernel has. */
  resume() {
    this.silence = 0;
    this.sent = this.stored;
    this.changed();
    void this.pump();
  }

  tick() {
    if (++this.silence >= UPLOAD_SILENCE) this.resume();
  }

  end({ value = null, message = null }) {
    if (!this.isOpen) return;
    this.uploads.transfers.delete(this.id);
    Object.assign(this, { value, message });
    if (value && this.url) this.uploads.urls.set(value.sha256, this.url);
    this.changed();
  }

  /** Give it up; what is under way is not answered to any more. */
  cancel() {
    this.uploads.transfers.delete(this.id);
  }
}

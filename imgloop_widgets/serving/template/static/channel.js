// The websocket to the kernel: Jupyter's binary protocol, and a connection that comes back.
//
// Law: a message is sent once. What is sent while the connection is away waits here; what the kernel says meanwhile
// waits at the server, which knows this page by its session. The window hears of it: `imgloop-cut`, `imgloop-joined`.

const PROTOCOL = "v1.kernel.websocket.jupyter.org";
const WORD = 8;
const RETRY_MS = [100, 250, 500, 1000];
const PROBE_LIMIT_MS = 5000;
const MOST_WAITING = 500;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** {channel, header, parent, metadata, content, buffers} as one binary frame. */
export function encode({ channel, header, parent = {}, metadata = {}, content, buffers = [] }) {
  const texts = [header, parent, metadata, content].map((part) => encoder.encode(JSON.stringify(part)));
  const parts = [encoder.encode(channel), ...texts, ...buffers.map(bytesOf)];
  const head = WORD * (parts.length + 2);
  const frame = new Uint8Array(parts.reduce((length, part) => length + part.byteLength, head));
  const view = new DataView(frame.buffer);
  view.setBigUint64(0, BigInt(parts.length + 1), true);
  let at = head;
  parts.forEach((part, i) => {
    view.setBigUint64(WORD * (i + 1), BigInt(at), true);
    frame.set(part, at);
    at += part.byteLength;
  });
  view.setBigUint64(WORD * (parts.length + 1), BigInt(at), true);
  return frame;
}

/** The reverse; buffers are DataViews, as widgets expect them. */
export function decode(data) {
  const view = new DataView(data);
  const count = Number(view.getBigUint64(0, true));
  const offsets = Array.from({ length: count }, (_, i) => Number(view.getBigUint64(WORD * (i + 1), true)));
  const text = (i) => decoder.decode(new Uint8Array(data, offsets[i], offsets[i + 1] - offsets[i]));
  const buffers = offsets.slice(5, -1).map((start, i) => new DataView(data.slice(start, offsets[i + 6])));
  return { channel: text(0), header: JSON.parse(text(1)), parent: JSON.parse(text(2)), content: JSON.parse(text(4)), buffers };
}

function bytesOf(buffer) {
  return ArrayBuffer.isView(buffer)
    ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    : new Uint8Array(buffer);
}

/**
 * receive(message) for every message of the kernel; gone() once, when the server answers and the kernel has ended.
 */
export class KernelChannel {
  constructor({ base, kernel, receive, gone }) {
    Object.assign(this, { receive, gone, waiting: [], failures: 0, closed: false, session: randomId() });
    this.state = new URL(`${base}api/kernels/${kernel}`, location.href);
    this.address = new URL(`${this.state}/channels?session_id=${this.session}`);
    this.address.protocol = this.address.protocol.replace("http", "ws");
    addEventListener("offline", () => this.socket?.close());
    addEventListener("online", () => this.connect());
    this.connect();
  }

  send(kind, content, { metadata = {}, buffers = [] } = {}) {
    const header = {
      msg_id: randomId(),
      msg_type: kind,
      session: this.session,
      username: "",
      version: "5.3",
      date: new Date().toISOString(),
    };
    const frame = encode({ channel: "shell", header, metadata, content, buffers });
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(frame);
    else if (this.waiting.length < MOST_WAITING) this.waiting.push(frame);
  }

  /** The page goes: nothing comes back after this. */
  close() {
    this.closed = true;
    this.socket?.close();
  }

  connect() {
    clearTimeout(this.timer);
    if (this.closed || this.socket) return;
    const socket = (this.socket = new WebSocket(this.address, PROTOCOL));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.failures = 0;
      for (const frame of this.waiting.splice(0)) socket.send(frame);
      dispatchEvent(new Event("imgloop-joined"));
    };
    socket.onmessage = ({ data }) => this.receive(decode(data));
    socket.onclose = () => this.lost();
  }

  async lost() {
    this.socket = null;
    if (this.closed) return;
    dispatchEvent(new Event("imgloop-cut"));
    const wait = RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)];
    if (await this.hasEnded()) {
      if (!this.closed) this.gone();
      this.closed = true;
    } else {
      this.timer = setTimeout(() => this.connect(), wait);
    }
  }

  /** A browser does not tell why a socket was refused; this asks. No answer is no end. */
  async hasEnded() {
    try {
      const answer = await fetch(this.state, { cache: "no-store", signal: AbortSignal.timeout(PROBE_LIMIT_MS) });
      return answer.status === 404;
    } catch {
      return false;
    }
  }
}

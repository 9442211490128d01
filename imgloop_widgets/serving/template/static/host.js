// The widgets' host: what anywidget's front end and Jupyter's widget manager do, for a page with nothing else on it.
//
// A widget is a model in the kernel, known by its comm, and a module (its trait `_esm`) that draws it here. The page
// asks for all models once (`jupyter.widget.control`), then follows their comms.

import { KernelChannel, randomId } from "./channel.js";

const CONTROL = { target: "jupyter.widget.control", version: "1.0.0" };
const MODEL_PREFIX = "IPY_MODEL_";
const INVOKE_LIMIT_MS = 10_000;

export const WIDGET_VIEW = "application/vnd.jupyter.widget-view+json";

export class Host {
  constructor({ base, kernel, gone }) {
    this.models = new Map();
    this.asked = randomId();
    this.ready = new Promise((resolve) => (this.resolve = resolve));
    this.channel = new KernelChannel({ base, kernel, gone, receive: (message) => this.receive(message) });
  }

  /** Ask the kernel for its widgets; resolves when they are here. */
  load() {
    const comm = { comm_id: this.asked };
    const metadata = { version: CONTROL.version };
    this.channel.send("comm_open", { ...comm, target_name: CONTROL.target, data: {} }, { metadata });
    this.channel.send("comm_msg", { ...comm, data: { method: "request_states" } });
    return this.ready;
  }

  /** Draw the widget of that id into the element. */
  async draw(id, element) {
    await this.ready;
    const model = this.models.get(id);
    if (!model) throw new Error(`there is no widget ${id}`);
    await model.draw(element);
  }

  close() {
    this.channel.close();
  }

  receive({ channel, header, content, buffers }) {
    if (channel !== "iopub") return;
    const { comm_id: id, data } = content;
    if (header.msg_type === "comm_open") this.add(id, data, buffers);
    else if (header.msg_type !== "comm_msg") return;
    else if (id === this.asked) this.receiveStates(data, buffers);
    else this.models.get(id)?.receive(data, buffers);
  }

  /** The state of all widgets, as of now: what their comms said before is in it. */
  receiveStates({ method, states, buffer_paths: paths }, buffers) {
    if (method !== "update_states") return;
    place(states, paths, buffers);
    for (const [id, { state }] of Object.entries(states)) this.models.set(id, new Model(id, state, this));
    this.resolve();
  }

  /** A widget that the notebook made later. */
  add(id, { state, buffer_paths: paths }, buffers) {
    if (this.models.has(id) || !state) return;
    place(state, paths, buffers);
    this.models.set(id, new Model(id, state, this));
  }
}

/** Put binary values where the paths say. */
function place(holder, paths, buffers) {
  (paths ?? []).forEach((path, i) => {
    const target = path.slice(0, -1).reduce((value, step) => value[step], holder);
    target[path.at(-1)] = buffers[i];
  });
}

/** One widget: its traits, its events, and the module that draws it. */
class Model {
  constructor(id, state, host) {
    Object.assign(this, { id, state, host, changed: {}, listeners: [], answers: new Map() });
    this.widget_manager = { get_model: async (key) => host.models.get(key.replace(MODEL_PREFIX, "")) };
  }

  get(name) {
    return this.state[name];
  }

  set(name, value) {
    const values = typeof name === "object" ? name : { [name]: value };
    Object.assign(this.changed, values);
    this.take(values);
  }

  save_changes() {
    const state = this.changed;
    this.changed = {};
    if (Object.keys(state).length) this.post({ method: "update", state, buffer_paths: [] });
  }

  send(content, _callbacks, buffers) {
    this.post({ method: "custom", content }, buffers);
  }

  on(names, listener, owner = null) {
    for (const name of names.split(" ")) this.listeners.push({ name, listener, owner });
  }

  off(names = null, listener = null, owner = null) {
    const wanted = names?.split(" ");
    this.listeners = this.listeners.filter(
      (l) => (wanted && !wanted.includes(l.name)) || (listener && l.listener !== listener) || (owner && l.owner !== owner),
    );
  }

  /** An anywidget command: call a method of the Python side and wait for its answer. */
  invoke(name, msg, { buffers = [], signal = AbortSignal.timeout(INVOKE_LIMIT_MS) } = {}) {
    const id = randomId();
    return new Promise((resolve, reject) => {
      this.answers.set(id, (content, answered) => resolve([content.response, answered]));
      signal.addEventListener("abort", () => this.answers.delete(id) && reject(signal.reason));
      this.send({ id, kind: "anywidget-command", name, msg }, undefined, buffers);
    });
  }

  post(data, buffers = []) {
    this.host.channel.send("comm_msg", { comm_id: this.id, data }, { buffers });
  }

  receive(data, buffers) {
    if (data.method === "update") {
      place(data.state, data.buffer_paths, buffers);
      this.take(data.state);
    } else if (data.method === "custom") {
      const { content } = data;
      const answer = content?.kind === "anywidget-command-response" && this.answers.get(content.id);
      if (answer) this.answers.delete(content.id) && answer(content, buffers);
      else this.emit("msg:custom", content, buffers);
    }
  }

  take(values) {
    const names = Object.keys(values).filter((name) => this.state[name] !== values[name]);
    Object.assign(this.state, values);
    for (const name of names) this.emit(`change:${name}`, this, this.state[name]);
    if (names.length) this.emit("change", this);
  }

  emit(name, ...values) {
    for (const { listener } of this.listeners.filter((l) => l.name === name)) {
      try {
        listener(...values);
      } catch (error) {
        console.error(error);
      }
    }
  }

  async draw(element) {
    if (this.state._esm === undefined) return drawPlain(this, element);
    const signal = new AbortController().signal;
    const experimental = { invoke: (...values) => this.invoke(...values) };
    this.module ??= this.load(signal, experimental);
    const definition = await this.module;
    await definition.render?.({ model: this, el: element, signal, experimental });
  }

  async load(signal, experimental) {
    if (this.state._css) document.head.append(Object.assign(document.createElement("style"), { textContent: this.state._css }));
    const url = URL.createObjectURL(new Blob([this.state._esm], { type: "text/javascript" }));
    const { default: exported } = await import(url);
    URL.revokeObjectURL(url);
    const definition = typeof exported === "function" ? await exported() : exported;
    await definition.initialize?.({ model: this, signal, experimental });
    return definition;
  }
}

/** ipywidgets' own HTML and Label have no module of their own; no other widget of ipywidgets is drawn on this page. */
function drawPlain(model, element) {
  const { _model_name: name } = model.state;
  if (name !== "HTMLModel" && name !== "LabelModel") throw new Error(`a ${name} can't be shown here; use an anywidget`);
  const property = name === "HTMLModel" ? "innerHTML" : "textContent";
  const fill = () => (element[property] = model.get("value"));
  model.on("change:value", fill);
  fill();
}

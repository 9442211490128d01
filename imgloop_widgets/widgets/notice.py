"""`Notice`: some sentences in place of the task (a link that is not complete, a study that can't be shown or is not for
this worker)."""

import anywidget
import traitlets

CLOSED = "This page can't be opened"

_ESM = """
function render({ model, el }) {
  const box = document.createElement("div");
  box.className = "imgloop imgloop-notice";
  box.setAttribute("role", "alert");
  const heading = document.createElement("h1");
  heading.textContent = model.get("title");
  const text = document.createElement("p");
  text.textContent = model.get("text");
  box.append(heading, text);
  if (model.get("code")) {
    const code = document.createElement("p");
    const value = document.createElement("code");
    value.textContent = model.get("code");
    code.append("Your code: ", value);
    box.append(code);
  }
  el.append(box);
}
export default { render };
"""


class Notice(anywidget.AnyWidget):
    """title, text: what the worker reads, shown as text, never as HTML. code: by which the researcher finds them."""

    _esm = _ESM
    _css = (
        ".imgloop-notice { max-width: 40rem; margin: 3rem auto; padding: 0 1rem; font-family: system-ui, sans-serif; }"
    )
    title = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    code = traitlets.Unicode().tag(sync=True)

    def __init__(self, text: str, *, title: str = CLOSED, code: str = "") -> None:
        super().__init__(title=title, text=text, code=code)

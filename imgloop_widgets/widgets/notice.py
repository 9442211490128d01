"""`Notice`: one sentence in place of the task (a link that is not complete, a study that can't be shown)."""

import anywidget
import traitlets

_ESM = """
function render({ model, el }) {
  const box = document.createElement("div");
  box.className = "imgloop imgloop-notice";
  box.setAttribute("role", "alert");
  const heading = document.createElement("h1");
  heading.textContent = "This page can't be opened";
  const text = document.createElement("p");
  text.textContent = model.get("text");
  box.append(heading, text);
  el.append(box);
}
export default { render };
"""


class Notice(anywidget.AnyWidget):
    """text: what the worker reads; it is shown as text, never as HTML."""

    _esm = _ESM
    _css = (
        ".imgloop-notice { max-width: 40rem; margin: 3rem auto; padding: 0 1rem; font-family: system-ui, sans-serif; }"
    )
    text = traitlets.Unicode().tag(sync=True)

    def __init__(self, text: str) -> None:
        super().__init__(text=text)

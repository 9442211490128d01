"""The page of `imgloop forms preview`: a chooser of the form's versions, and below it the form as a worker has it.

    bar        which version of how many; a plain HTML form that asks for the same page with ?version=k (1-based)
    the form   a `Form`; with the loop in it a `LookAlike` (see `rehearsal`); all in memory
    or         all mistakes of the files, with their places

Each page has a kernel of its own, so a reload reads the files anew.
"""

import functools
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs

import ipywidgets
from IPython.display import HTML, display

from imgloop_widgets.errors import ConfigurationError, Problem
from imgloop_widgets.forms import FormFile, FormModel, load_form
from imgloop_widgets.forms.slots import TARGET_TOKEN
from imgloop_widgets.serving.rehearsal import NAME, loop_of, rehearse
from imgloop_widgets.widgets import LookAlike
from imgloop_widgets.widgets.form import Form

LONGEST_LABEL = 70
LONGEST_VALUE = 24
"""Characters of a version in the chooser, and of one value in it."""

STYLE = """
.preview { padding: .5rem 1.25rem; overflow-wrap: anywhere }
.preview p, .preview dd { margin: 0 }
.preview-bar { background: var(--shell-card); border-bottom: 1px solid var(--shell-line) }
.preview-line, .preview-line form { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .75rem }
.preview-line { justify-content: space-between }
.preview-line form { flex: 1 1 24rem; justify-content: flex-end; min-width: 0 }
.preview select, .preview button {
  min-height: 2.75rem; padding: 0 .75rem; border: 1px solid var(--shell-quiet); border-radius: 8px;
  background: var(--shell-card); color: var(--shell-text); font: inherit;
}
.preview select { flex: 1 1 8rem; min-width: 0; max-width: 32rem; text-overflow: ellipsis }
.preview button { cursor: pointer }
.preview :focus-visible { outline: 3px solid var(--shell-accent); outline-offset: 2px }
.preview summary, .preview-strange { min-height: 1.75rem; font-size: .875rem }
.preview summary { width: fit-content; color: var(--shell-quiet); cursor: pointer }
.preview dl { display: grid; grid-template-columns: fit-content(40%) 1fr; gap: .25rem 1rem; margin: .25rem 0 .5rem }
.preview-mistakes { max-width: 60rem; margin: 2rem auto }
.preview-mistakes h1 { margin: 0 0 1rem; font-size: 1.5rem }
.preview-mistakes li { margin: .75rem 0 }
"""


def preview_page(path: Path | str) -> ipywidgets.DOMWidget | None:
    """Show the chooser, and return the form to be shown below it; None: there are mistakes, and they are shown.

    path: a form's folder or file. The version comes from QUERY_STRING; there, 1 is the first.
    """
    path = Path(path)
    try:
        file = load_form(path)
        chosen, strange = _chosen(len(file.versions))
        form = file.versions[chosen].form({TARGET_TOKEN: NAME})
        page, notes = _page(form)
    except ConfigurationError as error:
        _show(_mistakes(path, error.problems))
        return None
    _show(_bar(path, file, chosen, strange, notes))
    return page


def _page(form: FormModel) -> tuple[ipywidgets.DOMWidget, list[tuple[str, str]]]:
    """Return the form to be shown, and what there is to say about it: pairs of a term and what it is here."""
    parts = loop_of(form)
    if parts is None:
        return Form(form), []
    runner = rehearse(form, parts, Path(_folder().name))
    bands = [f"{name} from a score of {lowest}" for lowest, name in runner.part.rules.bands]
    return LookAlike(runner=runner), [
        ("images", "by the generator Scenes, in a size of the preview's own"),
        ("templates", f"{', '.join(bands)}; in a study, its rules decide"),
    ]


@functools.cache
def _folder() -> "tempfile.TemporaryDirectory[str]":
    """The folder of the target's file, removed when the kernel ends."""
    return tempfile.TemporaryDirectory(prefix="imgloop-preview-")


def _chosen(count: int) -> tuple[int, str]:
    """Return the position of the version that was asked for, and what was asked for where there is no such version."""
    asked = parse_qs(os.environ.get("QUERY_STRING", "")).get("version", ["1"])[-1]
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 10 else 0
    return (number - 1, "") if 1 <= number <= count else (0, asked[:20])


def _bar(path: Path, file: FormFile, chosen: int, strange: str, notes: Iterable[tuple[str, str]]) -> str:
    version, total = file.versions[chosen], len(file.versions)
    which = f", version {chosen + 1} of {total}" if total > 1 else ""
    line = f"<p><strong>Preview</strong> of <code>{escape(path.name)}</code>{which}</p>"
    if total > 1:
        options = "".join(
            f'<option value="{k + 1}"{" selected" if k == chosen else ""}>{escape(label_of(k, one.tokens))}</option>'
            for k, one in enumerate(file.versions)
        )
        line += (
            '<form method="get" autocomplete="off"><label for="preview-version">Version</label>'
            f'<select id="preview-version" name="version">{options}</select><button>Show</button></form>'
        )
    said = f"There is no version {strange!r}; this is version {chosen + 1}." if strange else ""
    terms = [
        *version.tokens.items(),
        *notes,
        ("answers", "are checked, and stored nowhere"),
        ("changes", "reload the page to read the files anew"),
    ]
    return (
        '<section class="preview-bar" aria-label="Preview"><div class="preview">'
        f'<div class="preview-line">{line}</div>'
        f'{f"""<p class="preview-strange">{escape(said)}</p>""" if said else ""}'
        "<details><summary>About this preview</summary><dl>"
        f"{''.join(f'<dt>{escape(name)}</dt><dd>{escape(value)}</dd>' for name, value in terms)}"
        "</dl></details></div></section>"
    )


def label_of(position: int, tokens: Mapping[str, str]) -> str:
    """Return what a version is called in the chooser: its number and its tokens' values, shortened.

    position: 0-based.
    """
    values = ", ".join(f"{name}={_shortened(value, LONGEST_VALUE)}" for name, value in tokens.items())
    return _shortened(f"{position + 1}: {values}" if values else f"{position + 1}", LONGEST_LABEL)


def _shortened(text: str, longest: int) -> str:
    """The beginning and the end of a text: what differs in a link is often at its end."""
    text = " ".join(text.split())
    if len(text) <= longest:
        return text
    end = longest // 2
    return f"{text[: longest - end - 1]}…{text[-end:]}"


def _mistakes(path: Path, problems: Iterable[Problem]) -> str:
    found = [f"<li><code>{escape(p.where)}</code>: {escape(p.what)}</li>" for p in problems]
    head = "1 mistake" if len(found) == 1 else f"{len(found)} mistakes"
    return (
        f'<div class="preview preview-mistakes"><h1>{head} in <code>{escape(path.name)}</code></h1>'
        f"<ul>{''.join(found)}</ul>"
        "<p>Correct the files, then reload this page.</p></div>"
    )


def _show(html: str) -> None:
    made, show = cast("tuple[Any, Any]", (HTML, display))  # IPython has no types
    show(made(f"<style>{STYLE}</style>{html}"))


def write_notebook(folder: Path, path: Path) -> Path:
    """Write the notebook that shows the page, and return its path. path: of the form; it may be relative."""
    lines = [
        "from imgloop_widgets.serving.preview import preview_page",
        f"preview_page({os.path.abspath(path)!r})",
    ]
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "execution_count": None, "id": f"cell-{k}", "metadata": {}, "outputs": [], "source": line}
        for k, line in enumerate(lines)
    ]
    file = folder / "preview.ipynb"
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    file.write_text(json.dumps(content), encoding="utf-8")
    return file

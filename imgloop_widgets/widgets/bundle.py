"""The page's modules as the one text that anywidget wants, and its styles as the other.

    _esm = page_script("look_alike.js")     page/look_alike.js, and before it all that it imports, each module once
    _css = page_style()                     page/page.css, with the styles that it names in the order it names them

There is no build step: `import { a } from "./x.js";` and `export` before a declaration are cut out, and what is left
shares one scope. So a name at the top level of a module stands for one thing in all of them (a test sees to that), an
import brings names as they are, and only the entry has a default export. Nothing is read before the first widget of a
kind is made.
"""

import re
from functools import lru_cache
from pathlib import Path

PAGE = Path(__file__).parent / "page"

_IMPORT = re.compile(r'^import \{\s*[\w$]+(?:\s*,\s*[\w$]+)*\s*,?\s*\} from "\./([\w.-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let)\b)", re.MULTILINE)
_LEFT_OVER = re.compile(r"^(?:import\b|export\b(?! default\b)).*$", re.MULTILINE)
_DEFAULT = re.compile(r"^export default\b", re.MULTILINE)
_STYLE = re.compile(r'^@import "\./([\w.-]+\.css)";\n', re.MULTILINE)


class PageText:
    """A text of the page that is put together when it is asked for, with `str()`, as anywidget does."""

    def __init__(self, entry: str) -> None:
        self.entry = entry

    def __str__(self) -> str:
        return script_text(self.entry) if self.entry.endswith(".js") else style_text(self.entry)


def page_script(entry: str) -> PageText:
    """Return what stands for the module `page/{entry}` and all that it imports."""
    return PageText(entry)


def page_style(entry: str = "page.css") -> PageText:
    """Return what stands for the styles that `page/{entry}` names."""
    return PageText(entry)


@lru_cache(maxsize=8)
def script_text(entry: str) -> str:
    """Return one ES module: the modules that the entry needs, what is imported before what imports it.

    Raises:
        ValueError: an import or export that can't be cut out, such as one with `as`.
    """
    return "\n".join(_without_imports(name, default=name == entry) for name in modules(entry))


@lru_cache(maxsize=8)
def style_text(entry: str) -> str:
    """Return the styles that the entry names, and then its own."""
    text = (PAGE / entry).read_text(encoding="utf-8")
    return "\n".join([*(style_text(name) for name in _STYLE.findall(text)), _STYLE.sub("", text)])


def modules(entry: str) -> tuple[str, ...]:
    """Return the names of the modules that the entry needs, itself last."""
    found: dict[str, None] = {}
    started: set[str] = set()

    def visit(name: str) -> None:
        if name in started:
            return
        started.add(name)
        for needed in _IMPORT.findall((PAGE / name).read_text(encoding="utf-8")):
            visit(needed)
        found[name] = None

    visit(entry)
    return tuple(found)


def _without_imports(name: str, *, default: bool) -> str:
    text = _EXPORT.sub("", _IMPORT.sub("", (PAGE / name).read_text(encoding="utf-8")))
    wrong = _LEFT_OVER.search(text) or (None if default else _DEFAULT.search(text))
    if wrong:
        raise ValueError(f"page/{name}: this can't be put together with the other modules: {wrong[0]}")
    return text.lstrip("\n")

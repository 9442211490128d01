"""What keeps a worker's notebook from showing its page, found without running it.

| looked for | because |
| --- | --- |
| a cell with the tag `parameters` | the server fills in the study there |
| cells that are Python; IPython's magics may be among them | one that is not stops the notebook for every worker |
| a callback, where the study names no generator (or shows a metric of no scorer) | without it there is no page |
| a callback's name, defined or imported in the notebook | a misspelt one stops the notebook, too |

Where names may come from elsewhere (a star import, `%run`), nothing is said about them.
"""

import ast
import builtins
import difflib
import json
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

from imgloop_widgets.cli.arguments import short
from imgloop_widgets.errors import Problem

OPENERS = ("open_page", "LookAlike")
"""The calls that show a page."""
SAME_NAMESPACE = ("%%time", "%%timeit", "%%capture", "%%prun")
"""Magics of a cell whose other lines are Python of the notebook itself."""
HARMLESS = {"matplotlib", "config", "env", "load_ext", "autoreload", "pip", "conda", "cd", "pwd", "ls", "html", "bash"}
"""Magics that define no names; any other may."""


NEEDED = {
    "generate": "the study file names no generator, so open_page needs one: open_page(study, generate=my_callback)",
    "scorer": "the study file shows a metric and names no scorer, so open_page needs one: "
    "open_page(study, scorer=my_scorer)",
}
"""Argument of the calls that show a page → what is said where it is needed and nobody brings it."""
CALLBACKS = ("generate", "revise", "scorer")
"""The arguments that are functions of the notebook's own."""


def notebook_problems(notebook: Path, *, needs_generator: bool = False, needs_scorer: bool = False) -> list[Problem]:
    """Return what keeps a worker's notebook from being served.

    needs_generator, needs_scorer: the study file names none, and needs one.
    """
    name = short(notebook)
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        tags = [tag for cell in cells for tag in cell.get("metadata", {}).get("tags", ())]
        code = [(n, "".join(c["source"])) for n, c in enumerate(cells, 1) if c.get("cell_type") == "code"]
    except FileNotFoundError:
        return [Problem(name, "is missing; a study needs a notebook that shows the page (see notebooks/look_alike)")]
    except OSError as error:
        return [Problem(name, f"can't be read ({error.strerror})")]
    except (ValueError, KeyError, TypeError, AttributeError):
        return [Problem(name, "is not a notebook; open it in JupyterLab and save it again")]
    problems = []
    if "parameters" not in tags:
        what = "has no cell with the tag `parameters`; add it to the cell that holds the settings"
        problems.append(Problem(name, what))
    trees: dict[int, ast.Module] = {}
    for number, source in code:
        parsed = _parse(source)
        if isinstance(parsed, ast.Module):
            trees[number] = parsed
        else:
            problems.append(Problem(f"{name}: cell {number}{parsed[0]}", parsed[1]))
    if len(trees) == len(code):  # else what is missing may be in the cell that can't be read
        needed = [word for word, needs in (("generate", needs_generator), ("scorer", needs_scorer)) if needs]
        problems += [Problem(f"{name}{place}", what) for place, what in _callback_problems(trees, needed)]
    return problems


def _parse(source: str) -> "ast.Module | tuple[str, str]":
    """Return the cell's tree, or the place (`, line 2`) and what is wrong there."""
    from IPython.core.inputtransformer2 import TransformerManager

    lines = source.split("\n")
    shift = next((k for k, line in enumerate(lines) if line.strip()), 0)  # IPython drops these
    first = lines[shift].strip()
    if first.startswith(SAME_NAMESPACE):
        lines[shift] = "pass"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ipython = TransformerManager()  # type: ignore[no-untyped-call]  # it has no types
            code = ipython.transform_cell("\n".join(lines[shift:]))
            compile(code, "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
            return ast.parse(code)
    except SyntaxError as error:
        line = (error.lineno or 1) + shift
        written = lines[line - 1].strip() if line <= len(lines) else ""
        return f", line {line}", f"is not Python ({error.msg}): `{written}`"
    except ValueError as error:  # a null byte
        return "", f"is not Python ({error})"


def _callback_problems(trees: dict[int, ast.Module], needed: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield place and text of what is wrong with the callbacks. needed: which of them must be there."""
    calls = [(number, node) for number, tree in trees.items() for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for word in needed:
        if not any(_brings(call, word) for _, call in calls):
            yield "", NEEDED[word]
    known = _names(trees.values())
    for number, call, word in ((number, call, word) for number, call in calls for word in CALLBACKS):
        name = _root(_given(call, word)) if _called(call) in OPENERS else None
        if known is not None and name and name not in known and not hasattr(builtins, name):
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else "define or import it in a cell above"
            yield f": cell {number}", f"{word}={name}: there is no {name!r} in the notebook; {hint}"


def _called(call: ast.Call) -> str | None:
    return getattr(call.func, "id", None) or getattr(call.func, "attr", None)


def _brings(call: ast.Call, argument: str) -> bool:
    """Whether the call hands on a callback, be it through another name for open_page; `**more` may have one."""
    value = _given(call, argument)
    if value is None:
        return _called(call) in OPENERS and any(word.arg is None for word in call.keywords)
    return not (isinstance(value, ast.Constant) and value.value is None)


def _given(call: ast.Call, argument: str) -> ast.expr | None:
    return next((word.value for word in call.keywords if word.arg == argument), None)


def _root(value: ast.expr | None) -> str | None:
    """The first name of `name`, `name.attribute`, `name(…)`; None where there is none."""
    while isinstance(value, ast.Attribute | ast.Call):
        value = value.value if isinstance(value, ast.Attribute) else value.func
    return value.id if isinstance(value, ast.Name) else None


def _names(trees: Iterable[ast.Module]) -> set[str] | None:
    """Every name that the notebook gives to something, wherever; None: there may be others."""
    names: set[str] = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        match node:
            case ast.alias(name="*") | ast.Name(id="exec" | "globals"):
                return None
            case ast.Call(func=ast.Attribute(attr="run_line_magic" | "run_cell_magic"), args=[ast.Constant(magic), *_]):
                if magic not in HARMLESS:
                    return None
            case ast.alias(name=name, asname=other):
                names.add(other or name.partition(".")[0])
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                names.add(name)
    return names

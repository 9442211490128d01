"""The notebooks of reports: which there are, what each is about, and which parameters it takes.

Looked for in reports/ beside the study's folder, then in notebooks/reports/: a study's own report of the same name
comes first.
"""

import ast
import difflib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imgloop_widgets.errors import ImgloopError

ORDER = ("flow", "sessions", "learning", "success", "prompts", "steerability", "arms", "blind",
         "agreement", "scores_and_metrics", "replay", "workers", "power")  # fmt: skip
"""The order in which reports are read; others come after them, by name."""

OURS = Path(__file__).parents[2] / "notebooks" / "reports"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    """file: of the notebook. title: its heading. sentence: the first below it. parameters: the names it takes."""

    file: Path
    title: str
    sentence: str
    parameters: tuple[str, ...]

    @property
    def name(self) -> str:
        """What the report is called in a command."""
        return self.file.stem

    def require(self, parameter: str) -> None:
        """Say nothing if it takes the parameter. Raises: ImgloopError: it does not; the text names those it does."""
        if parameter not in self.parameters:
            raise ImgloopError(
                f"the report {self.name!r} has no parameter {parameter!r}; {hint(parameter, self.parameters)}"
            )


def find(name: str, study: Path | None = None) -> Notebook:
    """Return the notebook of a report. study: the study's folder.

    Raises:
        ImgloopError: there is none of this name, or it is no notebook; the text lists those that there are.
    """
    files = _files(study)
    if name not in files:
        places = " or ".join(map(str, _folders(study)))
        raise ImgloopError(f"there is no report {name!r} in {places}; {hint(name, files)}")
    return _read(files[name])


def names(study: Path | None = None) -> tuple[str, ...]:
    """Return the names of all reports, in the order in which they are read. study: the study's folder."""
    known = _files(study)
    return tuple([name for name in ORDER if name in known] + sorted(set(known) - set(ORDER)))


def resembling(name: str, known: Iterable[str]) -> str:
    """Return the known name that was probably meant; "" where there is none."""
    return next(iter(difflib.get_close_matches(name, known, n=1)), "")


def hint(name: str, known: Iterable[str]) -> str:
    """Return which one may have been meant, and which there are."""
    known = list(known)
    close = resembling(name, known)
    return f"{f'did you mean {close!r}? ' if close else ''}possible: {', '.join(known) or 'none'}"


def _folders(study: Path | None) -> list[Path]:
    return [*([study.parent / "reports"] if study else []), OURS]


def _files(study: Path | None) -> dict[str, Path]:
    return {file.stem: file for folder in reversed(_folders(study)) for file in sorted(folder.glob("*.ipynb"))}


def _read(file: Path) -> Notebook:
    try:
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        given = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", ())]
        parameters = [name for cell in given for name in _assigned("".join(cell["source"]))]
    except (OSError, ValueError, KeyError, TypeError, SyntaxError) as error:
        raise ImgloopError(f"{file}: is no notebook that can be read ({error}); mend it, or save it anew") from None
    title, sentence = _opening(cells)
    return Notebook(file=file, title=title or file.stem, sentence=sentence, parameters=tuple(parameters))


def _assigned(source: str) -> list[str]:
    lines = [line for line in ast.parse(source).body if isinstance(line, ast.Assign)]
    return [target.id for line in lines for target in line.targets if isinstance(target, ast.Name)]


def _opening(cells: list[dict[str, Any]]) -> tuple[str, str]:
    """Return the heading of the first text, and the first sentence below it, without marks."""
    text = next(("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"), "")
    head, _, body = text.strip().partition("\n")
    if not head.startswith("# "):
        return "", ""
    first = re.split(r"(?<=[.?!])\s", body.strip().partition("\n\n")[0], maxsplit=1)[0]
    return head[2:].strip(), re.sub(r"[*_`]|\[([^]]*)\]\([^)]*\)", r"\1", first).replace("\n", " ")

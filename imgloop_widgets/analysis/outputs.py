"""What a report shows and saves: each call returns what the cell shows and, where there is a folder, writes the files.

out/
├── flow.csv, learning_curve.csv, …   a table each; the same data and seed give the same bytes
├── tables.json                         all of them, with where they come from
├── report.json                         what an index of reports says of this one
├── flow.svg, flow.png, …               a figure each, at its size on paper, 300 dots per inch
└── strips/session-0001-….png           a picture of each session that is shown
"""

import io
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from imgloop_widgets.analysis import about, markup, strip_page, strip_picture
from imgloop_widgets.analysis.data import Data
from imgloop_widgets.analysis.markup import Shown
from imgloop_widgets.analysis.strips import Choice, Strip
from imgloop_widgets.analysis.style import PAPER
from imgloop_widgets.analysis.words import count

DIGITS = "%.10g"
"""Of a number in a saved table: more than any measure is good for, fewer than chance would change."""

CONTENTS = "report.json"

MOMENTS = "%Y-%m-%dT%H:%M:%S.%fZ"


class Report:
    """One run of a report.

    seed: of all chance in it. out: the folder to write to; none or empty: only shown. parameters: the report's own
    (threshold, baseline, …), by name: they are stated with the results, and compared with what was preregistered.
    """

    def __init__(self, data: Data, *, seed: int, out: Path | str | None = None, **parameters: Any) -> None:
        self.data = data
        self.seed = seed
        self.out = Path(out) if out else None
        self.parameters = parameters
        self._tables: dict[str, Any] = {}
        self._figures: list[dict[str, str]] = []
        self._missing = ""
        if self.out:
            self.out.mkdir(parents=True, exist_ok=True)

    def summary(self) -> Shown:
        """Say in a sentence what the report is about."""
        self._keep()
        return markup.lead(self._sentence)

    def missing(self, table: str, how: str, frame: pd.DataFrame | None = None) -> Shown | None:
        """Say that the report has nothing to show, where a table of `data.tables` is empty; else nothing.

        table: its name, or what is missing in words, with `frame`. how: to get it, a sentence. frame: what must not be
        empty, if it is no table of its own.
        """
        if not (self.data.tables[table] if frame is None else frame).empty:
            return None
        self._missing = f"This data has no {table}, so there is nothing to show here. {how}"
        self._keep()
        return markup.lead(self._missing)

    def note(self, text: str) -> Shown:
        """Say something that is to be read beside something else."""
        return markup.note(text)

    def table(self, name: str, frame: pd.DataFrame, caption: str, *, folded: bool = False) -> Shown:
        """Show a table and save it as <name>.csv and in tables.json. folded: of a long one only the caption."""
        self._tables[name] = {"columns": list(map(str, frame.columns)), "rows": _values(frame)}
        if self.out:
            self._csv(name, frame)
            self._keep()
            self._write_tables()
        return markup.table(frame, caption, folded=folded)

    def rows(self, name: str, frame: pd.DataFrame) -> Shown:
        """Save a frame of many rows as <name>.csv, and say what is in it."""
        if self.out:
            self._csv(name, frame)
        where = f"{name}.csv" if self.out else f"{name} (not saved: the parameter `out` is empty)"
        return markup.note(f"{where}: {count(len(frame), 'row')}; columns {', '.join(map(str, frame.columns))}.")

    def figure(self, name: str, figure: Figure, *, narrow: Figure) -> Shown:
        """Show a figure and save it as <name>.svg and <name>.png. narrow: the same, drawn for a phone's screen."""
        alt = str(figure.get_label())
        svg, small = (
            _saved(drawn, "svg", {"Date": None, "Creator": None, "Description": alt}) for drawn in (figure, narrow)
        )
        if self.out:
            (self.out / f"{name}.svg").write_bytes(svg)
            (self.out / f"{name}.png").write_bytes(_saved(figure, "png", {"Software": None, "Description": alt}))
            self._figures.append({"name": name, "text": alt})
            self._keep()
        return markup.figure(name, svg, small, alt, figure.get_figwidth())

    def choice(self, choice: Choice) -> Shown:
        """Say which sessions are shown picture by picture, and how many are not."""
        shown = count(len(choice.sessions), "session")
        if choice.left_out:
            of = len(choice.sessions) + choice.left_out
            text = f"{shown} of {of:,}, drawn at random (seed {self.seed}); {choice.left_out:,} are left out."
        else:
            text = f"All {shown} with a picture." if len(choice.sessions) != 1 else "The one session with a picture."
        if choice.without:
            text += f" {count(choice.without, 'session')} had no picture."
        if self.data.store is None:
            text += " There are no pictures in files: the prompts are shown, and what is known of the pictures."
        elif self.data.trouble:
            text += f" The targets can't be shown ({self.data.trouble}); run: imgloop check"
        return markup.note(text)

    def strips(self, strips: Sequence[Strip]) -> Shown:
        """Show the strips and save each as strips/<its name>.png; not those of files, which have no pictures."""
        if self.out and strips and self.data.store is not None:
            (self.out / "strips").mkdir(exist_ok=True)
            for strip in strips:
                picture = strip_picture.png(strip_picture.draw(strip))
                (self.out / "strips" / f"{strip.name}.png").write_bytes(picture)
        return strip_page.page(list(strips))

    @property
    def about(self) -> dict[str, Any]:
        """Where all of it comes from: what somebody needs to get the same numbers again. It grows with what is read."""
        return {**self._origin, **about.read(self.data)}

    @property
    def facts(self) -> dict[str, str]:
        """The same as people read it."""
        return about.facts(self.about)

    def provenance(self) -> Shown:
        """Show where the numbers come from, and write it anew: by now all is read."""
        self._keep()
        if self.out and self._tables:
            self._write_tables()
        return markup.facts(self.facts, "Where the numbers come from")

    @cached_property
    def _origin(self) -> dict[str, Any]:
        return about.origin(self.data, seed=self.seed, parameters=self.parameters)

    @cached_property
    def _sentence(self) -> str:
        return about.sentence(self.data)

    def _keep(self) -> None:
        """Write what an index of reports says of this one."""
        if self.out:
            shown = {
                "heading": self.data.title,
                "summary": self._sentence,
                "missing": self._missing,
                "figures": self._figures,
                "tables": list(self._tables),
                "facts": self.facts,
            }
            _write(self.out / CONTENTS, shown)

    def _write_tables(self) -> None:
        assert self.out is not None
        _write(self.out / "tables.json", {"about": self.about, "tables": self._tables})

    def _csv(self, name: str, frame: pd.DataFrame) -> None:
        assert self.out is not None
        file = self.out / f"{name}.csv"
        frame.to_csv(file, index=False, float_format=DIGITS, date_format=MOMENTS, lineterminator="\n", encoding="utf-8")


def _values(frame: pd.DataFrame) -> list[list[Any]]:
    """Return the rows as JSON values; None for what is not there."""
    plain = frame.astype(object).where(frame.notna(), None)
    rows = plain.itertuples(index=False, name=None)
    return [[float(DIGITS % v) if isinstance(v, float) else v for v in row] for row in rows]


def _write(file: Path, values: Any) -> None:
    file.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _saved(figure: Figure, kind: str, metadata: dict[str, str | None]) -> bytes:
    file = io.BytesIO()
    with matplotlib.rc_context(PAPER):  # type: ignore[arg-type]  # its keys are Literals, ours are checked when set
        figure.savefig(file, format=kind, dpi=300, metadata=metadata)
    return file.getvalue()

"""What a report shows and saves: each call returns what the cell shows and, where there is a folder, writes the files.

out/
├── flow.csv, score_by_attempt.csv, …   a table each; the same data and seed give the same bytes
├── tables.json                         all of them, with where they come from
├── flow.svg, flow.png, …               a figure each, at its size on paper, 300 dots per inch
└── strips/session-0001-….png           a picture of each session that is shown
"""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from imgloop_widgets.analysis import markup, strip_page, strip_picture
from imgloop_widgets.analysis.bootstrap import DRAWS
from imgloop_widgets.analysis.data import StudyData
from imgloop_widgets.analysis.markup import Shown
from imgloop_widgets.analysis.preregistration import Check, check, load, stated
from imgloop_widgets.analysis.provenance import provenance
from imgloop_widgets.analysis.strips import Choice, Strip
from imgloop_widgets.analysis.style import PAPER
from imgloop_widgets.analysis.words import NONE, count

DIGITS = "%.10g"
"""Of a number in a saved table: more than any measure is good for, fewer than chance would change."""

MOMENTS = "%Y-%m-%dT%H:%M:%S.%fZ"


class Report:
    """One run of a report. seed: of all chance in it. out: the folder to write to; none or empty: only shown."""

    def __init__(self, data: StudyData, *, seed: int, out: Path | str | None = None) -> None:
        self.data = data
        self.seed = seed
        self.out = Path(out) if out else None
        self._tables: dict[str, Any] = {}
        if self.out:
            self.out.mkdir(parents=True, exist_ok=True)

    def summary(self) -> Shown:
        """Say in a sentence what the report is about."""
        sessions, name = self.data.sessions, self.data.study.name
        if sessions.empty:
            return markup.lead(
                f"There is no session of the study “{name}” yet. Looked in: {self.data.folder}. Serve the study "
                "(imgloop serve) or let simulated workers play it (imgloop simulate), then run the report again."
                f"{self._simulated()}"
            )
        days = [f"{moment.day} {moment:%B %Y}" for moment in (sessions["opened_at"].min(), sessions["opened_at"].max())]
        when = f"on {days[0]}" if days[0] == days[1] else f"from {days[0]} to {days[1]}"
        parts = (
            count(sessions["worker_id"].nunique(), "worker"),
            count(sessions["target_id"].nunique(), "target"),
            count(len(self.data.attempts), "picture"),
        )
        return markup.lead(
            f"Study “{name}”: {count(len(sessions), 'session')}, {', '.join(parts)}, opened {when} (UTC)."
            f"{self._simulated()}"
        )

    def _simulated(self) -> str:
        """Return what there is to say of simulated sessions, after a sentence; nothing where there are none."""
        left_out, shown, known = self.data.left_out, len(self.data.sessions), int(self.data.sessions["simulated"].sum())
        if left_out:
            return f" {count(left_out, 'simulated session')} {'is' if left_out == 1 else 'are'} left out."
        if not known:
            return ""
        if known == shown:
            return f" {'All of them are' if shown > 1 else 'It is'} simulated: nobody has played yet."
        return f" {known:,} of the {shown:,} sessions {'is' if known == 1 else 'are'} simulated."

    def table(self, name: str, frame: pd.DataFrame, caption: str) -> Shown:
        """Show a table and save it as <name>.csv and in tables.json."""
        self._tables[name] = {"columns": list(map(str, frame.columns)), "rows": _values(frame)}
        if self.out:
            self._csv(name, frame)
            text = json.dumps({"about": self.about(), "tables": self._tables}, indent=1, ensure_ascii=False)
            (self.out / "tables.json").write_text(text + "\n", encoding="utf-8")
        return markup.table(frame, caption)

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
        if self.data.trouble:
            text += f" The targets can't be shown ({self.data.trouble}); run: imgloop check"
        return markup.note(text)

    def strips(self, strips: Sequence[Strip]) -> Shown:
        """Show the strips and save each as strips/<its name>.png."""
        if self.out and strips:
            (self.out / "strips").mkdir(exist_ok=True)
            for strip in strips:
                picture = strip_picture.png(strip_picture.draw(strip))
                (self.out / "strips" / f"{strip.name}.png").write_bytes(picture)
        return strip_page.page(list(strips))

    def about(self) -> dict[str, Any]:
        """Return where all of it comes from: what somebody needs to get the same numbers again."""
        data = self.data
        origin = provenance(
            data.sessions,
            study=data.study.name,
            data_hash=data.data_hash,
            seed=self.seed,
            exclusions={"simulated": data.left_out},
            preregistration=stated(self.preregistered()),
        )
        return {**origin, "bootstrap_draws": DRAWS}

    def preregistered(self, analysis: Mapping[str, Any] | None = None) -> Check | None:
        """Compare the study with what was frozen; None: nothing was. analysis: the parameters that are used here.

        Raises:
            ImgloopError: the record can't be read.
        """
        record = load(self.data.study)
        return check(record, self.data.study, analysis) if record else None

    def provenance(self) -> Shown:
        """Show `about`."""
        about, preregistered = self.about(), self.preregistered()
        hashes = [f"{digest} ({count(n, 'session')})" for digest, n in about["study_hashes"].items()]
        return markup.facts(
            {
                "Study": about["study"],
                "Study hash": ", ".join(hashes) or NONE,
                "Data hash": about["data_hash"],
                "Sessions": f"{about['sessions']:,} ({about['simulated']:,} simulated)",
                "Simulated, left out": f"{about['exclusions']['simulated']:,}",
                "Preregistration": preregistered.sentence() if preregistered else NONE,
                "Seed": f"{about['seed']} ({about['bootstrap_draws']:,} draws)",
                "Versions": ", ".join(f"{name} {number}" for name, number in about["versions"].items()),
            },
            "Where the numbers come from",
        )

    def _csv(self, name: str, frame: pd.DataFrame) -> None:
        assert self.out is not None
        file = self.out / f"{name}.csv"
        frame.to_csv(file, index=False, float_format=DIGITS, date_format=MOMENTS, lineterminator="\n", encoding="utf-8")


def _values(frame: pd.DataFrame) -> list[list[Any]]:
    """Return the rows as JSON values; None for what is not there."""
    plain = frame.astype(object).where(frame.notna(), None)
    rows = plain.itertuples(index=False, name=None)
    return [[float(DIGITS % v) if isinstance(v, float) else v for v in row] for row in rows]


def _saved(figure: Figure, kind: str, metadata: dict[str, str | None]) -> bytes:
    file = io.BytesIO()
    with matplotlib.rc_context(PAPER):  # type: ignore[arg-type]  # its keys are Literals, ours are checked when set
        figure.savefig(file, format=kind, dpi=300, metadata=metadata)
    return file.getvalue()

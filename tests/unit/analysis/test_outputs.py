"""What a report writes: the same bytes for the same data, nothing of who the workers are."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from imgloop_widgets.analysis import figures, markup, measures
from imgloop_widgets.analysis.data import Data, read_data
from imgloop_widgets.analysis.frames import numbered
from imgloop_widgets.analysis.learning import learning_curve
from imgloop_widgets.analysis.outputs import Report
from imgloop_widgets.analysis.preregistration import FILE, freeze
from imgloop_widgets.analysis.strips import choose, strips
from imgloop_widgets.analysis.words import cell, count, duration, percent
from imgloop_widgets.store import open_store

Study = Callable[[int], Data]


def run(data: Data, out: Path | None, *, seed: int = 1) -> str:
    """Do what the notebook does, in short; return all that it shows."""
    report = Report(data, seed=seed, out=out)
    flow = measures.flow(data.sessions)
    scores = learning_curve(data.attempts, seed=seed)
    choice = choose(data.sessions, most=1, seed=seed)
    shown = [
        report.summary(),
        report.table("flow", flow, "Flow"),
        report.table("learning_curve", scores, "Scores"),
        report.figure("flow", figures.flow(flow), narrow=figures.flow(flow, narrow=True)),
        report.rows("sessions", numbered(data.sessions, data.sessions)),
        report.rows("attempts", numbered(data.attempts, data.sessions)),
        report.choice(choice),
        report.strips(strips(data, choice)),
        report.provenance(),
    ]
    return "".join(s._repr_html_() for s in shown)


def test_the_same_data_and_seed_give_the_same_bytes_of_tables_and_figures(study: Study, tmp_path: Path) -> None:
    data = study(12)
    for name in ("one", "two"):
        run(data, tmp_path / name)
    first, second = (
        {f.name: f.read_bytes() for f in (tmp_path / name).iterdir() if f.is_file()} for name in ("one", "two")
    )
    assert set(first) == {
        "flow.csv", "learning_curve.csv", "sessions.csv", "attempts.csv", "tables.json", "report.json", "flow.svg",
        "flow.png",
    }  # fmt: skip
    assert first == second
    other = Report(data, seed=2, out=tmp_path / "three")
    other.table("learning_curve", learning_curve(data.attempts, seed=2), "Scores")
    assert (tmp_path / "three/learning_curve.csv").read_bytes() != first["learning_curve.csv"]


def test_the_tables_hold_the_numbers_and_where_they_come_from(study: Study, tmp_path: Path) -> None:
    data = study(12)
    run(data, tmp_path / "out")
    saved = json.loads((tmp_path / "out/tables.json").read_text())
    assert saved["about"]["study_hashes"] == {"ab" * 32: 12}
    assert saved["about"]["data_hash"] == data.data_hash
    assert (saved["about"]["sessions"], saved["about"]["seed"]) == (12, 1)
    assert {"python", "pandas", "matplotlib"} <= set(saved["about"]["versions"])
    flow = measures.flow(data.sessions)
    assert saved["tables"]["flow"]["columns"] == list(flow.columns)
    assert saved["tables"]["flow"]["rows"][0] == ["came", 12, flow["workers"][0], 1.0]
    assert pd.read_csv(tmp_path / "out/flow.csv")["sessions"].tolist() == flow["sessions"].tolist()
    assert len(list((tmp_path / "out/strips").glob("session-*.png"))) == 1


def test_nothing_that_is_written_or_shown_holds_a_workers_id(study: Study, tmp_path: Path) -> None:
    data = study(6)
    shown = run(data, tmp_path / "out")
    ids = set(data.sessions["worker_id"])
    assert ids
    for text in (
        shown,
        *(f.read_text() for f in (tmp_path / "out").iterdir() if f.suffix in (".csv", ".json", ".svg")),
    ):
        cells = set(text.replace('"', ",").replace("\n", ",").split(","))
        assert not ids & cells


@pytest.mark.parametrize(
    ("workers", "simulated", "said"),
    [
        ("real", None, "3 sessions, "),
        (
            "mixed",
            None,
            "1 session, 1 worker, 1 target, 1 picture, opened on 2 March 2026 (UTC). 2 simulated sessions ",
        ),
        ("mixed", None, "2 simulated sessions are left out."),
        ("mixed", True, "2 of the 3 sessions are simulated."),
        ("mixed", False, "2 simulated sessions are left out."),
        ("simulated", None, "3 sessions, 3 workers, "),
        ("simulated", None, "All of them are simulated: nobody has played yet."),
        ("simulated", True, "All of them are simulated: nobody has played yet."),
        ("simulated", False, "There is no session of the study “made_up” yet"),
        ("simulated", False, "3 simulated sessions are left out."),
    ],
)
def test_the_summary_says_who_is_simulated_and_who_is_left_out(
    made: ModuleType, tmp_path: Path, workers: str, simulated: bool | None, said: str
) -> None:
    names = {"real": ["ana", "bo", "cy"], "mixed": ["sim-1", "ana", "sim-2"], "simulated": ["sim-1", "sim-2", "sim-3"]}
    made.study_folder(tmp_path)
    with open_store(tmp_path / "results") as store:
        made.fill(store, [made.session(n, worker=w, scores=[4]) for n, w in enumerate(names[workers], 1)])
    report = Report(read_data(tmp_path, simulated=simulated), seed=1)
    text = report.summary().text
    assert said in text
    assert ("simulated" in text) == (workers != "real")
    assert report.about["exclusions"]["simulated"] == (0 if "left out" not in text else 3 - report.about["sessions"])


def test_the_saved_rows_say_who_is_simulated(study: Study, tmp_path: Path) -> None:
    run(study(6), tmp_path / "out")
    for name in ("sessions", "attempts"):
        assert not pd.read_csv(tmp_path / f"out/{name}.csv")["simulated"].any()


def test_on_a_narrow_screen_a_figure_is_its_narrow_drawing(study: Study, tmp_path: Path) -> None:
    data = study(3)
    flow = measures.flow(data.sessions)
    wide, narrow = figures.flow(flow), figures.flow(flow, narrow=True)
    html = Report(data, seed=1, out=tmp_path / "out").figure("flow", wide, narrow=narrow).html
    assert '<source media="(max-width: 40rem)" srcset="data:image/svg+xml;base64,' in html
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "flow.png",
        "flow.svg",
        "report.json",
    ]  # the one for paper


def test_without_a_folder_nothing_is_written(study: Study, tmp_path: Path) -> None:
    data = study(3)
    before = sorted(tmp_path.rglob("*"))
    assert "(not saved" in run(data, None)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_study_without_results_gives_a_report_that_says_what_to_do(study: Study, tmp_path: Path) -> None:
    data = study(0)
    shown = run(data, tmp_path / "out")
    assert "There is no session" in shown and "imgloop simulate" in shown
    assert not (tmp_path / "results").exists()  # looking creates nothing
    assert json.loads((tmp_path / "out/tables.json").read_text())["tables"]["learning_curve"]["rows"] == []


def test_another_folder_of_results_can_be_named(study: Study, tmp_path: Path) -> None:
    study(3)
    (tmp_path / "results").rename(tmp_path / "elsewhere")
    assert read_data(tmp_path).sessions.empty
    assert len(read_data(tmp_path, results=tmp_path / "elsewhere").sessions) == 3
    assert len(read_data(tmp_path, results=str(tmp_path / "elsewhere")).sessions) == 3


def test_a_table_reads_as_people_say_it_and_is_safe() -> None:
    frame = pd.DataFrame({"step": ["attempts_used", "<b>"], "sessions": [1200, 3], "share": [0.004, float("nan")]})
    html = markup.table(frame, 'A "table" & more').html
    assert '<th scope="row">all attempts used</th><td>1,200</td><td>&lt;1\xa0%</td>' in html
    assert "<td>—</td>" in html and "<b>" not in html
    assert 'aria-label="A &quot;table&quot; &amp; more"' in html


def test_a_long_table_can_be_folded_under_its_caption() -> None:
    html = markup.table(pd.DataFrame({"attempt": [1, 2]}), "Mean & more", folded=True).html
    assert html.startswith('<details class="imgloop-folded"><summary>Mean &amp; more (2 rows)</summary>')
    assert "<caption>Mean &amp; more</caption>" in html and html.endswith("</details>")


def test_what_is_shown_in_a_terminal_is_short() -> None:
    assert repr(markup.note("A sentence.")) == "A sentence."


def test_words() -> None:
    assert [count(1, "worker"), count(1200, "worker"), count(2, "entry", "entries")] == [
        "1 worker", "1,200 workers", "2 entries",
    ]  # fmt: skip
    assert [duration(s) for s in (0.4, 59.6, 125, 3780)] == ["0 s", "1 min 0 s", "2 min 5 s", "1 h 3 min"]
    assert [percent(s) for s in (0, 0.001, 0.5, 1)] == ["0 %", "<1 %", "50 %", "100 %"]
    assert [cell("mean", 4.126), cell("n", None), cell("n", pd.NA), cell("attempt", 3)] == ["4.13", "—", "—", "3"]
    assert [cell("p", 0.0004), cell("p", 0.0041), cell("d", -0.001), cell("share", 0.5)] == [
        "<0.001", "0.004", "0.00", "50\xa0%",
    ]  # fmt: skip


def test_a_report_says_whether_it_is_as_it_was_preregistered(study: Callable[[int], Data]) -> None:
    data = study(3)
    home = data.study.path.parent
    assert Report(data, seed=1).about["preregistration"] is None
    shutil.copytree(Path(__file__).parents[3] / "notebooks" / "look_alike" / "form", home / "form")
    record = freeze(data.study, {"threshold": 7}, now=datetime(2026, 3, 1, tzinfo=UTC), sessions=0)
    (home / FILE).write_text(json.dumps(record))

    report = Report(data, seed=1)

    about = report.about["preregistration"]
    assert (about["sha256"], about["matches"]) == (record["sha256"], True)
    assert "are as they were frozen" in report.provenance().html
    other = Report(data, seed=1, threshold=6).about["preregistration"]
    assert other["differences"] == ["analysis: threshold was 7, is 6"]

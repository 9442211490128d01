"""The hash that a report states is of all that it has read, and of nothing else."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moved import fill

from imgloop_widgets.analysis import figures, measures
from imgloop_widgets.analysis.blind import read_groups
from imgloop_widgets.analysis.codebook import TABLES
from imgloop_widgets.analysis.columns import read_pages
from imgloop_widgets.analysis.data import Data, read_data
from imgloop_widgets.analysis.data_hash import OF_EVENTS, DataHash, table_hash
from imgloop_widgets.analysis.export import Wanted, export
from imgloop_widgets.analysis.lazy import tables_of
from imgloop_widgets.analysis.outputs import Report
from imgloop_widgets.analysis.tables import store_makers
from imgloop_widgets.moving import Archive, pack, unpack, unpacked
from imgloop_widgets.signals import Noted
from imgloop_widgets.store import Metric, Replay, ReplayMetric, Store, open_store
from imgloop_widgets.study import load_study

Study = Callable[[int], Data]

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def measure(store: Store, session: str) -> None:
    store.put_metrics([Metric(session_id=session, attempt=1, metric="ssim", value=0.5, version="1")])


def note(store: Store, session: str) -> None:
    store.note(session, [Noted(page="p", attempt=1, phase="writing", values={"keys": 4})], AT)


def draw(store: Store, session: str) -> None:
    one = Replay(
        replay_id="d" * 64, study="made_up", source="made_up", session_id=session, worker_id="w1", arm="default",
        target_id="bear-01", attempt=1, prompt="a bear", model="m", generator="scenes", version="1", draw=1, seed=2,
        outcome="made", image_sha256="a" * 64, width=4, height=3, parameters={"q": 1}, duration_s=0.1, at=AT,
    )  # fmt: skip
    store.finish_replays([one])


def measure_drawn(store: Store, session: str) -> None:
    draw(store, session)
    store.put_replay_metrics([ReplayMetric(replay_id="d" * 64, metric="ssim", value=0.5, version="1")])


@pytest.mark.parametrize(
    ("table", "happens"),
    [("metrics", measure), ("telemetry", note), ("replays", draw), ("replay_metrics", measure_drawn)],
)
def test_what_is_beside_the_events_counts_when_it_is_read(
    study: Study, tmp_path: Path, table: str, happens: Callable[[Store, str], None]
) -> None:
    before = study(6)
    of_events = before.data_hash
    assert before.tables[table].empty
    assert before.data_hash == of_events  # nothing is there: as if it had not been looked for

    with open_store(tmp_path / "results") as store:
        happens(store, before.attempts["session_id"][0])

    after = read_data(tmp_path)
    assert after.data_hash == of_events
    assert len(after.tables[table]) == 1
    assert after.data_hash != of_events


def test_all_that_is_made_of_the_events_adds_nothing(study: Study) -> None:
    data = study(6)
    of_events = data.data_hash
    for name in OF_EVENTS:
        assert len(data.tables[name]) or name == "steps"
    assert data.data_hash == of_events


def test_a_condition_is_stated_beside_the_hash_and_changes_none(study: Study, tmp_path: Path, made: ModuleType) -> None:
    data = study(12)
    with open_store(tmp_path / "results") as store:
        made.note(store)
    whole, some = read_data(tmp_path), read_data(tmp_path, where="attempts > 1", exclude={"long": "attempts > 2"})
    assert len(some.tables["telemetry"]) < len(whole.tables["telemetry"])
    assert some.data_hash == whole.data_hash != data.data_hash


def test_what_simulated_workers_left_beside_people_does_not_count(
    study: Study, tmp_path: Path, made: ModuleType
) -> None:
    study(6)

    def hashed() -> str:
        data = read_data(tmp_path)
        assert len(data.tables["telemetry"]) == 12
        return data.data_hash

    with open_store(tmp_path / "results") as store:
        made.note(store)
        before = hashed()
        made.fill(store, [made.session(99, worker="sim-0001", scores=[3])])
        note(store, f"{99:032x}")
    assert hashed() == before


def test_who_is_a_machine_counts_where_people_are_compared_with_machines(
    study: Study, tmp_path: Path, made: ModuleType
) -> None:
    people = study(6)
    of_events = people.data_hash
    read_groups(people, value="score")
    assert people.data_hash == of_events
    with open_store(tmp_path / "results") as store:
        made.fill(store, [made.session(99, worker="sim-blind-0001", scores=[3])])
    beside = read_data(tmp_path)
    assert beside.data_hash == of_events
    assert len(read_groups(beside, value="score").machines) == 1
    assert beside.data_hash != of_events


def test_a_file_that_is_read_beside_the_data_counts_and_is_named(study: Study, tmp_path: Path) -> None:
    data, file = study(3), tmp_path / "drawn.csv"
    file.write_text("worker_id,value\nw1,0.5\n")
    before, report = data.data_hash, Report(data, seed=1)
    assert data.reads("") == "" and report.about["data_hash"] == before

    assert data.reads(file) == file

    assert report.about["data_hash"] != before and list(report.about["files"]) == ["drawn.csv"]
    again = read_data(tmp_path)
    file.write_text("worker_id,value\nw1,0.6\n")
    again.reads(file)
    assert again.data_hash != data.data_hash


def test_of_files_the_hash_has_all_tables_from_the_beginning(study: Study, tmp_path: Path) -> None:
    measured = study(6).attempts["session_id"][0]
    hashes = []
    for happens in (lambda store, session: None, measure):
        with open_store(tmp_path / "results") as store:
            happens(store, measured)
            export(load_study(tmp_path), store, tmp_path / "out", Wanted(formats=["parquet"]), now=AT)
        data = read_data(files=tmp_path / "out")
        hashes.append(data.data_hash)
        assert len(data.metrics) == len(hashes) - 1
        assert data.data_hash == hashes[-1]
    assert len(set(hashes)) == 2


def test_a_report_states_in_every_file_what_it_had_read_at_its_end(
    study: Study, tmp_path: Path, made: ModuleType
) -> None:
    study(6)
    with open_store(tmp_path / "results") as store:
        made.note(store)
    data = read_data(tmp_path)
    report = Report(data, seed=1, out=tmp_path / "out")
    report.summary()
    ends = measures.flow(data.sessions)
    report.table("flow", ends, "Flow")
    report.figure("flow", figures.flow(ends), narrow=figures.flow(ends, narrow=True))
    early = data.data_hash
    assert len(data.tables["telemetry"])
    shown = report.provenance()
    saved = [json.loads((tmp_path / "out" / name).read_text()) for name in ("tables.json", "report.json")]
    assert saved[0]["about"]["data_hash"] == saved[1]["facts"]["Data hash"] == data.data_hash != early
    assert data.data_hash in shown.html


def hash_of_all(store: Store) -> str:
    """Read every table of a study, and return the hash."""
    frames = read_pages(store.pages("small"))
    read = DataHash(frames.data_hash)
    tables = tables_of(store_makers(store, "small", frames), frames.sessions, read)
    assert all(len(tables[name]) for name in ("metrics", "telemetry", "replays", "replay_metrics"))
    return str(read)


def test_a_copy_in_postgresql_has_the_same_hash(database: str, tmp_path: Path) -> None:
    folders = {name: tmp_path / "there" / name for name in ("images", "files")}
    with open_store(tmp_path / "here") as here, open_store(database, **folders) as there:
        fill(here)
        pack(here, tmp_path / "here", tmp_path / "a.zip", ["small"])
        with Archive(tmp_path / "a.zip") as opened, unpacked(opened) as theirs:
            unpack(opened, theirs, there, tmp_path / "there")
        assert hash_of_all(here) == hash_of_all(there)


ROW = st.tuples(st.sampled_from(["", "a", "ab", "é"]), st.integers(-2, 2), st.sampled_from([None, 0.0, 0.1, 1.0]))
ROWS = st.lists(ROW, max_size=5)


def rows(values: list[tuple[str, int, float | None]]) -> pd.DataFrame:
    """Rows of metrics."""
    frame = pd.DataFrame(values, columns=["session_id", "attempt", "value"]).assign(metric="m")
    return frame.astype({name: column.dtype for name, column in TABLES["metrics"].columns.items()})


@given(ROWS, ROWS)
def test_a_tables_hash_tells_rows_apart_and_not_their_order(
    one: list[tuple[str, int, float | None]], other: list[tuple[str, int, float | None]]
) -> None:
    assert table_hash(rows(one)) == table_hash(rows(one[::-1]))
    order = partial(sorted, key=repr)
    assert (table_hash(rows(one)) == table_hash(rows(other))) == (order(one) == order(other))


def test_what_is_missing_is_no_text() -> None:
    frames = [pd.DataFrame({"a": pd.Series([value], dtype="str")}) for value in (None, "None", "nan", "")]
    assert len({table_hash(frame) for frame in frames}) == 4

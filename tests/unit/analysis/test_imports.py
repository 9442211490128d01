"""Tables from files: what is written comes back the same, and what is wrong is named, all of it, by row and column."""

import json
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from imgloop_widgets.analysis import files
from imgloop_widgets.analysis.codebook import MOMENT, TABLES, Column, Tables, described, empty
from imgloop_widgets.analysis.frames import read_frames
from imgloop_widgets.analysis.imports import load, read_files, save
from imgloop_widgets.analysis.schema import Source, Violations, check
from imgloop_widgets.analysis.tables import participants_of, session_ids, store_tables, whole
from imgloop_widgets.errors import ImgloopError
from imgloop_widgets.store import open_store

PUBLISHED = Path(__file__).parents[2] / "data" / "choosing_seed.csv"
MAP = {
    "worker": "steering_user_id",
    "target": "goal_image",
    "arm": "model",
    "image": "generated_image",
    "metric.dreamsim": "dreamsim",
}

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).filter(str.strip)


def values(column: Column) -> st.SearchStrategy[Any]:
    """Any value that the codebook allows."""
    least = column.least or 0
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "str": TEXT,
        "bool": st.booleans(),
        "boolean": st.booleans(),
        "int64": st.integers(int(least), 2**62),
        "Int64": st.integers(int(least), 2**62),
        "float64": st.floats(least if column.least is not None else None, allow_nan=False, allow_infinity=False),
        MOMENT: st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
        "object": st.dictionaries(TEXT, TEXT | st.integers(0, 9) | st.none(), max_size=2),
    }
    return st.none() | kinds[column.dtype] if column.missing else kinds[column.dtype]


@st.composite
def tables(draw: st.DrawFn) -> Tables:
    """Any tables that agree with the codebook and with each other."""
    sessions = draw(st.lists(TEXT, unique=True, min_size=1, max_size=4))
    made: Tables = {}
    for name, table in TABLES.items():
        other = table.key[0] if table.within not in ("", "sessions") else None
        there = list(made[table.within][other]) if other else []
        key = [column for column in table.key if column not in ("session_id", other)]
        rows = draw(st.integers(0, 4)) if there or not other else 0
        within = sessions if name != "sessions" else None
        alone = table.key == ("session_id",)
        rows = min(rows, len(sessions)) if alone else rows
        columns: dict[str, Any] = {}
        for column, about in table.columns.items():
            if column == "session_id" and within and not about.missing:
                columns[column] = within[:rows] if alone else [draw(st.sampled_from(within)) for _ in range(rows)]
            elif column == other:
                columns[column] = [draw(st.sampled_from(there)) for _ in range(rows)]
            elif column == "session_id" and name == "sessions":
                columns[column] = sessions
            elif name == "sessions":
                columns[column] = [draw(values(about)) for _ in sessions]
            else:
                unique = bool(key) and column == key[0]
                columns[column] = draw(st.lists(values(about), min_size=rows, max_size=rows, unique=unique))
        frame = pd.DataFrame({c: pd.Series(v, dtype=table.columns[c].dtype) for c, v in columns.items()})
        made[name] = frame
    owners = made["sessions"].set_index("session_id")
    attempts = made["attempts"]
    own = {name: attempts["session_id"].map(owners[name]).astype("str") for name in ("worker_id", "target_id", "arm")}
    return made | {"attempts": attempts.assign(**own)}


@settings(max_examples=15, deadline=None, phases=[Phase.generate])
@given(made=tables(), kind=st.sampled_from(files.FORMATS))
def test_what_is_exported_is_imported_the_same(made: Tables, kind: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files.write(made, folder, [kind])

        found = read_files([folder / f"{table}.{kind}" for table in TABLES], {}, study="x")

        for table, frame in made.items():
            pd.testing.assert_frame_equal(found.tables[table], frame, check_exact=True)
        assert found.data_hash == files.hash_of(made)
        assert found.left_out == ()


@pytest.mark.parametrize("kind", files.FORMATS)
def test_a_study_that_was_played_survives_export_and_import(made: ModuleType, tmp_path: Path, kind: str) -> None:
    with open_store(":memory:") as store:
        made.fill(store, made.crowd(30))
        made.note(store)
        expected = store_tables(store, "made_up")
    files.write(expected, tmp_path, [kind])

    found = read_files([tmp_path / f"{table}.{kind}" for table in TABLES], {}, study="x")

    for table, frame in expected.items():
        pd.testing.assert_frame_equal(found.tables[table], frame)
    assert len(found.tables["attempts"]) > 30 and len(found.tables["telemetry"]) == 60


def test_the_same_tables_give_the_same_bytes(made: ModuleType, tmp_path: Path) -> None:
    with open_store(":memory:") as store:
        made.fill(store, made.crowd(10))
        tables = [store_tables(store, "made_up") for _ in range(2)]
    for name, one in zip(["a", "b"], tables, strict=True):
        (tmp_path / name).mkdir()
        files.write(one, tmp_path / name, files.FORMATS)
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def test_a_study_that_was_played_agrees_with_its_codebook(made: ModuleType) -> None:
    with open_store(":memory:") as store:
        made.fill(store, made.crowd(40))
        made.note(store)
        tables = store_tables(store, "made_up")
    assert list(tables) == list(TABLES)
    for name, frame in tables.items():
        assert list(frame.columns) == list(TABLES[name].columns)
    assert check(tables, {n: Source(file=n, rows=range(len(f)), names={}) for n, f in tables.items()}) == []
    assert len(tables["participants"]) == tables["sessions"]["worker_id"].nunique()
    assert tables["participants"]["attempts"].sum() == len(tables["attempts"])
    assert (tables["generations"]["outcome"] == "shown").sum() == len(tables["attempts"])
    assert len(tables["telemetry"]) == 2 * len(tables["sessions"])
    assert len(tables["metrics"]) == len(tables["ratings"]) == 0


def test_the_published_means_come_out_of_the_published_file() -> None:
    found = read_files([PUBLISHED], MAP, study="choosing_seed")

    metrics = found.tables["metrics"]
    assert [round(mean, 3) for mean in metrics.groupby("attempt")["value"].mean()] == [
        0.663,
        0.671,
        0.665,
        0.682,
        0.690,
    ]
    assert {n: len(f) for n, f in found.tables.items() if len(f)} == {
        "participants": 29, "sessions": 58, "attempts": 290, "metrics": 290,
    }  # fmt: skip
    assert set(found.tables["sessions"]["attempts"]) == {5}
    assert found.left_out == ("choosing_seed.csv: reference_prompt", "choosing_seed.csv: reference_seed")


@pytest.fixture
def csv(tmp_path: Path) -> Callable[..., Path]:
    """csv("a,b", "1,2"): a file with these lines."""

    def write(*lines: str, name: str = "attempts.csv") -> Path:
        file = tmp_path / name
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return file

    return write


def test_a_session_is_a_workers_with_a_target_and_never_a_targets_alone(csv: Callable[..., Path]) -> None:
    file = csv("worker_id,target_id,prompt", "ana,bear,a", "bo,bear,b", "ana,fox,c", "ana,bear,d")

    attempts = read_files([file], {}, study="x").tables["attempts"]

    assert list(attempts["attempt"]) == [1, 1, 1, 2]
    ids = list(attempts["session_id"])
    assert len(set(ids)) == 3
    assert ids[0] == ids[3]


def test_an_id_of_a_session_that_several_workers_share_makes_no_session_of_them() -> None:
    worker, target = pd.Series(["ana", "bo", "ana"]), pd.Series(["bear", "bear", "bear"])
    assert session_ids(worker, target, pd.Series(["s1", "s1", "s1"])).nunique() == 2
    assert list(session_ids(worker, target, pd.Series(["s1", "s2", "s1"]))) == ["s1", "s2", "s1"]


def test_sessions_and_participants_are_made_of_attempts(csv: Callable[..., Path]) -> None:
    file = csv("worker_id,target_id,score,attempt", "bo,bear,3,2", "bo,bear,7,1", "ana,fox,,1", "bo,bear,7,3")

    tables = read_files([file], {}, study="x").tables

    sessions = tables["sessions"]
    assert list(sessions["worker_id"]) == ["bo", "ana"]
    assert [list(sessions[c].fillna(0)) for c in ("first_score", "last_score", "best_score")] == [
        [7, 0],
        [7, 0],
        [7, 0],
    ]
    assert list(tables["attempts"]["best"]) == [False, True, False, False]  # the earliest, by number
    assert list(tables["participants"]["attempts"]) == [3, 1]
    assert sessions["study"].unique() == ["x"]


HEAD = "who,goal,n,points,sim"
NAMES = {"worker": "who", "target": "goal", "attempt": "n", "score": "points", "metric.sim": "sim"}
BAD: list[tuple[str, list[str], list[str]]] = [
    (
        "a number that is none",
        ["ana,bear,1,5,.5", "ana,bear,two,5,.5"],
        [
            "attempts.csv, row 3, column 'n': must be a whole number",
            "(a measured value is mapped as metric.NAME); not 'two'",
        ],
    ),
    (
        "a score that is not whole",
        ["ana,bear,1,5.5,.5"],
        ["attempts.csv, row 2, column 'points': must be a whole number (a measured value is mapped as metric.NAME)"],
    ),
    ("an attempt of 0", ["ana,bear,0,5,.5"], ["row 2, column 'n': must be 1 or more; not 0"]),
    ("no worker", [",bear,1,5,.5"], ["row 2, column 'who': is missing; it is required"]),
    ("no target", ["ana,  ,1,5,.5"], ["row 2, column 'goal': is missing; it is required"]),
    ("no attempt", ["ana,bear,,5,.5"], ["row 2, column 'n': is missing; it is required"]),
    ("a metric that is none", ["ana,bear,1,5,high"], ["row 2, column 'sim': must be a number; not 'high'"]),
    ("an infinite metric", ["ana,bear,1,5,inf"], ["row 2, column 'sim': must be a number; not 'inf'"]),
    (
        "an attempt twice",
        ["ana,bear,1,5,.5", "ana,bear,1,6,.6"],
        ["1 thing is wrong", "row 3: the same session_id, n", "stand in an earlier row; keep one of them"],
    ),
    (
        "several at once, in the order of the file",
        ["ana,bear,x,5,.5", "bo,bear,1,y,.5", "cy,bear,1,5,z", "di,bear,0,5,.5"],
        [
            "4 things are wrong",
            "row 2, column 'n'",
            "row 3, column 'points'",
            "row 4, column 'sim'",
            "row 5, column 'n': must be 1 or",
        ],
    ),
    ("after an empty line, the rows are still a spreadsheet's", ["", "ana,bear,x,5,.5"], ["row 3, column 'n'"]),
]


@pytest.mark.parametrize(("rows", "said"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_what_is_wrong_is_named_by_file_row_and_column(
    rows: list[str], said: list[str], csv: Callable[..., Path]
) -> None:
    with pytest.raises(Violations) as error:
        read_files([csv(HEAD, *rows)], NAMES, study="x")

    text = str(error.value)
    places = [text.find(part) for part in said]
    assert -1 not in places, text
    assert places == sorted(places)


def test_a_session_with_two_arms_is_named(csv: Callable[..., Path]) -> None:
    with pytest.raises(
        Violations,
        match="row 3, column 'arm': an earlier row of this worker and target has another arm; correct it, or map",
    ):
        read_files([csv("worker_id,target_id,arm", "ana,bear,a", "ana,bear,b")], {}, study="x")


def test_an_attempt_of_another_worker_than_its_sessions_is_named(csv: Callable[..., Path]) -> None:
    sessions = csv("session_id,worker_id,target_id", "s1,ana,bear", name="sessions.csv")
    attempts = csv("session_id,worker_id,target_id,attempt", "s1,ana,bear,1", "s1,bo,bear,2")
    with pytest.raises(
        Violations, match=r"row 3, column 'worker_id': its session in sessions.csv has another worker_id"
    ):
        read_files([attempts, sessions], {}, study="x")


def test_very_many_violations_are_counted_and_the_first_are_listed(csv: Callable[..., Path]) -> None:
    rows = [f"w{n},bear,x,5,.5" for n in range(1000)]
    with pytest.raises(Violations) as error:
        read_files([csv(HEAD, *rows)], NAMES, study="x")

    assert len(error.value.violations) == 1000
    assert "1,000 things are wrong" in str(error.value)
    assert "… and 980 more (in all: attempts.csv 1,000)" in str(error.value)
    assert str(error.value).count("\n") == 21


def test_a_row_that_belongs_to_no_session_is_named(csv: Callable[..., Path]) -> None:
    sessions = csv("session_id,worker_id,target_id", "s1,ana,bear", name="sessions.csv")
    metrics = csv("session_id,attempt,metric,value", "s1,1,sim,.5", "s2,1,sim,.5", name="metrics.csv")
    with pytest.raises(Violations, match=r"metrics.csv, row 3, column 'session_id': 's2' is in no row of sessions.csv"):
        read_files([sessions, metrics], {}, study="x")


@pytest.mark.parametrize(
    ("lines", "columns", "said"),
    [
        (
            ["a,b", "1,2"],
            {},
            "no column is mapped to worker_id, target_id; add --map worker=…, --map target=… (its columns: a, b)",
        ),
        (["worker_id,target_id", "a,b"], {"arm": "modle"}, "--map arm=modle: no file has such a column"),
        (["worker_id,target_id", "a,b"], {"amr": "x"}, "'amr' is none of our columns; possible: worker, target,"),
        (["worker_id,target_id,worker_id", "a,b,c"], {}, "row 1: 'worker_id' is there more than once"),
        (["worker_id,target_id", "a,b,c", "a,b", "a"], {}, "row 2: has 3 values for 2 columns"),
        ([""], {}, "is empty; its first row must name the columns"),
    ],
)
def test_a_file_that_is_no_such_table_is_one_clear_error(
    lines: list[str], columns: dict[str, str], said: str, csv: Callable[..., Path]
) -> None:
    with pytest.raises(ImgloopError) as error:
        read_files([csv(*lines)], columns, study="x")
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.csv", b"worker_id,target_id\n\xff\xfe,b\n", "is not UTF-8 text (byte 20)"),
        ("a.xlsx", b"", "must be one of csv, parquet, json; not '.xlsx'"),
        ("a.json", b"{}", "must be a list of objects"),
        ("a.json", b"[", "can't be read"),
        ("a.parquet", b"no", "can't be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_error(name: str, data: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ImgloopError) as error:
        read_files([tmp_path / name], {}, study="x")
    assert said in str(error.value)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_spreadsheets_other_delimiters_and_its_mark_are_read_too(delimiter: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    text = 'worker_id,target_id,prompt\r\nana,bear,"two\nlines"\r\n'.replace(",", delimiter)
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())

    assert list(read_files([file], {}, study="x").tables["attempts"]["prompt"]) == ["two\nlines"]


def test_ratings_are_read_from_a_file_of_their_own(csv: Callable[..., Path]) -> None:
    file = csv("judge,picture,how close,stars", "r1,i1,likeness,7", "r1,i2,likeness,", name="stars.csv")
    columns = {"rater": "judge", "item": "picture", "question": "how close", "value": "stars"}

    ratings = read_files([file], columns, study="x", table="ratings").tables["ratings"]

    assert list(ratings["rater_id"]) == ["r1", "r1"]
    assert list(ratings["value"].fillna(-1)) == [7, -1]


def test_an_import_is_saved_whole_and_loaded_again(tmp_path: Path) -> None:
    found = read_files([PUBLISHED], MAP, study="choosing_seed")
    save(found, tmp_path / "imported" / "seed")

    again = load(tmp_path / "imported" / "seed")

    for table, frame in found.tables.items():
        pd.testing.assert_frame_equal(again.tables[table], frame)
    assert (again.files, again.map, again.data_hash) == (found.files, MAP, found.data_hash)
    assert sorted(f.name for f in (tmp_path / "imported").iterdir()) == ["seed"]
    about = json.loads((tmp_path / "imported" / "seed" / "import.json").read_text())
    assert about["rows"]["attempts"] == 290


def test_an_import_is_not_replaced_unless_that_is_asked_for(tmp_path: Path) -> None:
    found = read_files([PUBLISHED], MAP, study="x")
    save(found, tmp_path / "seed")
    (tmp_path / "seed" / "note.txt").write_text("mine")
    with pytest.raises(ImgloopError, match="is there already; name another with --name, or replace it with --force"):
        save(found, tmp_path / "seed")
    assert (tmp_path / "seed" / "note.txt").exists()
    save(found, tmp_path / "seed", force=True)
    assert not (tmp_path / "seed" / "note.txt").exists()


def test_an_import_that_was_changed_since_says_so(tmp_path: Path) -> None:
    found = read_files([PUBLISHED], MAP, study="x")
    save(found, tmp_path / "seed")
    attempts = found.tables["attempts"]
    files.write(
        {"attempts": attempts.assign(prompt=attempts["prompt"].where(attempts.index > 0, "x"))},
        tmp_path / "seed",
        ["parquet"],
    )
    with pytest.raises(ImgloopError, match="were changed since they were imported"):
        load(tmp_path / "seed")
    with pytest.raises(ImgloopError, match="is not a folder that `imgloop import` made"):
        load(tmp_path)


def test_the_codebook_describes_every_column_of_every_table(tmp_path: Path) -> None:
    book = pd.DataFrame(described())
    assert set(book["table"]) == set(TABLES)
    assert (book["meaning"].str.len() > 3).all()
    files.write({name: empty(name) for name in TABLES}, tmp_path, ["csv"])
    assert len(pd.read_csv(tmp_path / "codebook.csv")) == len(book)
    for name in TABLES:
        assert list(pd.read_csv(tmp_path / f"{name}.csv").columns) == list(book[book["table"] == name]["column"])


def test_participants_are_counted_from_their_sessions(made: ModuleType) -> None:
    sessions = read_frames([made.session(n, worker=w, scores=[5] * n, reason=r) for n, w, r in
                            [(1, "zoe", "exited"), (2, "ana", None), (3, "zoe", "perfect")]]).sessions  # fmt: skip
    people = participants_of(sessions)
    assert list(people["worker_id"]) == ["zoe", "ana"]
    assert list(people["sessions"]) == [2, 1]
    assert list(people["finished"]) == [2, 0]
    assert list(people["attempts"]) == [4, 2]
    assert len(participants_of(sessions.iloc[:0])) == 0
    assert list(whole({})) == list(TABLES)

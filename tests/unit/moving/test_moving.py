"""A study that is packed and unpacked is the same study, whatever database it was in and goes to."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moved import Played, fill, opening, play
from postgresql import Server
from sqlalchemy import create_engine, inspect

from imgloop_widgets.errors import ImgloopError
from imgloop_widgets.moving import Archive, pack, unpack, unpacked, verify
from imgloop_widgets.moving.unpacking import Unpacked
from imgloop_widgets.store import TABLES, Asked, Store, open_store
from imgloop_widgets.store.catalogue import STAYS

New = Callable[..., Store]
TAKE: frozenset[Asked] = frozenset({"take"})
SKIP: frozenset[Asked] = frozenset({"skip"})


def moved(archive: Path, store: Store, folder: Path, asked: frozenset[Asked] = frozenset()) -> Unpacked:
    """Unpack an archive into a store."""
    with Archive(archive) as opened, unpacked(opened) as theirs:
        return unpack(opened, theirs, store, folder, asked)


def test_every_table_moves_or_stays_for_a_reason(tmp_path: Path) -> None:
    with open_store(tmp_path):
        pass
    found = inspect(create_engine(f"sqlite:///{tmp_path}/imgloop.db"))

    assert set(found.get_table_names()) == TABLES.keys() | STAYS.keys()
    for name, table in TABLES.items():
        columns = [column["name"] for column in found.get_columns(name)]
        key = found.get_pk_constraint(name)["constrained_columns"]
        assert tuple(key or sorted(columns)) == (table.key if key else tuple(sorted(table.key))), name
        assert table.beside | ({table.grows, table.session} - {""}) <= set(columns), name


ROUTES = [("sqlite", "sqlite"), ("sqlite", "postgresql"), ("postgresql", "sqlite"), ("postgresql", "postgresql")]


@pytest.mark.parametrize(("here", "there"), ROUTES)
def test_what_is_unpacked_packs_to_the_same_bytes(here: str, there: str, new: New, tmp_path: Path) -> None:
    first, second = new("first", here), new("second", there)
    fill(first)
    fill(first, "another", [Played(worker="cleo")])

    pack(first, tmp_path / "first", tmp_path / "a.zip", ["small"])
    done = moved(tmp_path / "a.zip", second, tmp_path / "second")
    pack(second, tmp_path / "second", tmp_path / "b.zip", ["small"])

    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert done.plan.differences == ()
    assert [opened.study for opened in second.sessions()] == ["small"] * 3
    assert set(done.rows) == TABLES.keys() - {"rating_slots"}  # those are of the study of ratings


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20)
PLAYED = st.builds(
    Played,
    worker=TEXT,
    attempts=st.lists(st.tuples(TEXT, st.one_of(st.none(), st.integers(1, 10))), max_size=3),
    finished=st.sampled_from([None, "perfect", "exited", "withdrawn"]),
)
STUDIES = st.lists(PLAYED, min_size=1, max_size=4, unique_by=lambda one: one.worker)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(played=STUDIES)
def test_any_study_comes_back_from_postgresql_equal_to_the_row(
    played: list[Played], database_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("moved")
    for name in ("a", "b", "c"):
        (folder / name).mkdir()
    with (
        database_server.database() as url,
        open_store(folder / "a") as first,
        open_store(url, images=folder / "b" / "images", files=folder / "b" / "files") as second,
        open_store(folder / "c") as third,
    ):
        fill(first, "small", played)
        pack(first, folder / "a", folder / "a.zip", ["small"])
        moved(folder / "a.zip", second, folder / "b")
        pack(second, folder / "b", folder / "b.zip", ["small"])
        moved(folder / "b.zip", third, folder / "c")
        pack(third, folder / "c", folder / "c.zip", ["small"])
        logs = [list(store.logs()) for store in (second, third)]
    bytes_of = [(folder / f"{name}.zip").read_bytes() for name in "abc"]
    assert bytes_of[0] == bytes_of[1] == bytes_of[2]
    assert logs[0] == logs[1]


@settings(max_examples=8, deadline=None)
@given(played=STUDIES, data=st.data())
def test_unpacking_again_changes_nothing_and_a_longer_study_only_adds(
    played: list[Played], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("again")
    more = data.draw(st.lists(PLAYED, max_size=2, unique_by=lambda one: one.worker))
    more = [one for one in more if one.worker not in {was.worker for was in played}]
    with open_store(folder / "a") as first, open_store(folder / "b") as second:
        fill(first, "small", played)
        pack(first, folder / "a", folder / "a.zip", ["small"])
        moved(folder / "a.zip", second, folder / "b")
        assert moved(folder / "a.zip", second, folder / "b").rows == {}
        for one in more:
            play(first, "small", one)
        pack(first, folder / "a", folder / "b.zip", ["small"])
        moved(folder / "b.zip", second, folder / "b")
        pack(second, folder / "b", folder / "c.zip", ["small"])
    assert (folder / "b.zip").read_bytes() == (folder / "c.zip").read_bytes()


def test_an_archive_is_plain_json_and_says_what_it_holds(new: New, tmp_path: Path) -> None:
    store = new("here")
    (first, *_) = fill(store)
    pack(store, tmp_path / "here", tmp_path / "a.zip", ["small"])

    with zipfile.ZipFile(tmp_path / "a.zip") as zipped:
        rows = [json.loads(line) for line in zipped.read("tables/drafts.jsonl").splitlines()]
        manifest = json.loads(zipped.read("manifest.json"))
    assert first in [row["session_id"] for row in rows]
    assert json.loads(rows[0]["data"]) == {"prompt": "not sent 🐻"}
    assert (manifest["studies"], manifest["tables"]["sessions"]["rows"]) == (["small"], 3)
    assert oct((tmp_path / "a.zip").stat().st_mode)[-3:] == "600"
    assert verify(tmp_path / "a.zip").missing == ()


def test_a_damaged_archive_is_refused_and_nothing_is_written(new: New, tmp_path: Path) -> None:
    store, other = new("here"), new("there")
    fill(store)
    pack(store, tmp_path / "here", tmp_path / "a.zip", ["small"])
    damaged = (tmp_path / "a.zip").read_bytes().replace(b"image of a bear 1", b"image of a BEAR 1")
    (tmp_path / "a.zip").write_bytes(damaged)

    with pytest.raises(ImgloopError, match=r"images/.* is missing or damaged"):
        moved(tmp_path / "a.zip", other, tmp_path / "there")
    assert other.is_empty()
    with pytest.raises(ImgloopError, match="can't be read as an archive"):
        (tmp_path / "a.zip").write_bytes(b"no")
        verify(tmp_path / "a.zip")


def test_keys_come_along_only_where_they_are_asked_for(new: New, tmp_path: Path) -> None:
    store, other = new("here"), new("there")
    fill(store)
    key = tmp_path / "here" / "links.keys"
    key.write_text("secret")

    pack(store, tmp_path / "here", tmp_path / "a.zip", ["small"])
    assert b"secret" not in (tmp_path / "a.zip").read_bytes()
    pack(store, tmp_path / "here", tmp_path / "b.zip", ["small"], with_keys=True)
    moved(tmp_path / "b.zip", other, tmp_path / "there")

    made = tmp_path / "there" / "links.keys"
    assert (made.read_text(), oct(made.stat().st_mode)[-3:]) == ("secret", "600")
    made.write_text("another")
    with pytest.raises(ImgloopError, match=r"links\.keys is another one here"):
        moved(tmp_path / "b.zip", other, tmp_path / "there")
    moved(tmp_path / "b.zip", other, tmp_path / "there", SKIP)
    assert made.read_text() == "another"


@settings(max_examples=6, deadline=None)
@given(played=STUDIES, went_on=st.lists(st.sampled_from(["here", "there", "nowhere"]), min_size=4, max_size=4))
def test_two_copies_that_went_on_apart_are_the_same_once_each_has_taken_from_the_other(
    played: list[Played], went_on: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("apart")
    with open_store(folder / "here") as here, open_store(folder / "there") as there:
        opened = {one.worker: here.open_session(opening("small", one.worker))[0] for one in played}
        pack(here, folder / "here", folder / "a.zip", ["small"])
        moved(folder / "a.zip", there, folder / "there")
        for one, where in zip(played, went_on, strict=False):
            if where != "nowhere":
                play(here if where == "here" else there, "small", one)

        pack(here, folder / "here", folder / "a.zip", ["small"])
        moved(folder / "a.zip", there, folder / "there", TAKE)
        pack(there, folder / "there", folder / "b.zip", ["small"])
        moved(folder / "b.zip", here, folder / "here", TAKE)

        assert dict(here.logs()) == dict(there.logs())
        lengths = {one.worker: 1 + len(log_of(one)) for one in played}
        for (worker, name), where in zip(opened.items(), went_on, strict=False):
            assert here.length(name) == (1 if where == "nowhere" else lengths[worker])


def log_of(one: Played) -> list[str]:
    """What comes after the opening, in short."""
    attempts = ["image"] * 2 * len(one.attempts) + ["score" for _, score in one.attempts if score is not None]
    return attempts + (["end"] if one.finished else [])

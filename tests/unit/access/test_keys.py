"""The file of the keys: made at first use, for its owner alone, several at a time."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from imgloop_widgets.access.keys import FILE, add_key, keys, known_keys, retire_key
from imgloop_widgets.errors import ImgloopError


def test_looking_makes_no_key_and_the_first_use_does(tmp_path: Path) -> None:
    results = tmp_path / "results"
    assert known_keys(results) == ()
    assert not results.exists()
    (key,) = keys(results)
    assert known_keys(results) == keys(results) == (key,)
    assert len(key.secret) == 32 and key.secret.hex() not in repr(key)


def test_the_file_is_for_its_owner_alone_and_no_other_is_left(tmp_path: Path) -> None:
    keys(tmp_path)
    add_key(tmp_path)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == [FILE]


def test_of_many_who_use_it_first_at_once_all_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: keys(tmp_path), range(8)))
    assert len(set(made)) == 1


def test_a_new_key_stands_last_and_the_old_ones_stay_until_they_are_retired(tmp_path: Path) -> None:
    (old,) = keys(tmp_path)
    new = add_key(tmp_path)
    assert [key.id for key in known_keys(tmp_path)] == [old.id, new.id]
    retire_key(tmp_path, old.id)
    assert [key.secret for key in known_keys(tmp_path)] == [new.secret]


def test_the_only_key_and_one_that_is_not_there_can_not_be_retired(tmp_path: Path) -> None:
    with pytest.raises(ImgloopError, match="there are: none yet"):
        retire_key(tmp_path, "x")
    (key,) = keys(tmp_path)
    with pytest.raises(ImgloopError, match="the only key; make another first"):
        retire_key(tmp_path, key.id)
    with pytest.raises(ImgloopError, match=f"there are: {key.id}"):
        retire_key(tmp_path, "x")
    assert known_keys(tmp_path) == (key,)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    keys(tmp_path)
    (tmp_path / FILE).chmod(0o644)
    with pytest.raises(ImgloopError, match="chmod 600"):
        keys(tmp_path)


@pytest.mark.parametrize("line", ["x", "a 2026-01-01T00:00:00+00:00 00", "a b " + "0" * 64, "é"])
def test_a_damaged_file_is_said_and_not_replaced(tmp_path: Path, line: str) -> None:
    keys(tmp_path)
    with (tmp_path / FILE).open("a", encoding="utf-8") as out:
        out.write(line + "\n")
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(ImgloopError, match="restore a backup"):
        keys(tmp_path)
    with pytest.raises(ImgloopError, match="restore a backup"):
        add_key(tmp_path)
    assert (tmp_path / FILE).read_bytes() == before

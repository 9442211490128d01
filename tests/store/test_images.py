"""Images in a folder: whole or not there, under the name of their content."""

import errno
import os
from hashlib import sha256
from pathlib import Path

import pytest

from imgloop_widgets.errors import StoreError
from imgloop_widgets.store import Store, open_store

DATA = b"RIFF....WEBPVP8 " * 100
NAME = sha256(DATA).hexdigest()


@pytest.fixture
def kept(folder: Path) -> Store:
    """A store in a folder."""
    return open_store(folder)


def _files(folder: Path) -> list[Path]:
    return [file for file in (folder / "images").rglob("*") if file.is_file()]


def test_the_path_follows_from_the_content(kept: Store, folder: Path) -> None:
    kept.put_image(DATA)
    file = folder / "images" / NAME[:2] / f"{NAME}.webp"
    assert kept.image_path(NAME) == file
    assert file.read_bytes() == DATA
    assert _files(folder) == [file]


def test_an_image_that_is_there_is_not_written_again(kept: Store) -> None:
    kept.put_image(DATA)
    file = kept.image_path(NAME)
    assert file is not None
    before = file.stat()
    kept.put_image(DATA)
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_others_may_read_the_file_as_the_umask_says(kept: Store) -> None:
    old = os.umask(0o022)
    try:
        kept.put_image(DATA)
    finally:
        os.umask(old)
    file = kept.image_path(NAME)
    assert file is not None and file.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_nothing(
    kept: Store, folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (folder / "images" / NAME[:2]).mkdir()
    monkeypatch.setattr(os, step, refuse)
    with pytest.raises(StoreError, match="can't put an image: the disk is full; free some space"):
        kept.put_image(DATA)
    assert _files(folder) == []
    monkeypatch.undo()
    assert kept.put_image(DATA) == NAME


def test_the_name_appears_only_after_the_content_is_on_the_disk(
    kept: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, os.replace

    def spy_fsync(fd: int) -> None:
        steps.append(f"fsync {Path(os.readlink(f'/proc/self/fd/{fd}')).suffix or 'folder'}")
        fsync(fd)

    def spy_replace(source: Path, target: Path) -> None:
        assert source.parent == target.parent and source.read_bytes() == DATA
        steps.append("rename")
        replace(source, target)

    (folder / "images" / NAME[:2]).mkdir()
    monkeypatch.setattr(os, "fsync", spy_fsync)
    monkeypatch.setattr(os, "replace", spy_replace)
    kept.put_image(DATA)
    assert steps == ["fsync .part", "rename", "fsync folder"]


def test_a_damaged_image_is_told_and_not_given(kept: Store) -> None:
    kept.put_image(DATA)
    file = kept.image_path(NAME)
    assert file is not None
    file.write_bytes(DATA[:-1] + b"x")
    with pytest.raises(StoreError, match="the image is damaged"):
        kept.get_image(NAME)


def test_a_file_that_was_cut_off_is_written_again(kept: Store) -> None:
    kept.put_image(DATA)
    file = kept.image_path(NAME)
    assert file is not None
    file.write_bytes(DATA[:100])
    kept.put_image(DATA)
    assert kept.get_image(NAME) == DATA


def test_images_may_have_a_folder_of_their_own(folder: Path, tmp_path: Path) -> None:
    with open_store(folder, images=tmp_path / "pictures") as store:
        assert store.put_image(DATA) == NAME
    assert (tmp_path / "pictures" / NAME[:2] / f"{NAME}.webp").is_file()
    assert not (folder / "images").exists()


def test_files_that_workers_upload_lie_beside_them_without_an_ending(kept: Store, folder: Path) -> None:
    """What such a file is, only the worker's browser says; nothing here opens it."""
    upload = kept.keep_upload("s", DATA, "image/webp")
    assert upload.sha256 == NAME
    assert (folder / "files" / NAME[:2] / NAME).read_bytes() == DATA
    assert _files(folder) == []


def test_files_may_have_a_folder_of_their_own(folder: Path, tmp_path: Path) -> None:
    with open_store(folder, files=tmp_path / "uploads") as store:
        store.put_file(DATA)
    assert (tmp_path / "uploads" / NAME[:2] / NAME).is_file()
    assert not (folder / "files").exists()

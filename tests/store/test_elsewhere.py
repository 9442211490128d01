"""Images at a URL of fsspec: what the conformance suite can't see."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from imgloop_widgets.errors import StoreError
from imgloop_widgets.store import open_store
from imgloop_widgets.store.choosing import open_results

DATA = b"RIFF....WEBPVP8 " * 100
NAME = sha256(DATA).hexdigest()


@pytest.fixture(params=["file", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A file system with folders, and one of objects."""
    return f"{request.param}://{tmp_path}/kept"


def test_it_lies_there_as_in_a_folder_so_that_one_may_be_copied_into_the_other(url: str, folder: Path) -> None:
    with open_store(folder, images=url) as store:
        store.put_image(DATA)
        assert store.image_path(NAME) is None
    system, root = fsspec.core.url_to_fs(url)
    assert [name.removeprefix(root) for name in system.find(root)] == [f"/{NAME[:2]}/{NAME}.webp"]
    assert not (folder / "images").exists()


def test_a_damaged_image_is_told_and_not_given_and_one_that_was_cut_off_is_written_again(
    url: str, folder: Path
) -> None:
    system, root = fsspec.core.url_to_fs(url)
    with open_store(folder, images=url) as store:
        store.put_image(DATA)
        system.pipe_file(f"{root}/{NAME[:2]}/{NAME}.webp", DATA[:-1] + b"x")
        with pytest.raises(StoreError, match=r"the image .* is damaged"):
            store.get_image(NAME)
        system.pipe_file(f"{root}/{NAME[:2]}/{NAME}.webp", DATA[:100])
        store.put_image(DATA)
        assert store.get_image(NAME) == DATA


@pytest.mark.parametrize("step", ["pipe_file", "mv"])
def test_a_write_that_fails_leaves_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("the line was cut")

    url = f"file://{tmp_path}/kept"
    with open_store(folder, images=url) as store:
        monkeypatch.setattr(LocalFileSystem, step, refuse)
        with pytest.raises(StoreError, match=r"can't put an image \(.*OSError: the line was cut; is the service up"):
            store.put_image(DATA)
        monkeypatch.undo()
        assert [file for file in (tmp_path / "kept").rglob("*") if file.is_file()] == []
        assert store.put_image(DATA) == NAME


def test_a_service_that_is_away_is_not_taken_for_a_missing_image(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else an image that was paid for would be made again."""

    class Away(Exception):
        pass

    def away(*_: Any, **__: Any) -> None:
        raise Away("503")

    with open_store(folder, images=f"memory://{folder}") as store:
        store.put_image(DATA)
        monkeypatch.setattr(MemoryFileSystem, "info", away)
        with pytest.raises(StoreError, match=r"can't look for an image .*Away: 503"):
            store.has_image(NAME)


@pytest.mark.parametrize("url", ["nowhere://key:s3cret@host/x", "s3cret://"])
def test_a_url_that_can_not_be_used_is_told_without_what_may_be_secret_in_it(folder: Path, url: str) -> None:
    with pytest.raises(StoreError) as told:
        open_store(folder, images=url)
    assert "write it like s3://bucket/study" in str(told.value)
    assert "key:" not in str(told.value) and "host" not in str(told.value)


def test_the_environment_says_where_files_are(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Images and uploads, of every command and every kernel."""
    monkeypatch.setenv("IMGLOOP_FILES", f"file://{tmp_path}/kept/")
    with open_results(folder) as store:
        store.put_image(DATA)
        store.put_file(DATA)
    assert (tmp_path / "kept" / "images" / NAME[:2] / f"{NAME}.webp").is_file()
    assert (tmp_path / "kept" / "files" / NAME[:2] / NAME).is_file()
    assert (folder / "imgloop.db").is_file()
    monkeypatch.setenv("IMGLOOP_FILES", "kept")
    with pytest.raises(StoreError, match="IMGLOOP_FILES must be a URL of fsspec"):
        open_results(folder)

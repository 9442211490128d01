"""Files that come in chunks, from a page that anyone may have written."""

import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgloop_widgets.errors import StoreError
from imgloop_widgets.store import Store, Upload
from imgloop_widgets.widgets import uploads
from imgloop_widgets.widgets.uploads import (
    LARGEST_CHUNK,
    LOST,
    MAX_SESSION_FILES,
    MOST_UNDER_WAY,
    NOT_NOW,
    MemoryShelf,
    StoreShelf,
    Uploads,
    bare_name,
)

DATA = bytes(range(256)) * 2000
NAME = sha256(DATA).hexdigest()


class Door:
    """What a page does with uploads. answers: all that came back."""

    def __init__(self, shelf: Any) -> None:
        self.errors: list[BaseException] = []
        self.uploads = Uploads(shelf, self._record)

    def _record(self, error: BaseException) -> str:
        self.errors.append(error)
        return "ab12cd34"

    def chunk(self, offset: Any, data: bytes, **more: Any) -> Any:
        content = {"upload": "u", "field": "photo", "name": "cat.png", "type": "image/png", "size": len(DATA)}
        return self.uploads.take({**content, "offset": offset, **more}, data, {"photo", "other"})

    def whole(self, data: bytes, **more: Any) -> Any:
        """Send a file in chunks and return the last answer."""
        for offset in range(0, max(1, len(data)), LARGEST_CHUNK):
            answer = self.chunk(offset, data[offset : offset + LARGEST_CHUNK], **{"size": len(data), **more})
        return answer


@pytest.fixture(params=["in memory", "in the store"])
def shelf(request: pytest.FixtureRequest, store: Store) -> Any:
    """Each shelf that we have."""
    return MemoryShelf() if request.param == "in memory" else StoreShelf(store, "s")


@pytest.fixture
def door() -> Door:
    """Uploads into memory."""
    return Door(MemoryShelf())


def test_a_file_is_kept_whole_under_its_content(shelf: Any) -> None:
    door = Door(shelf)
    offsets = range(0, len(DATA), LARGEST_CHUNK)
    answers = [door.chunk(offset, DATA[offset : offset + LARGEST_CHUNK]) for offset in offsets]
    assert answers[:-1] == [{"upload": "u", "offset": offset} for offset in offsets[1:]]
    value = {"name": "cat.png", "type": "image/png", "size": len(DATA), "sha256": NAME}
    assert answers[-1] == {"upload": "u", "value": value}
    assert shelf.uploads() == {NAME: Upload(sha256=NAME, size=len(DATA), type="image/png")}
    assert door.uploads.has(NAME) and door.uploads.get(NAME) == ("image/png", DATA)


def test_an_empty_file_is_a_file(shelf: Any) -> None:
    answer = Door(shelf).whole(b"")
    assert (answer["value"]["size"], answer["value"]["sha256"]) == (0, sha256(b"").hexdigest())


def test_the_same_file_again_takes_no_more_room(shelf: Any) -> None:
    door = Door(shelf)
    first = door.whole(b"x", upload="a", type="image/png")
    second = door.whole(b"x", upload="b", name="dog.png", type="image/gif")
    assert first["value"]["sha256"] == second["value"]["sha256"]
    assert second["value"]["name"] == "dog.png"
    assert len(shelf.uploads()) == 1


def test_a_chunk_that_is_sent_twice_is_confirmed_and_counts_once(door: Door) -> None:
    for _ in range(3):
        assert door.chunk(0, DATA[:1000]) == {"upload": "u", "offset": 1000}
    assert door.chunk(1000, DATA[1000:2000]) == {"upload": "u", "offset": 2000}
    assert door.chunk(0, DATA[:1000]) == {"upload": "u", "offset": 2000}
    for offset in range(2000, len(DATA), 100_000):
        answer = door.chunk(offset, DATA[offset : offset + 100_000])
    assert answer["value"]["sha256"] == NAME


def test_what_is_sent_after_the_end_gets_the_same_answer(door: Door) -> None:
    answer = door.whole(DATA)
    assert door.chunk(0, DATA[:1000]) == answer
    assert door.chunk(400_000, b"something else") == answer


def test_a_chunk_whose_forerunner_was_lost_is_answered_with_where_to_go_on(door: Door) -> None:
    assert door.chunk(0, DATA[:1000]) == {"upload": "u", "offset": 1000}
    assert door.chunk(2000, DATA[2000:3000]) == {"upload": "u", "offset": 1000}
    assert door.chunk(1000, DATA[1000:2000]) == {"upload": "u", "offset": 2000}
    assert door.chunk(1500, DATA[1500:3000]) == {"upload": "u", "offset": 3000}
    for offset in range(3000, len(DATA), 100_000):
        answer = door.chunk(offset, DATA[offset : offset + 100_000])
    assert answer["value"]["sha256"] == NAME


@pytest.mark.parametrize(
    "second",
    [(1000, b""), (1000, bytes(LARGEST_CHUNK + 1)), (len(DATA), b"x"), (-1, b"x"), (None, b"x")],
    ids=["empty", "large", "beyond", "before", "nowhere"],
)
def test_a_chunk_that_no_page_sends_ends_the_upload(door: Door, second: tuple[Any, bytes]) -> None:
    door.chunk(0, DATA[:1000])
    refused = {"upload": "u", "message": LOST}
    assert door.chunk(*second) == refused
    assert door.chunk(1000, DATA[1000:2000]) == refused, "the page need not guess what of it is true"
    assert not door.uploads.has(NAME)


@pytest.mark.parametrize("offset", [1, 1000, -1, None, "0", 0.0, True, [], {}])
def test_an_upload_begins_at_its_beginning(door: Door, offset: Any) -> None:
    """A kernel that was started anew has not seen the first chunks."""
    assert door.chunk(offset, b"x") == {"upload": "u", "message": LOST}


@pytest.mark.parametrize("size", [None, "3", -1, 1.0, True, [], {}])
def test_a_size_that_is_none_is_refused(door: Door, size: Any) -> None:
    assert door.chunk(0, b"x", size=size) == {"upload": "u", "message": LOST}


def test_a_file_that_is_too_large_is_refused_before_it_comes(door: Door) -> None:
    refused = {"upload": "u", "message": "Please choose a file of at most 20 MiB."}
    assert door.chunk(0, b"x", size=20 * 2**20 + 1) == refused
    assert door.chunk(1, b"x", size=20 * 2**20 + 1) == refused, "chunks were on their way already"
    assert "offset" in door.chunk(0, b"x", upload="v", size=20 * 2**20)


@pytest.mark.parametrize("name", [None, "", "x" * 101, 7, [], {}])
def test_an_upload_without_a_name_is_not_answered(door: Door, name: Any) -> None:
    assert door.chunk(0, b"x", upload=name) is None


@pytest.mark.parametrize("field", ["elsewhere", "", None, 7, [], {}])
def test_a_file_for_no_field_is_refused(door: Door, field: Any) -> None:
    assert door.chunk(0, b"x", field=field) == {"upload": "u", "message": NOT_NOW}


def test_a_form_that_takes_no_more_files_ends_what_is_under_way(door: Door) -> None:
    door.chunk(0, b"x")
    content = {"upload": "u", "field": "photo", "offset": 1}
    assert door.uploads.take(content, b"x", set()) == {"upload": "u", "message": NOT_NOW}


def test_another_file_for_the_same_field_takes_the_place_of_the_first(door: Door) -> None:
    door.chunk(0, b"x", upload="first")
    door.chunk(0, b"x", upload="elsewhere", field="other")
    door.chunk(0, b"x", upload="second")
    assert door.chunk(1, b"x", upload="first") == {"upload": "first", "message": LOST}
    assert door.chunk(1, b"x", upload="second") == {"upload": "second", "offset": 2}
    assert door.chunk(1, b"x", upload="elsewhere", field="other") == {"upload": "elsewhere", "offset": 2}


def test_only_so_many_files_are_under_way_at_once(door: Door) -> None:
    """Else a stranger could fill the memory with beginnings."""
    fields = {f"f{k}" for k in range(50)}
    for k in range(50):
        content = {"upload": f"u{k}", "field": f"f{k}", "size": 10, "offset": 0}
        assert door.uploads.take(content, b"x", fields) == {"upload": f"u{k}", "offset": 1}
    assert list(door.uploads._under_way) == [f"u{k}" for k in range(50 - MOST_UNDER_WAY, 50)]


def test_a_session_has_so_many_files_and_no_more(shelf: Any) -> None:
    for k in range(MAX_SESSION_FILES):
        assert "value" in Door(shelf).whole(bytes([k])), "a reload does not begin to count anew"
    message = Door(shelf).whole(b"one more")["message"]
    assert message == "No more files can be taken here: there are 50 of 50 already, with 1 of 100 MiB."


def test_a_session_has_so_many_bytes_and_no_more(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_SESSION_BYTES", 2 * 2**20)
    assert "value" in door.whole(bytes(2**20), upload="a")
    assert "message" in door.whole(bytes(2**20 + 1), upload="b")
    assert "value" in door.whole(bytes(2**20 - 1), upload="c")


def test_what_two_pages_send_at_once_has_one_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_SESSION_FILES", 1)
    shelf = MemoryShelf()
    one, two = Door(shelf), Door(shelf)
    one.chunk(0, b"1", size=2)
    assert "value" in two.whole(b"12")
    assert "message" in one.chunk(1, b"1", size=2)
    assert len(shelf.uploads()) == 1


def test_a_session_gets_its_own_files_alone(store: Store) -> None:
    ana, ben = Door(StoreShelf(store, "ana")), Door(StoreShelf(store, "ben"))
    ana.whole(DATA)
    assert ana.uploads.has(NAME)
    assert not ben.uploads.has(NAME)
    assert ben.uploads.get(NAME) is None
    assert ben.uploads.true_values({"photo": {"sha256": NAME, "size": 1}}) == {"photo": {"sha256": NAME, "size": 1}}


def test_an_error_of_the_disk_is_a_sentence_with_a_number(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    door = Door(StoreShelf(store, "s"))

    def full(data: bytes) -> str:
        raise StoreError("the disk is full")

    monkeypatch.setattr(store, "put_file", full)
    assert door.whole(b"x") == {"upload": "u", "message": uploads.BROKEN.format("ab12cd34")}
    assert [str(error) for error in door.errors] == ["the disk is full"]
    monkeypatch.undo()
    assert "value" in door.whole(b"x", upload="again")


@pytest.mark.parametrize(
    ("given", "bare"),
    [
        ("cat.png", "cat.png"),
        ("Küche 🐻.PNG", "Küche 🐻.PNG"),
        ("../../etc/passwd", "passwd"),
        ("C:\\fakepath\\cat.png", "cat.png"),
        ("a\nb\0c\u202egnp.png", "abcgnp.png"),
        ("half \ud83d.png", "half \ufffd.png"),
        ("x" * 300 + ".png", "x" * 251 + ".png"),
        *((nothing, "file") for nothing in ("", " ", ".", "..", "a/", "/", None)),
        (7, "7"),
    ],
)
def test_a_file_s_name_is_a_name_and_no_path(given: Any, bare: str) -> None:
    assert bare_name(given) == bare


@pytest.mark.parametrize(
    ("given", "kept", "shown"),
    [
        ("image/png", "image/png", "image/png"),
        ("Image/JPEG", "image/jpeg", "image/jpeg"),
        ("video/mp4", "video/mp4", "video/mp4"),
        ("image/svg+xml", "image/svg+xml", "application/octet-stream"),
        ("text/html", "text/html", "application/octet-stream"),
        *(
            (wrong, "", "application/octet-stream")
            for wrong in ("", "png", "a/b\nc", "x" * 300, None, 7, [], "a/b; c=d")
        ),
    ],
)
def test_a_type_is_what_the_browser_says_and_gives_back_only_what_is_harmless(
    given: Any, kept: str, shown: str
) -> None:
    door = Door(MemoryShelf())
    value = door.whole(b"x", type=given)["value"]
    assert value["type"] == kept
    assert door.uploads.get(value["sha256"]) == (shown, b"x")


def test_names_and_sizes_of_values_are_set_right(door: Door) -> None:
    value = door.whole(b"xyz")["value"]
    other = {"photo": None, "text": "x", "list": [1], "made up": {"sha256": "a" * 64, "size": 7}, "odd": {"sha256": 7}}
    assert door.uploads.true_values({**other, "mine": {**value, "name": "a/b.png", "size": 10**9}}) == {
        **other,
        "mine": {**value, "name": "b.png"},
    }


anything = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 5), st.text(max_size=3), st.lists(st.integers(), max_size=2)
)
names = st.sampled_from(["a", "b"])
messages = st.fixed_dictionaries(
    {"upload": names | anything, "field": st.sampled_from(["photo", "other"]) | anything},
    optional={
        "offset": st.integers(0, 4) | anything,
        "size": st.integers(0, 4) | anything,
        "name": anything,
        "type": anything,
    },
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(messages, st.binary(max_size=4)), max_size=12))
def test_whatever_comes_only_whole_files_are_kept(sent: list[tuple[dict[str, Any], bytes]]) -> None:
    door = Door(MemoryShelf())
    for content, chunk in sent:
        answer = door.uploads.take(content, chunk, {"photo", "other"})
        if answer is not None:
            assert json.loads(json.dumps(answer)) == answer
            assert answer["upload"] == content["upload"]
            assert len(answer.keys() & {"offset", "value", "message"}) == 1
        if answer and "value" in answer:
            assert answer["value"]["size"] == len(door.uploads.get(answer["value"]["sha256"])[1])
    assert all(len(file.data) < file.size for file in door.uploads._under_way.values())
    assert door.errors == []


def test_the_largest_chunk_fits_a_frame() -> None:
    from imgloop_widgets.serving.frames import LARGEST_FRAME

    assert LARGEST_CHUNK + 64 * 1024 <= LARGEST_FRAME

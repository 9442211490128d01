"""A worker's file on its way: in chunks, with a kernel that is slow, refuses, or is gone for a while."""

import base64
import io
import re
from pathlib import Path
from typing import Any

import pytest
from browser.front_end.forms import a_form, a_form_view
from PIL import Image
from playwright.sync_api import Locator, Page, expect

Json = dict[str, Any]

CHUNK = 128 * 1024
RECORD = {"name": "desk.png", "type": "image/png", "size": 1000, "sha256": "ab" * 32}


def open_form(sheet: Any, draft: Json | None = None, **spec: Any) -> Page:
    """Open a form with one field for a file, whose kernel does not answer by itself."""
    form = a_form({"name": "desk", "type": "file", "label": "Desk", **spec})
    sheet.open(a_form_view(draft=draft or {}), form)
    sheet.page.evaluate("model.files = false")
    page: Page = sheet.page
    return page


def the_input(page: Page) -> Locator:
    return page.get_by_role("button", name="Desk Select")


def choose(page: Page, size: int, name: str = "desk.bin", kind: str = "application/octet-stream") -> None:
    the_input(page).set_input_files({"name": name, "mimeType": kind, "buffer": b"x" * size})


def chunks(sheet: Any, number: int) -> list[Json]:
    """The chunks that were sent, once there are so many."""
    sheet.page.wait_for_function("n => model.sent.filter(m => m.kind === 'file').length >= n", arg=number)
    found: list[Json] = sheet.sent("file")
    assert len(found) == number
    return found


def problem(page: Page) -> Locator:
    return page.locator(".imgloop-problem:visible")


def a_picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(buffer, "PNG")
    return buffer.getvalue()


def test_a_file_goes_in_chunks_of_which_four_may_be_unanswered(sheet: Any) -> None:
    page = open_form(sheet)
    size = 6 * CHUNK + 5
    choose(page, size)
    first = chunks(sheet, 4)
    assert [chunk["offset"] for chunk in first] == [0, CHUNK, 2 * CHUNK, 3 * CHUNK]
    assert {(c["field"], c["name"], c["type"], c["size"]) for c in first} == {
        ("desk", "desk.bin", "application/octet-stream", size)
    }
    upload = first[0]["upload"]
    page.get_by_text("Uploading, 0\u00a0%").wait_for()

    sheet.tell("file", upload=upload, offset=CHUNK)
    assert chunks(sheet, 5)[-1]["offset"] == 4 * CHUNK
    page.get_by_text("Uploading, 16\u00a0%").wait_for()
    assert page.get_by_role("progressbar", name="Upload of desk.bin").evaluate("bar => bar.value") > 0.16
    sheet.tell("file", upload=upload, offset=3 * CHUNK)
    chunks(sheet, 7)
    sheet.tell("file", upload="another view's", offset=6 * CHUNK)
    sheet.tell("file", upload=upload, value={**RECORD, "name": "desk.bin", "size": size})
    page.get_by_text("768 KiB · Uploaded").wait_for()
    page.get_by_role("status").filter(has_text="desk.bin is uploaded").wait_for()


def test_an_empty_file_is_one_empty_chunk(sheet: Any) -> None:
    page = open_form(sheet)
    choose(page, 0)
    assert chunks(sheet, 1)[0]["offset"] == 0


def test_an_unfinished_upload_is_no_answer_and_says_so(sheet: Any) -> None:
    page = open_form(sheet, validators={"required": True})
    choose(page, 100)
    page.get_by_role("button", name="Submit").click()
    problem(page).filter(has_text="still on its way").wait_for()
    assert sheet.sent("command") == []
    sheet.tell("file", upload=chunks(sheet, 1)[0]["upload"], value=RECORD)
    expect(problem(page)).to_have_count(0)
    page.get_by_role("button", name="Submit").click()
    assert sheet.command()["values"] == {"desk": RECORD}


def test_a_refused_file_says_why_beside_the_field_and_another_can_be_chosen(sheet: Any) -> None:
    page = open_form(sheet)
    choose(page, 100)
    sheet.tell("file", upload=chunks(sheet, 1)[0]["upload"], message="No more files can be taken here.")
    expect(page.get_by_role("alert").filter(has_text="No more files")).to_be_visible()
    described = the_input(page).get_attribute("aria-describedby") or ""
    assert problem(page).get_attribute("id") in described.split()
    page.get_by_text("Select a file").wait_for()
    choose(page, 200, "smaller.bin")
    expect(problem(page)).to_have_count(0)
    assert chunks(sheet, 2)[-1]["name"] == "smaller.bin"


@pytest.mark.parametrize(
    ("name", "size", "message"),
    [
        ("desk.gif", 10, "Please choose a file that ends with png, jpg."),
        ("desk", 10, "Please choose a file that ends with png, jpg."),
        ("desk.png", 20 * 2**20 + 1, "Please choose a file of at most 20 MiB."),
    ],
)
def test_what_can_not_be_taken_is_told_before_anything_is_sent(
    name: str, size: int, message: str, sheet: Any, tmp_path: Path
) -> None:
    page = open_form(sheet, validators={"fileExtension": ["png", "jpg"]})
    assert the_input(page).get_attribute("accept") == ".png,.jpg"
    with (tmp_path / name).open("wb") as file:
        file.truncate(size)
    the_input(page).set_input_files(tmp_path / name)
    problem(page).filter(has_text=message).wait_for()
    assert sheet.sent("file") == []
    choose(page, 10, "desk.PNG")
    chunks(sheet, 1)


def test_after_a_lost_connection_it_goes_on_behind_what_was_answered(sheet: Any) -> None:
    page = open_form(sheet)
    choose(page, 8 * CHUNK)
    upload = chunks(sheet, 4)[0]["upload"]
    sheet.tell("file", upload=upload, offset=CHUNK)
    chunks(sheet, 5)

    page.evaluate("model.alive = false; dispatchEvent(new Event('offline'))")
    page.get_by_text("Waiting for the connection").wait_for()
    sheet.tell("file", upload=upload, offset=2 * CHUNK)  # was on its way already
    chunks(sheet, 5)
    page.evaluate("model.alive = true; dispatchEvent(new Event('online'))")
    page.get_by_text("Uploading, 25\u00a0%").wait_for()
    again = chunks(sheet, 9)[5:]
    assert [(c["upload"], c["offset"]) for c in again] == [(upload, n * CHUNK) for n in (2, 3, 4, 5)]
    page.evaluate("model.files = true")
    sheet.tell("file", upload=upload, offset=6 * CHUNK)
    page.get_by_text("1 MiB · Uploaded").wait_for()


def test_chunks_that_nobody_answers_to_are_sent_again(sheet: Any) -> None:
    sheet.page.clock.install()
    page = open_form(sheet)
    choose(page, 2 * CHUNK)
    chunks(sheet, 2)
    page.clock.run_for(9_000)
    assert len(sheet.sent("file")) == 2
    page.clock.run_for(2_000)
    assert [chunk["offset"] for chunk in chunks(sheet, 4)] == [0, CHUNK, 0, CHUNK]


def test_an_upload_can_be_cancelled_and_a_kept_file_removed(sheet: Any) -> None:
    page = open_form(sheet)
    choose(page, 8 * CHUNK)
    upload = chunks(sheet, 4)[0]["upload"]
    page.get_by_role("button", name="Cancel desk.bin").press("Enter")
    assert page.evaluate("document.activeElement.type") == "file"
    sheet.tell("file", upload=upload, offset=CHUNK)
    assert len(sheet.sent("file")) == 4
    page.get_by_text("Select a file").wait_for()

    page.evaluate("model.files = true")
    choose(page, 100)
    page.get_by_role("button", name="Remove desk.bin").click()
    page.get_by_text("Select a file").wait_for()
    page.get_by_role("button", name="Submit").click()
    assert sheet.command()["values"] == {"desk": None}


def test_a_second_file_takes_the_place_of_the_first(sheet: Any) -> None:
    page = open_form(sheet)
    choose(page, 8 * CHUNK, "first.bin")
    upload = chunks(sheet, 4)[0]["upload"]
    page.evaluate("model.files = true")
    choose(page, 100, "second.bin")
    page.get_by_role("button", name="Remove second.bin").wait_for()
    sheet.tell("file", upload=upload, value={**RECORD, "name": "first.bin"})
    page.get_by_role("button", name="Submit").click()
    assert sheet.command()["values"]["desk"]["name"] == "second.bin"


def test_a_file_can_be_dropped_on_the_field(sheet: Any, tmp_path: Path) -> None:
    page = open_form(sheet)
    (tmp_path / "dropped.txt").write_text("From another window")
    zone = page.locator(".imgloop-drop")
    box = zone.bounding_box()
    assert box
    browser = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(tmp_path / "dropped.txt")], "dragOperationsMask": 1}
    place = {"x": box["x"] + 30, "y": box["y"] + 10, "data": data}
    for kind in ("dragEnter", "dragOver"):
        browser.send("Input.dispatchDragEvent", {"type": kind, **place})
    expect(zone).to_have_class(re.compile("imgloop-dropping"))
    browser.send("Input.dispatchDragEvent", {"type": "drop", **place})
    assert chunks(sheet, 1)[0]["name"] == "dropped.txt"
    expect(zone).not_to_have_class(re.compile("imgloop-dropping"))


# ---------------------------------------------------------------- preview


def test_a_chosen_picture_is_shown_at_once_and_after_a_reload_when_the_kernel_has_sent_it(sheet: Any) -> None:
    page = open_form(sheet, show_preview=True)
    picture = a_picture()
    the_input(page).set_input_files({"name": "desk.png", "mimeType": "image/png", "buffer": picture})
    image = page.get_by_role("img", name="Preview of desk.png")
    expect(image).to_be_visible()
    assert image.evaluate("async image => (await image.decode(), image.naturalWidth)") == 64
    sheet.tell("file", upload=chunks(sheet, 1)[0]["upload"], value=RECORD)
    page.get_by_text("· Uploaded").wait_for()
    expect(image).to_be_visible()
    assert sheet.sent("file_get") == []

    page = open_form(sheet, {"desk": RECORD}, show_preview=True)
    page.get_by_text("1000 B · Uploaded").wait_for()
    assert [message["sha256"] for message in sheet.sent("file_get")] == [RECORD["sha256"]]
    page.evaluate(
        "([sha256, text]) => model.message({ kind: 'file_data', sha256, type: 'image/png' },"
        " [new DataView(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer)])",
        [RECORD["sha256"], base64.b64encode(picture).decode()],
    )
    assert image.evaluate("async image => (await image.decode(), image.naturalWidth)") == 64


@pytest.mark.parametrize("kind", ["image/svg+xml", "text/html", "application/pdf", ""])
def test_a_file_that_could_hold_a_script_is_never_shown(kind: str, sheet: Any) -> None:
    page = open_form(sheet, {"desk": {**RECORD, "type": kind}}, show_preview=True)
    page.get_by_text("1000 B · Uploaded").wait_for()
    assert sheet.sent("file_get") == []
    the_input(page).set_input_files({"name": "x", "mimeType": kind, "buffer": b"<svg/>"})
    page.get_by_text("Uploading").first.wait_for()
    assert page.locator(".imgloop-preview > *").count() == 0


@pytest.mark.parametrize("kind", ["image/svg+xml", "text/html"])
def test_the_kernels_word_on_a_type_is_checked_too(kind: str, sheet: Any) -> None:
    page = open_form(sheet, {"desk": RECORD}, show_preview=True)
    page.get_by_text("1000 B · Uploaded").wait_for()
    page.evaluate(
        "([sha256, type]) => model.message({ kind: 'file_data', sha256, type }, [new DataView(new ArrayBuffer(9))])",
        [RECORD["sha256"], kind],
    )
    assert page.locator(".imgloop-preview > *").count() == 0


def test_a_sound_gets_a_player(sheet: Any) -> None:
    page = open_form(sheet, show_preview=True)
    silence = b"RIFF$\x08\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00@\x1f\x00\x00@\x1f\x00\x00\x01\x00\x08\x00"
    silence += b"data\x00\x08\x00\x00" + b"\x80" * 2048
    the_input(page).set_input_files({"name": "a.wav", "mimeType": "audio/wav", "buffer": silence})
    expect(page.locator("audio[controls]")).to_have_attribute("aria-label", "Preview of a.wav")


def test_a_damaged_picture_is_not_shown(sheet: Any) -> None:
    page = open_form(sheet, show_preview=True)
    choose(page, 100, "desk.png", "image/png")
    page.get_by_text("Uploading").first.wait_for()
    expect(page.locator(".imgloop-preview > *")).to_have_count(0)

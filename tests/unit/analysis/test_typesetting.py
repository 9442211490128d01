"""Text in a picture: whatever a worker writes is drawn, and nothing of it is lost without a word."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from imgloop_widgets.analysis.typesetting import (
    face_for,
    has_letters,
    house_face,
    is_rightwards,
    printable,
    wrap,
    write,
)

WIDTH = 300


@given(st.text(max_size=400))
@example("a" * 5000)
@example("🐻‍❄️👩🏽‍🚀 ✨")
@example("דוב חום (bear) 12")
@example("\u202eevil\u2066 \x00\x07\ud7ff\U000e0041")
@example("े́́́" * 50)
@settings(max_examples=60, deadline=None)
def test_any_text_is_drawn_in_lines_that_fit(text: str) -> None:
    face = face_for(text, 24)
    shown = printable(text, face)
    lines, left = wrap(shown, face, WIDTH, 8)
    pen = ImageDraw.Draw(Image.new("RGB", (WIDTH, 300)))
    for i, line in enumerate(lines):
        write(pen, (0, 30 * i), line, face, WIDTH, "white", rightwards=is_rightwards(text))
        assert face.getlength(line) <= WIDTH or len(line) == 1 or not line[1:].strip("\u0300\u0301\u0947")
    assert left == 0 or len(lines) == 8


@given(st.text(alphabet="ab é-\n\t", max_size=300))
def test_nothing_is_lost_between_the_lines(text: str) -> None:
    face = house_face(24)
    lines, left = wrap(printable(text, face), face, WIDTH, 1000)
    assert left == 0
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_what_does_not_fit_is_counted() -> None:
    face = house_face(24)
    text = "bear " * 100
    lines, left = wrap(text, face, WIDTH, 3)
    assert len(lines) == 3
    assert len(" ".join(lines)) + 1 + left == len(text.strip())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("🐻🌲 cosy", "[bear face] [evergreen tree] cosy"),
        ("🐻\u200d❄\ufe0f", "[bear face] ❄"),
        ("👩🏽", "[woman]"),
        ("a\nb\t c", "a b c"),
        ("full\uff0cwidth", "full,width"),
        ("\x00a\u202eb", "ab"),
    ],
)
def test_signs_that_the_font_lacks_are_named(text: str, shown: str) -> None:
    assert printable(text, house_face(24)) == shown


def test_the_direction_is_that_of_the_first_letter() -> None:
    assert is_rightwards("12, bear") and is_rightwards("") and is_rightwards("12")
    assert not is_rightwards("12, דוב bear") and not is_rightwards("دب")


def test_a_font_without_the_letters_says_so() -> None:
    assert has_letters("bär медведь דוב 🐻", house_face(24))
    assert not has_letters("棕熊站在雪山前", house_face(24))

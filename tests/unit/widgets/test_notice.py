"""One sentence in place of the task, always as text."""

from imgloop_widgets.widgets import Notice


def test_the_sentence_goes_to_the_page_as_it_is() -> None:
    assert Notice("<b>& more</b>").get_state(["text"]) == {"text": "<b>& more</b>"}


def test_the_page_writes_it_as_text_and_never_as_html() -> None:
    script = Notice("x")._esm
    assert "textContent" in script
    assert "innerHTML" not in script and "insertAdjacentHTML" not in script


def test_it_is_announced_and_has_a_heading() -> None:
    assert '"role", "alert"' in Notice("x")._esm
    assert '"h1"' in Notice("x")._esm


def test_two_notices_are_two() -> None:
    first, second = Notice("one"), Notice("two")
    assert (first.text, second.text) == ("one", "two")


def test_it_loads_nothing_from_elsewhere() -> None:
    notice = Notice("x")
    assert "http" not in notice._esm + notice._css
    assert "import" not in notice._esm

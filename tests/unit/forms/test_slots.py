"""Pictures that the page shows itself are cut out of an author's HTML, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.forms.slots import remove_slots, unsafe_attributes

TARGET = '<img class="custom--task-image" src="x.jpg" alt="" />'


@pytest.mark.parametrize(
    ("html", "left"),
    [
        (f"<p>a{TARGET}b</p>", "<p>ab</p>"),
        (f"a<br />\n {TARGET}<br />\n b", "a<br />\n \n b"),
        (f"{TARGET} \n <br>b", "b"),
        (f"{TARGET}text<br>", "text<br>"),
        (f"{TARGET}<b>x</b><br>", "<b>x</b><br>"),
        ("<IMG CLASS='wide custom--task-image' SRC=x>b", "b"),
        ('<img alt="a > b" class=custom--task-image>b', "b"),
        ("<img src='[[ image_url ]]'>b", "b"),
        ('<img src="{{target_image}}">b', "b"),
        ('<img src="{{ target_image }}"/><br/>b', "b"),
        ('<p>unclosed <img\n  class="custom--task-image"\n  src="x"\n>\n<b>more', "<p>unclosed \n<b>more"),
        (f"{TARGET}{TARGET}b", "b"),
        ('<img src="other.jpg"><br>b', '<img src="other.jpg"><br>b'),
        ('<img class="custom--task-images" src="x">', '<img class="custom--task-images" src="x">'),
        (f"<!-- {TARGET} -->", f"<!-- {TARGET} -->"),
        ('<a title="<img class=custom--task-image>">x</a>', '<a title="<img class=custom--task-image>">x</a>'),
        ("1 < 2 & <b>&eacute;</b> </p> <p", "1 < 2 & <b>&eacute;</b> </p> <p"),
        ("", ""),
    ],
)
def test_only_the_slots_are_cut_out(html: str, left: str) -> None:
    assert remove_slots(html) == left


@given(st.text(alphabet=st.sampled_from("<>/=\"'!-[]{}&; \nabimgrs"), max_size=60))
def test_untidy_html_without_a_slot_stays_as_it_is(html: str) -> None:
    assert remove_slots(html) == html


@pytest.mark.parametrize(
    ("html", "count"),
    [
        ('<a href="{{ x }}">{{ x }}</a>', 0),
        ("<a href='{{ x }}'>a = {{ x }}</a>", 0),
        ("<a href={{ x }}>", 1),
        ("<a href=/b/{{x}}>", 1),
        ('<b onclick="f({{x}})">', 1),
        ("<b onmouseover={{x}}>", 2),
    ],
)
def test_a_token_may_stand_only_where_escaping_makes_it_safe(html: str, count: int) -> None:
    assert len(unsafe_attributes(html)) == count

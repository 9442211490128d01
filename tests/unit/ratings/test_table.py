"""Images of a table in place of a first study."""

from collections.abc import Callable
from pathlib import Path

import pytest
from judged import T0, picture

from imgloop_widgets.analysis.tables import store_tables
from imgloop_widgets.errors import ConfigurationError
from imgloop_widgets.identity import Identity
from imgloop_widgets.judging import OpenRatings
from imgloop_widgets.ratings import Rate
from imgloop_widgets.store import open_store

Write = Callable[..., Path]
HEAD = "session,attempt,image,target,worker,arm,prompt\n"
ROWS = """\
s1,1,a.webp,bear,ana,new,a bear
s1,2,b.webp,bear,ana,new,a big bear
s2,1,c.webp,cub,,old,
s2,2,d.webp,cub,,old,
"""


@pytest.fixture
def table(rating_file: Write) -> Write:
    """Write a rating study that judges a table of images: `table(text)`; its folder."""

    def write(text: str = HEAD + ROWS) -> Path:
        folder = rating_file()
        file = folder / "study.toml"
        file.write_text(file.read_text().replace('source = "first"', 'source = "pictures.csv"'))
        (folder / "pictures.csv").write_text(text)
        for number, name in enumerate("abcd"):
            (folder / f"{name}.webp").write_bytes(picture(number))
        return folder

    return write


def test_its_images_are_judged_and_come_out_as_a_study_of_its_name(table: Write) -> None:
    opened = OpenRatings.load(table())
    assert sorted(item.arm for item in opened.items()) == ["new", "old"]
    own = opened.enter(Identity(worker_id="ana", unit=1), clock=lambda: T0)  # who made the images of s1
    assert {one.arm for one in own.state.shown} == {"old"}
    rater = opened.enter(Identity(worker_id="bob", unit=1), clock=lambda: T0)
    while (place := rater.state.place) is not None:
        rater.dispatch(Rate(seq=rater.state.seq, place=place, answers={"closer": 2}))
    frame = store_tables(opened.store, "pictures")["ratings"]
    assert set(frame.loc[~frame["is_check"], "value"]) == {1.0}


def test_it_is_put_into_the_store_once(table: Write) -> None:
    folder = table()
    before = {item.id for item in OpenRatings.load(folder).items()}
    again = OpenRatings.load(folder)
    assert {item.id for item in again.items()} == before
    assert len(again.store.sessions("pictures")) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("session,image,target\n", "pictures.csv: has no column 'attempt'; add it"),
        (HEAD.replace("arm", "amr"), "pictures.csv: column 'amr' is not known; possible: session, attempt"),
        (HEAD + "s,1,a.webp,wolf,,,\n", "pictures.csv: row 2: there is no target 'wolf' in targets.toml"),
        (HEAD + "s,one,a.webp,bear,,,\n", "row 2: attempt must be a whole number from 1; not 'one'"),
        (HEAD + "s,1,z.webp,bear,,,\n", "row 2: there is no file 'z.webp' beside pictures.csv"),
        (HEAD + "s,1,a.webp,bear,,,\ns,1,b.webp,bear,,,\n", "row 3: this session and attempt stand in an earlier row"),
        (HEAD + "s,2,a.webp,bear,,,\n", "row 2: the attempts of 's' must be 1, 2, 3, … without a gap"),
        (HEAD + "s,1,a.webp,bear,u,,\ns,2,b.webp,bear,v,,\n", "row 2: the rows of 's' must have the same worker"),
    ],
)
def test_every_mistake_in_it_is_told_with_its_row(table: Write, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        OpenRatings.load(table(text), store=open_store(":memory:"))
    assert any(said in str(problem) for problem in raised.value.problems), raised.value

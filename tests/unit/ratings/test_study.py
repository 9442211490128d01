"""The file of a rating study: what is read, and what is said about every mistake, all at once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from imgloop_widgets.errors import ConfigurationError
from imgloop_widgets.ratings import RatingStudy, is_of_ratings, load_any, load_ratings
from imgloop_widgets.study import Study, load_study

ROOT = Path(__file__).parents[3]
Write = Callable[..., Path]


def mistakes(path: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        load_ratings(path)
    return [str(problem) for problem in raised.value.problems]


def question(**values: object) -> str:
    lines = {"name": '"q"', "text": '"Which?"', "kind": '"scale"', **values}
    return "[[question]]\n" + "".join(f"{name} = {value}\n" for name, value in lines.items())


def test_a_short_file_takes_the_defaults(rating_file: Write) -> None:
    study = load_ratings(rating_file())
    assert (study.ratings.raters_per_item, study.ratings.items_per_rater, study.ratings.checks_per_block) == (3, 20, 2)
    assert (study.name, study.ratings.source, study.questions[0].kind) == ("judged", "first", "closer")
    assert study.duration.total_seconds() == 1800


def test_the_table_ratings_says_which_kind_a_file_is_of(rating_file: Write) -> None:
    folder = rating_file()
    assert is_of_ratings(folder) and isinstance(load_any(folder), RatingStudy)
    assert isinstance(load_any(ROOT / "notebooks" / "look_alike"), Study)


def test_what_is_for_loops_says_that_a_rating_study_is_none(rating_file: Write) -> None:
    with pytest.raises(ConfigurationError, match=r"study\.toml: ratings: makes this a study of ratings"):
        load_study(rating_file())


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"ratings": "raters_per_itm = 2"}, "study.toml: ratings.raters_per_itm: is not known; did you mean 'raters"),
        ({"ratings": "raters_per_item = 0"}, "study.toml: ratings.raters_per_item: must be 1 or more; not 0"),
        (
            {"item": "triple", "question": question()},
            "ratings.item: must be 'single', 'pair' or 'ranking'; not 'triple'",
        ),
        (
            {"ratings": 'attempts = ["middle"]'},
            "ratings: attempts must be numbers from 1, or first, last, best; not 'm",
        ),
        ({"ratings": "attempts = [1, 2, 3]"}, "ratings: a pair has two attempts; not 3"),
        ({"item": "single", "ratings": 'check = "same"'}, 'ratings: check = "same" needs item = "pair"'),
        ({"ratings": "show_prompt = true"}, 'ratings: show_prompt needs item = "single"'),
        ({"study": 'form = "form"'}, "study: form has no place in a rating study; leave it out"),
        ({"question": question(kind='"ranking"')}, "question[0].kind: 'ranking' needs item = \"ranking\"; not 'pair'"),
        ({"question": question(low=5, high=5)}, "question[0]: low must be below high; not 5 and 5"),
        ({"question": question(alike=11)}, "question[0]: alike must be an answer that can be given, 1 to 10; not 11"),
        ({"question": question(kind='"choice"')}, "question[0]: options must be two texts or more"),
        (
            {"question": question(kind='"closer"', low=1)},
            "question[0]: low has no effect on a question of the kind 'cl",
        ),
        ({"question": question(alike=10) * 2}, "question[1].name: 'q' is that of another question; give each its own"),
        ({"question": question()}, "ratings.checks_per_block: is not 0, but no question has a known answer"),
        ({"ratings": 'check = "same"'}, "ratings.checks_per_block: is not 0, but no question has a known answer"),
    ],
)
def test_every_mistake_is_told_with_its_place(rating_file: Write, parts: dict[str, str], said: str) -> None:
    assert any(said in mistake for mistake in mistakes(rating_file(**parts)))


def test_a_study_can_not_judge_itself(rating_file: Write) -> None:
    folder = rating_file()
    file = folder / "study.toml"
    file.write_text(file.read_text().replace('name = "judged"', 'name = "first"'))
    assert mistakes(folder) == [
        "study.toml: ratings.source: must be another study than this one; name the study whose images are judged"
    ]


def test_the_studies_of_the_notebooks_hold_together() -> None:
    for folder in sorted((ROOT / "notebooks").glob("*/study.toml")):
        load_any(folder)

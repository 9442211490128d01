"""Answers to a form of which a worker knows what the page knows."""

import random
from pathlib import Path

import pytest

from imgloop_widgets.crowd.forms import answers_to
from imgloop_widgets.forms import Sheet, check_answers, load_form, loop_parts
from imgloop_widgets.widgets.base import drawn_form

ROOT = Path(__file__).parents[3]
FORMS = [ROOT / "notebooks/look_alike/form", ROOT / "tests/unit/data/task_data.json"]


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_what_they_answer_is_what_the_kernel_takes(path: Path) -> None:
    form = load_form(path).versions[0].form({"target_image": "bear"})
    data = {**drawn_form(form), "parts": loop_parts(form).to_json()}

    for seed in range(20):
        values = answers_to(data, random.Random(seed), lambda file: None)
        check_answers(Sheet(form=form), values)


def test_a_form_that_this_version_does_not_know_is_said_to_be_unknown() -> None:
    with pytest.raises(ValueError, match="is the server of the same version"):
        answers_to({"form": {"title": "x", "sections": "?"}}, random.Random(1), lambda file: None)

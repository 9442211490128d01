"""`imgloop check`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


def test_check_says_what_there_is(study: Path, run: Run) -> None:
    ran = run("check", study)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("small: all is well\n")
    for fact in ("2 in 1 category (bears)", "6 units, 3 for each target", "5 to 60 characters", "up to 3 attempts"):
        assert fact in ran.out


def test_check_lists_all_mistakes_of_all_files_with_their_places(study: Path, run: Run) -> None:
    form = json.loads((study / "form.json").read_text())
    form[0]["form"]["titel"] = form[0]["form"].pop("title")
    (study / "form.json").write_text(json.dumps(form))
    targets = study.parent / "images" / "targets.toml"
    targets.write_text(targets.read_text().replace("licence", "license", 1))
    (study / "worker.ipynb").unlink()

    ran = run("check", study)

    assert (ran.code, ran.out) == (1, "")
    for mistake in ("titel", "license", "worker.ipynb: is missing"):
        assert mistake in ran.err
    assert "Traceback" not in ran.err


def test_check_reads_the_images_too(study: Path, run: Run) -> None:
    image = study.parent / "images" / "targets" / "bear.webp"
    image.write_bytes(image.read_bytes()[:-10])

    ran = run("check", study)

    assert ran.code == 1
    assert "sha256" in ran.err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not a notebook"),
        ("[]", "is not a notebook"),
        (json.dumps({"cells": []}), "no cell with the tag `parameters`"),
    ],
)
def test_check_looks_into_the_workers_notebook(content: str, said: str, study: Path, run: Run) -> None:
    (study / "worker.ipynb").write_text(content)

    ran = run("check", study)

    assert ran.code == 1
    assert said in ran.err

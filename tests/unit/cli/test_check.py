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
    for fact in (
        "2 in 1 category (bears)",
        "6 units, 3 for each target, 1 for each worker",
        "5 to 60 characters",
        "up to 3 attempts",
    ):
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


def _arm(folder: Path, more: str) -> None:
    file = folder / "study.toml"
    file.write_text(file.read_text() + more)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ('model = "m", instruction = "Add."', "the environment variable OPENAI_API_KEY is not set; set it"),
        ('model = "m", instruction = "Add.", key_env = "MY_KEY"', "the environment variable MY_KEY is not set"),
        ('model = "m", instruction = "Add.", key_file = "k.txt"', "key_file can't be read"),
        ('instruction = "Add.", base_url = "http://127.0.0.1:9/v1"', "model is missing; it is required"),
        ('model = "m", instrction = "Add."', "instrction; did you mean 'instruction'?"),
    ],
)
def test_check_says_what_a_reviser_lacks(
    options: str, said: str, study: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    _arm(study, f'revise = {{ with = "chat", {options} }}\n')

    ran = run("check", study)

    assert ran.code == 1
    assert "study.toml: arm[0].revise: " in ran.err
    assert said in ran.err


def test_check_finds_nothing_wrong_with_a_reviser_that_has_all_it_needs(study: Path, run: Run) -> None:
    options = 'model = "m", instruction = "Add.", base_url = "http://127.0.0.1:9/v1"'
    _arm(study, f'revise = {{ with = "chat", {options} }}\n')

    assert run("check", study).code == 0


SCORER = "def close(image, target):\n    return 0.5"


def test_check_asks_for_a_scorer_where_a_metric_is_shown_and_nobody_brings_one(study: Path, run: Run) -> None:
    _arm(study, "show_metric = true\n")
    _notebook(study, SCORER, "open_page(study)", generator=True)
    ran = run("check", study)
    assert ran.code == 1
    assert "open_page needs one: open_page(study, scorer=my_scorer)\n" in ran.err

    _notebook(study, SCORER, "open_page(study, scorer=close)", generator=True)
    assert run("check", study).code == 0


@pytest.mark.parametrize("word", ["revise", "scorer"])
def test_check_finds_every_function_that_is_nowhere_defined(word: str, study: Path, run: Run) -> None:
    _notebook(study, SCORER, f"open_page(study, {word}=clsoe)", generator=True)

    ran = run("check", study)

    assert ran.code == 1
    assert f"cell 4: {word}=clsoe: there is no 'clsoe' in the notebook; did you mean 'close'?" in ran.err


CALLBACK = "def draw(prompt, context):\n    return None"


def _notebook(folder: Path, *cells: str, generator: bool = False) -> None:
    """Write the worker's notebook: the parameters, then these cells. generator: the study file names one."""
    made = [{"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": "study = 'study.toml'"}]
    made += [{"cell_type": "markdown", "metadata": {}, "source": "Not (Python"}]
    made += [{"cell_type": "code", "metadata": {}, "source": source.splitlines(keepends=True)} for source in cells]
    (folder / "worker.ipynb").write_text(json.dumps({"cells": made}))
    if not generator:
        file = folder / "study.toml"
        file.write_text(file.read_text().replace('generator = "scenes"\noptions = { size = 32 }', ""))


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["open_page(study"], "cell 3, line 1: is not Python ('(' was never closed): `open_page(study`"),
        (["\n\nx = 1\ny = = 2"], "cell 3, line 4: is not Python (invalid syntax): `y = = 2`"),
        (["x = 1", "return x"], "cell 4, line 1: is not Python ('return' outside function): `return x`"),
    ],
)
def test_check_names_the_cell_and_the_line_that_is_not_python(
    cells: list[str], said: str, study: Path, run: Run
) -> None:
    _notebook(study, *cells, generator=True)

    ran = run("check", study)

    assert ran.code == 1
    assert f"worker.ipynb: {said}\n" in ran.err


@pytest.mark.parametrize(
    "call",
    ["open_page(study)", "open_page(study, generate=None)", "# open_page(study, generate=draw)", "LookAlike(study)"],
)
def test_check_asks_for_a_callback_where_nobody_brings_one(call: str, study: Path, run: Run) -> None:
    _notebook(study, CALLBACK, call)

    ran = run("check", study)

    assert ran.code == 1
    assert (
        "worker.ipynb: the study file names no generator, so open_page needs one: "
        "open_page(study, generate=my_callback)\n"
    ) in ran.err


@pytest.mark.parametrize(
    ("cells", "hint"),
    [
        ([CALLBACK, "open_page(study, generate=darw)"], "did you mean 'draw'?"),
        (["open_page(study, generate=model.draw)"], "define or import it in a cell above"),
        (["%matplotlib inline", "open_page(study, generate=Draw(3))"], "define or import it in a cell above"),
    ],
)
def test_check_finds_a_callback_that_is_nowhere_defined(cells: list[str], hint: str, study: Path, run: Run) -> None:
    _notebook(study, *cells)

    ran = run("check", study)

    assert ran.code == 1
    assert f"cell {len(cells) + 2}: generate=" in ran.err
    assert hint in ran.err


@pytest.mark.parametrize(
    "cells",
    [
        [CALLBACK, "open_page(study, generate=draw)"],
        ["import mine.model as m", "page = imgloop_widgets.open_page(study, generate=m.draw)\npage"],
        ["from mine import *", "open_page(study, generate=draw)"],
        ["%run mine.py", "open_page(study, generate=draw)"],
        ["%%time\n" + CALLBACK, "open_page(study, generate=draw)"],
        ["%%html\n<b>not Python", "open_page(study, generate=lambda prompt, context: None)"],
        ["%matplotlib inline\nfiles = !ls\nif files:\n    !ls\nfiles?", CALLBACK, "open_page(study, generate=draw)"],
        ["draw = await load()", "open_page(study, generate=draw)"],
        ["more = {'generate': print}", "open_page(study, **more)"],
        ["from imgloop_widgets import open_page as page", CALLBACK, "page(study, generate=draw)"],
    ],
)
def test_check_lets_notebooks_be_that_bring_their_callback(cells: list[str], study: Path, run: Run) -> None:
    _notebook(study, *cells)

    ran = run("check", study)

    assert (ran.code, ran.err) == (0, "")

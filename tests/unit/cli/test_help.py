"""What a person can find out about the commands."""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from imgloop_widgets.cli import app as cli
from imgloop_widgets.cli.arguments import count, facts

ROOT = Path(__file__).parents[3]
GROUP: Any = typer.main.get_command(cli.app)
COMMANDS: dict[str, Any] = GROUP.commands
FORMS: dict[str, Any] = {f"forms {name}": command for name, command in COMMANDS["forms"].commands.items()}
GROUPS: dict[str, Any] = {
    f"{group} {name}": command
    for group in ("units", "pay", "keys", "panel", "qualifications")
    for name, command in COMMANDS[group].commands.items()
}
TARGETS: dict[str, Any] = {f"targets {name}": command for name, command in COMMANDS["targets"].commands.items()}
ALL = {**COMMANDS, **FORMS, **TARGETS, **GROUPS}
Run = Callable[..., Any]


def test_the_commands_are_those_of_the_design() -> None:
    expected = [
        "serve",
        "check",
        "links",
        "revoke",
        "monitor",
        "review",
        "status",
        "pause",
        "resume",
        "owed",
        "report",
        "score",
        "replay",
        "export",
        "import",
        "freeze",
        "forget",
        "pack",
        "unpack",
        "backup",
        "restore",
        "simulate",
        "generate-server",
        "doctor",
        "units",
        "pay",
        "keys",
        "panel",
        "qualifications",
        "targets",
        "forms",
    ]
    assert list(COMMANDS) == expected
    assert list(FORMS) == ["forms verify", "forms preview", "forms permute", "forms extrapolate"]
    qualifications = [f"qualifications {name}" for name in ("list", "grant", "revoke", "import")]
    pay = [f"pay {name}" for name in ("files", "reconcile", "list", "undo")]
    panel = ["panel codes", "panel arrivals"]
    units = [f"units {name}" for name in ("list", "extend", "close", "return")]
    assert list(GROUPS) == [*units, *pay, "keys list", "keys add", "keys retire", *panel, *qualifications]
    assert list(TARGETS) == ["targets add", "targets make", "targets calibrate"]


@pytest.mark.parametrize("name", ALL)
def test_every_command_has_help_for_itself_and_all_its_options_and_an_example(name: str, run: Run) -> None:
    ran = run(*name.split(), "--help")

    assert ran.code == 0
    assert ALL[name].help
    assert all(parameter.help for parameter in ALL[name].params)
    assert f"Example: imgloop {name}" in ran.out


@pytest.mark.parametrize("name", ALL)
def test_every_example_names_options_that_there_are(name: str) -> None:
    words = shlex.split(ALL[name].epilog.removeprefix("Example: "))

    known = {option for parameter in ALL[name].params for option in parameter.opts}
    assert words[: 1 + len(name.split())] == ["imgloop", *name.split()]
    assert {word for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("name", ALL)
def test_every_command_stands_in_the_readme(name: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert f"`imgloop {name}" in readme


def test_without_a_command_the_help_is_shown(run: Run) -> None:
    ran = run()

    assert ran.code == 0
    assert all(re.search(rf"^  {name}  +\w.*[^.]\.$", ran.out, re.M) for name in COMMANDS)  # a whole sentence each


def test_without_one_of_its_commands_the_help_of_forms_is_shown(run: Run) -> None:
    ran = run("forms")

    assert (ran.code, ran.err) == (0, "")
    assert all(re.search(rf"^  {name.split()[1]}  +\w.*[^.]\.$", ran.out, re.M) for name in FORMS)


def test_the_study_of_the_current_folder_goes_before_the_demonstration(
    study: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(study)
    assert run("check").out.startswith("small: all is well\n")

    monkeypatch.chdir(tmp_path)
    assert "notebooks/look_alike: can't be read" in run("check").err


@pytest.mark.parametrize(
    "name",
    [
        *(
            name
            for name in COMMANDS
            if name not in ("forms", "targets", "units", "keys", "panel", "pay", "qualifications", "generate-server")
        ),
        *TARGETS,
        *GROUPS,
    ],
)
def test_help_says_which_study_is_meant_where_none_is_named(name: str, run: Run) -> None:
    said = " ".join(run(*name.split(), "--help").out.split())

    assert "left out: this folder where it has a study.toml, else notebooks/look_alike." in said


def test_help_comes_fast_since_nothing_heavy_is_loaded() -> None:
    heavy = ("pandas", "matplotlib", "voila", "tornado", "ipywidgets", "PIL", "sqlalchemy", "pydantic", "papermill")
    code = f"""
import sys
from imgloop_widgets.cli import main
try:
    main(["--help"])
except SystemExit:
    sys.exit([name for name in {heavy!r} if name in sys.modules] or 0)
"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)

    assert (ran.returncode, ran.stderr) == (0, "")


def test_facts_are_aligned() -> None:
    assert facts([("a", 1), ("long", "x")]) == "  a     1\n  long  x"
    assert [count(1, "image"), count(2, "category", "categories")] == ["1 image", "2 categories"]

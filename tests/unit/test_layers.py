"""Who may import whom: the layers of `.importlinter`, and which library belongs where."""

import ast
import configparser
import functools
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "imgloop_widgets"
CONTRACT = ROOT / ".importlinter"

HOMES: dict[str, tuple[str, ...]] = {
    "sqlalchemy": ("store",),
    "sqlite3": ("store", "cli.doctor"),  # which says its version
    "pandas": ("analysis", "widgets.look_alike"),  # there in a property that only a researcher asks for
    "pandera": ("analysis.schema",),
    "pyarrow": ("analysis",),
    "msgspec": ("analysis.pieces",),
    "matplotlib": ("analysis",),
    "numpy": ("analysis", "simulate", "scorers"),
    "papermill": ("analysis", "cli"),
    "nbconvert": ("analysis", "serving"),
    "nbformat": ("analysis", "serving"),
    "voila": ("serving", "cli"),
    "tornado": ("serving", "generation_server.server", "cli.serve", "crowd"),
    "jupyter_server": ("serving",),
    "jupyter_client": ("serving", "analysis.kernel", "forked.provisioner"),
    "traitlets": ("serving", "widgets", "analysis.kernel", "forked.provisioner"),
    "ipywidgets": ("serving", "widgets"),
    "anywidget": ("widgets",),
    "typer": ("cli",),
    "click": ("cli",),
    "pydantic": (
        "forms",
        "study",
        "study_tables",
        "panel_table",
        "step_tables",
        "gold_table",
        "ratings",
        "library",
        "generators.named",
    ),
    "httpx2": ("generators.backends",),
    "huggingface_hub": ("generators.backends.hugging_face",),
    "openai": ("generators.backends.openai_images", "generators.backends.chat_reviser"),
    "ray": ("engines.on_ray",),
    "tomlkit": ("targets",),
    "websockets": ("generators.backends.comfyui",),
    "diffusers": ("generators.backends.diffusers_local",),
    "itsdangerous": ("access.tokens",),
    "prometheus_client": ("serving.metrics",),
    "psutil": ("serving", "crowd.memory"),
    "PIL": (
        *("analysis", "cli", "generation_server", "generators", "judging", "library", "scorers", "simulate", "targets"),
        *("widgets", "serving.kernel"),  # which makes its formats known before kernels are forked
    ),
}
"""Library → the parts of the package that may import it."""

LOOP = ("loop", "loop.commands", "loop.decide", "loop.known", "loop.rules", "loop.state", "loop.steering")
PURE = ("errors", "plain", "events", "event_fields", *LOOP, "rows", "identity", "signals", "plans", "golds")
PURE = (*PURE, "assignment", "watching.numbers", "qualifying", "decisions")
"""Modules that know nothing but the standard library and each other."""

LEFT_OUT = {"datetime.now", "time.time", "random.random", "os.environ", "open"}


@functools.cache
def modules() -> tuple[tuple[str, ast.Module], ...]:
    """Every module of the package: its name within it, and its code."""
    files = sorted(PACKAGE.rglob("*.py"))
    names = [".".join(f.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__") for f in files]
    return tuple(zip(names, (ast.parse(f.read_text("utf-8")) for f in files), strict=True))


def imported(tree: ast.Module) -> set[str]:
    """The first name of every import, in functions and for type checkers too."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def lint(file: Path) -> str:
    """Return what the linter says, "" where all is kept; in a process of its own, as it sets up logging."""
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", code, "--config", str(file), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_an_upper_layer_may_import_a_lower_one_and_never_the_reverse() -> None:
    assert lint(CONTRACT) == ""


@pytest.mark.parametrize(
    ("change", "to", "says"),
    [
        ("    plans\n    events\n", "    events\n    plans\n", "plans is not allowed to import imgloop_widgets.events"),
        ("    runner\n", "", "runner"),
    ],
    ids=["upside down", "incomplete"],
)
def test_the_contract_can_be_broken(tmp_path: Path, change: str, to: str, says: str) -> None:
    text = CONTRACT.read_text("utf-8")
    assert change in text
    other = tmp_path / "contract"
    other.write_text(text.replace(change, to))
    assert says in lint(other)


def test_every_module_has_its_place_in_the_layers() -> None:
    config = configparser.ConfigParser()
    config.read(CONTRACT, "utf-8")
    layers = config["importlinter:contract:layers"]["layers"].replace("|", " ").replace("(", " ").replace(")", " ")
    there = {file.stem if file.is_file() else file.name for file in PACKAGE.iterdir() if not file.name.startswith("__")}
    there = {name for name in there if (PACKAGE / f"{name}.py").exists() or (PACKAGE / name / "__init__.py").exists()}
    assert set(layers.split()) == there


@pytest.mark.parametrize("library", list(HOMES))
def test_a_library_is_imported_where_it_belongs_alone(library: str) -> None:
    users = [name for name, tree in modules() if library in imported(tree)]
    assert [name for name in users if not f"{name}.".startswith(tuple(f"{home}." for home in HOMES[library]))] == []


@pytest.mark.parametrize("name", PURE)
def test_the_core_knows_the_standard_library_and_itself_alone(name: str) -> None:
    tree = dict(modules())[name]
    assert imported(tree) <= set(sys.stdlib_module_names) | {"imgloop_widgets"}
    ours = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    ours = {module.split(".")[1] for module in ours if module.startswith("imgloop_widgets.")}
    assert ours <= set(PURE)


@pytest.mark.parametrize(
    "name",
    [
        *LOOP,
        "ratings.state",
        "ratings.decide",
        "ratings.items",
        "events",
        "rows",
        "plain",
        "signals",
        "plans",
        "assignment",
        "watching.numbers",
    ],
)
def test_the_core_reads_no_clock_no_chance_and_no_file(name: str) -> None:
    """Clock, seed and ids are arguments."""
    tree = dict(modules())[name]
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not calls & LEFT_OUT
    assert not imported(tree) & {"random", "secrets", "time", "uuid", "os", "pathlib", "socket", "asyncio", "threading"}


LONGEST = 400


def test_no_module_is_longer_than_the_house_allows() -> None:
    files = {str(f.relative_to(PACKAGE)): len(f.read_text("utf-8").splitlines()) for f in PACKAGE.rglob("*.py")}
    assert {name: lines for name, lines in files.items() if lines > LONGEST} == {}

"""What importing the package does: little, and nothing that anyone could notice."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
A_WORKERS_PAGE = ["imgloop_widgets", "imgloop_widgets.widgets", "imgloop_widgets.serving.page"]
NEVER_ON_A_PAGE = {
    *("pandas", "numpy", "matplotlib", "scipy", "statsmodels", "voila", "papermill", "nbconvert", "jupyterlab"),
    *("jupyter_server", "tornado.web", "typer", "click", "requests", "httpx", "torch", "imgloop_widgets.analysis"),
    *("imgloop_widgets.cli", "imgloop_widgets.simulate", "imgloop_widgets.generation_server"),
    *("httpx2", "openai", "huggingface_hub", "diffusers", "ray", "imgloop_widgets.generators.backends"),
}
MODULES = sorted(
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for file in (ROOT / "imgloop_widgets").rglob("*.py")
    if file.name != "__main__.py"
)


def python(code: str) -> Any:
    """Run code in a new process, in the repository's root, and return what it printed as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules that a worker's page loads, after it has been opened and a whole session was played on it."""
    return set(
        python(
            f"""
            import importlib, json, sys
            for name in {A_WORKERS_PAGE!r}:
                importlib.import_module(name)
            from imgloop_widgets import open_page
            from imgloop_widgets.generators.named import NAMED
            print(json.dumps(sorted(sys.modules)))
            """
        )
    )


@pytest.mark.parametrize("name", sorted(NEVER_ON_A_PAGE))
def test_a_worker_s_page_never_loads(name: str, loaded: set[str]) -> None:
    assert not {module for module in loaded if module == name or module.startswith(f"{name}.")}


def test_a_worker_s_page_loads_what_it_needs(loaded: set[str]) -> None:
    """Else the list above would be of modules that nothing could load."""
    assert {"imgloop_widgets.widgets.look_alike", "anywidget", "PIL", "sqlalchemy"} <= loaded


def test_importing_the_package_alone_loads_nothing_of_it() -> None:
    found = python("import json, sys, imgloop_widgets; print(json.dumps(sorted(sys.modules)))")
    ours = {name for name in found if name.startswith("imgloop_widgets")}
    assert ours == {"imgloop_widgets"}
    assert not {"PIL", "ipywidgets", "pydantic", "sqlalchemy"} & set(found)


def test_the_names_of_the_package_are_there_when_they_are_asked_for() -> None:
    found = python(
        """
        import json, imgloop_widgets
        got = {name: getattr(imgloop_widgets, name).__name__ for name in imgloop_widgets.__all__}
        try:
            imgloop_widgets.open_pag
        except AttributeError as error:
            got["wrong"] = str(error)
        print(json.dumps(got))
        """
    )
    assert "open_page" in found.pop("wrong")
    assert {name: name for name in found} == found
    assert {"LookAlike", "open_page", "Context", "Generated"} <= set(found)


def test_nothing_happens_on_import_of_any_module() -> None:
    """No file is written, nothing is connected, no thread or process begins, no setting of Python is changed."""
    happened = python(
        f"""
        import importlib, json, logging, os, random, signal, sys, threading, warnings
        import PIL.Image, ipywidgets, anywidget, sqlalchemy, pydantic, typer, papermill, pandas, matplotlib.pyplot
        import scipy.stats, voila.app, ipykernel.kernelapp  # what other libraries do on import is theirs

        events = []
        WATCHED = {{"os.mkdir", "os.remove", "os.rename", "os.chdir", "os.fork", "os.putenv", "os.system",
                   "socket.connect", "socket.bind", "subprocess.Popen", "sqlite3.connect", "shutil.rmtree"}}

        def hook(event, args):
            if event == "open":
                path, mode, flags = args
                writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND)
                if writes and "__pycache__" not in str(path) and not str(path).startswith("/dev/"):
                    events.append(f"{{event}} {{path}}")
            elif event in WATCHED and "__pycache__" not in str(args):
                events.append(f"{{event}} {{args}}")

        before = (
            sorted(os.environ), threading.active_count(), logging.getLogger().handlers[:], random.getstate(),
            signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM), os.getcwd(), sys.path[:],
            warnings.filters[:], logging.getLogger("imgloop").handlers[:], logging.getLogger("imgloop").level,
        )
        sys.addaudithook(hook)
        for name in {MODULES!r}:
            importlib.import_module(name)
        after = (
            sorted(os.environ), threading.active_count(), logging.getLogger().handlers[:], random.getstate(),
            signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM), os.getcwd(), sys.path[:],
            warnings.filters[:], logging.getLogger("imgloop").handlers[:], logging.getLogger("imgloop").level,
        )
        changed = [k for k, (a, b) in enumerate(zip(before, after)) if a != b]
        print(json.dumps([events, changed, [t.name for t in threading.enumerate()]]))
        """
    )
    events, changed, threads = happened
    assert events == []
    assert changed == [], threads


def test_a_kernel_that_plays_a_session_loads_none_of_the_heavy_ones_either(tmp_path: Path) -> None:
    played = python(
        f"""
        import json, os, sys
        who = dict(worker_id="zoe", unit=1, values={{}}, answer="", begins=True)
        os.environ["IMGLOOP_ADMITTED"] = json.dumps(who)
        os.environ["IMGLOOP_RESULTS"] = {str(tmp_path)!r}
        from imgloop_widgets import open_page
        page = open_page("notebooks/look_alike")
        runner = page._runner
        from imgloop_widgets.loop import SubmitPrompt, Exit
        answers = {{"age": "34", "gender": "other"}}
        runner.dispatch(SubmitPrompt(seq=1, prompt="a big brown bear in a green forest", answers=answers))
        runner.perform_now()
        runner.dispatch(Exit(seq=runner.state.seq))
        print(json.dumps([len(runner.state.attempts), sorted(sys.modules)]))
        """
    )
    attempts, modules = played
    assert attempts == 1
    assert not {m for m in modules if m.split(".")[0] in NEVER_ON_A_PAGE or m in NEVER_ON_A_PAGE}

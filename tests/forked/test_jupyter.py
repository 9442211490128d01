"""Forked IPython kernels under jupyter_client, as any Jupyter or Voilà server starts them."""

import json
import re
import sys
import threading
import tomllib
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

from imgloop_widgets.forked.process import ForkedProcess
from imgloop_widgets.forked.provisioner import NAME, ForkedProvisioner, register

ROOT = Path(__file__).parents[2]
DOCUMENTATION = ROOT / "docs" / "forked_kernels.md"


def specification(*, preload: tuple[str, ...] = (), module: str = "ipykernel_launcher") -> str:
    """Return a kernel specification."""
    made = {
        "argv": [sys.executable, "-m", module, "-f", "{connection_file}"],
        "display_name": "forked",
        "language": "python",
        "metadata": {"kernel_provisioner": {"provisioner_name": NAME, "config": {"preload": list(preload)}}},
    }
    return json.dumps(made)


def specify(folder: Path, text: str) -> str:
    """Write a kernel specification; return its name."""
    (folder / "kernels" / "forked").mkdir(parents=True)
    (folder / "kernels" / "forked" / "kernel.json").write_text(text)
    return "forked"


class Notebook:
    """A kernel and what speaks to it."""

    def __init__(self, folder: Path, *, written: str = "", **settings: Any) -> None:
        register()
        name = specify(folder, written or specification(**settings))
        specs = KernelSpecManager(kernel_dirs=[str(folder / "kernels")])
        self.manager = KernelManager(kernel_name=name, kernel_spec_manager=specs, transport="ipc", ip=str(folder / "k"))
        self.manager.connection_file = str(folder / "k.json")
        self.manager.start_kernel(cwd=str(folder))
        self.client = self.manager.client()
        self.client.start_channels()

    def run(self, code: str) -> tuple[str, str]:
        """Return what a cell printed, and the name of its error ("": none)."""
        said: list[str] = []

        def hear(message: Any) -> None:
            if message["msg_type"] == "stream":
                said.append(message["content"]["text"])

        reply = self.client.execute_interactive(code, output_hook=hear, timeout=30)
        return "".join(said), reply["content"].get("ename", "")

    def end(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    made = Notebook(tmp_path, preload=("ipywidgets",))
    made.client.wait_for_ready(timeout=60)
    yield made
    made.end()


def test_cells_run_and_widgets_are_known(notebook: Notebook) -> None:
    """ipywidgets found no kernel when the parent imported it; the kernel is told of it."""
    assert isinstance(notebook.manager.provisioner.process, ForkedProcess)
    code = """
import os, sys, ipywidgets
slider = ipywidgets.IntSlider(value=3)
manager = get_ipython().kernel.comm_manager
print(sorted(manager.targets), slider.comm.comm_id in manager.comms, os.getcwd(), "" in sys.path)
"""
    said, error = notebook.run(code)
    assert error == ""
    assert said.split("\n")[0].startswith("['jupyter.widget', 'jupyter.widget.control'] True /")
    assert said.strip().endswith("True")


def test_a_running_cell_can_be_interrupted(notebook: Notebook) -> None:
    timer = threading.Timer(1.0, notebook.manager.interrupt_kernel)
    timer.start()
    assert notebook.run("import time; time.sleep(25)") == ("", "KeyboardInterrupt")
    assert notebook.run("print('goes on')") == ("goes on\n", "")


def test_a_kernel_can_be_restarted(notebook: Notebook) -> None:
    before = notebook.manager.provisioner.pid
    notebook.run("kept = 1")
    notebook.manager.restart_kernel()
    notebook.client.wait_for_ready(timeout=30)
    assert notebook.run("print(kept)")[1] == "NameError"
    assert notebook.manager.provisioner.pid != before


def test_a_kernel_ends_when_it_is_asked_to_with_its_last_words(notebook: Notebook, tmp_path: Path) -> None:
    notebook.run(f"import atexit, pathlib; atexit.register(pathlib.Path({str(tmp_path / 'last')!r}).touch)")
    process = notebook.manager.provisioner.process
    notebook.manager.shutdown_kernel()
    assert process.returncode == 0
    assert (tmp_path / "last").exists()


def test_sockets_are_the_kernels_own(notebook: Notebook) -> None:
    """None was inherited: there was no zmq in the parent but the module."""
    said, _ = notebook.run("import zmq; print(get_ipython().kernel.session.pid); print(zmq.Context.instance().closed)")
    assert said == f"{notebook.manager.provisioner.pid}\nFalse\n"


def test_a_kernel_that_dies_at_once_is_an_error_and_not_a_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modules = Path(__file__).parent / "data" / "modules"
    monkeypatch.setenv("PYTHONPATH", f"{modules}:{ROOT}")
    notebook = Notebook(tmp_path, module="failing")
    with pytest.raises(RuntimeError, match="Kernel died"):
        notebook.client.wait_for_ready(timeout=60)
    notebook.end()


def test_the_package_offers_its_provisioner_to_jupyter() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    [(name, value)] = project["entry-points"][KernelProvisionerFactory.GROUP_NAME].items()
    assert name == NAME
    assert EntryPoint(name, value, KernelProvisionerFactory.GROUP_NAME).load() is ForkedProvisioner


def test_the_provisioner_is_known_without_an_installation_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KernelProvisionerFactory, "provisioners", {})
    register()
    assert KernelProvisionerFactory.provisioners[NAME].load() is ForkedProvisioner


def test_the_documented_specification_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it stands in `docs/forked_kernels.md`."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    [written] = re.findall(r"```json\n(.*?)```", DOCUMENTATION.read_text("utf-8"), re.DOTALL)
    notebook = Notebook(tmp_path, written=written)
    notebook.client.wait_for_ready(timeout=60)
    said, error = notebook.run("import os, sys; print('pandas' in sys.modules, os.environ['MALLOC_ARENA_MAX'])")
    assert (said, error) == ("True 1\n", "")
    table = "import pandas; table = pandas.DataFrame({'name': ['a', 'b'] * 50_000, 'number': range(100_000)})"
    assert notebook.run(f"{table}; print(table.groupby('name').number.sum()['b'])") == ("2500000000\n", "")
    there_and_back = (
        "import io, pyarrow.parquet as p; p.write_table(p.read_table(io.BytesIO(table.to_parquet())), '/dev/null')"
    )
    assert notebook.run(there_and_back) == ("", "")
    assert isinstance(notebook.manager.provisioner.process, ForkedProcess)
    notebook.end()


def test_every_setting_is_documented() -> None:
    text = DOCUMENTATION.read_text("utf-8")
    own = set(ForkedProvisioner.class_trait_names(config=True)) - set(LocalProvisioner.class_trait_names(config=True))
    assert own == {"preload", "start", "merge"}
    assert all(f"| `{name}`" in text for name in own)

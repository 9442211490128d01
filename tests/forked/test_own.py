"""What a forked kernel does not share with its parent, its siblings or its server."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest


def test_a_kernel_is_forked_from_a_parent_that_has_imported_what_is_named(start: Any) -> None:
    one, two = start(preload=("sqlite3", "wave")), start(preload=("sqlite3", "wave"))
    assert one.forked
    assert one.told()["pid"] == one.provisioner.pid
    assert one.told()["parent"] == two.told()["parent"] != os.getpid()
    assert {"sqlite3", "wave"} <= set(one.told()["modules"])
    assert one.told()["arguments"] == [str(one.file), "wait"]


def test_it_leads_a_session_and_a_process_group_of_its_own(start: Any) -> None:
    """So that a signal for the group reaches the kernel and what it started, and nobody else."""
    told = start().told()
    assert told["pid"] == told["group"] == told["session"]


def test_a_signal_reaches_what_the_kernel_started_too(start: Any, until: Callable[..., Any]) -> None:
    kernel, other = start("with a child"), start()
    own = kernel.told()["own"]
    kernel.signal(signal.SIGKILL)
    assert kernel.code() == -signal.SIGKILL
    until(lambda: not psutil.pid_exists(own) or psutil.Process(own).status() == psutil.STATUS_ZOMBIE)
    assert other.poll() is None


def test_its_signals_are_a_fresh_interpreters(start: Any) -> None:
    told = start().told()
    assert told["interrupt"]
    assert told["masked"] == []
    assert told["child"] == told["term"] == "0"


def test_an_interrupt_is_a_keyboard_interrupt(start: Any, until: Callable[..., Any]) -> None:
    kernel = start()
    kernel.told()
    kernel.signal(signal.SIGINT)
    until(kernel.file.with_suffix(".interrupted").exists)
    assert kernel.poll() is None


def test_its_environment_is_the_one_that_was_asked_for(start: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the server has and the kernel should not, and what a sibling was given, is not there."""
    monkeypatch.setenv("ONLY_THE_SERVERS", "1")
    one = start(env={"TOLD": "one", "QUERY_STRING": "worker_id=ana"}, unset="ONLY_THE_SERVERS").told()
    two = start(env={"TOLD": "two"}).told()
    assert one["environment"]["TOLD"] == one["inherited"] == "one"
    assert two["environment"]["TOLD"] == two["inherited"] == "two"
    assert "ONLY_THE_SERVERS" not in one["environment"]
    assert "ONLY_THE_SERVERS" in two["environment"]
    assert "QUERY_STRING" not in two["environment"]
    assert two["parent"] == one["parent"]


def test_what_python_reads_at_its_start_gets_a_parent_of_its_own(start: Any) -> None:
    one, two = start(), start(env={"PYTHONHASHSEED": "7"})
    assert one.told()["parent"] != two.told()["parent"]
    assert start(env={"PYTHONHASHSEED": "7"}).told()["parent"] == two.told()["parent"]


def test_no_kernels_environment_is_in_the_parents(start: Any) -> None:
    """A parent is everybody's, and a worker's link nobody else's."""
    told = start(env={"QUERY_STRING": "worker_id=ana", "PYTHONDONTWRITEBYTECODE": "1"}).told()
    assert "QUERY_STRING" not in psutil.Process(told["parent"]).environ()


def test_it_works_in_the_folder_that_was_asked_for(start: Any, tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    told = start(cwd=str(tmp_path / "inner")).told()
    assert told["folder"] == told["path"][0] == str(tmp_path / "inner")
    assert start(flags=("-P",)).told()["path"][0] != str(tmp_path)


def test_a_folder_that_is_not_there_is_the_error_of_a_plain_kernel(start: Any, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="missing"):
        start(cwd=str(tmp_path / "missing"))


def test_its_standard_streams_are_those_that_were_asked_for(start: Any, tmp_path: Path) -> None:
    with (tmp_path / "one").open("w") as one, (tmp_path / "two").open("w") as two, (tmp_path / "out").open("w") as out:
        start("exit 7", stderr=one, stdout=out).code()
        start("raise", stderr=two.fileno(), stdout=out).code()
    assert (tmp_path / "one").read_text() == "said to errors\n"
    assert "RuntimeError: on purpose" in (tmp_path / "two").read_text()
    assert (tmp_path / "out").read_text() == "said to output\n" * 2
    assert start().told()["input"] == ""


def test_it_has_no_file_that_a_plain_kernel_has_not_but_the_pipe_to_its_server(start: Any) -> None:
    """Neither the parent's socket, nor a sibling's files."""
    start()
    files = start().told()["files"]
    plain = start(pass_fds=()).told()["files"]
    kind = [name.split(":")[0] for name in files.values() if not name.startswith("/")]
    assert kind.count("socket") == [n.split(":")[0] for n in plain.values()].count("socket")
    assert len(files) == len(plain) + 1


def test_chance_is_its_own(start: Any) -> None:
    told = [start(preload=("numpy", "uuid")).told() for _ in range(4)]
    for name in ("random", "numpy", "uuid1", "uuid4"):
        assert len({one[name] for one in told}) == 4, name


def test_it_has_one_thread_besides_its_own_and_a_collector_that_leaves_the_shared_alone(start: Any) -> None:
    told = start(preload=("decimal",)).told()
    assert told["threads"] == ["MainThread", "server"]
    enabled, frozen = told["collector"]
    assert enabled
    assert frozen > 1000


def test_it_is_named_after_its_kernel(start: Any) -> None:
    """What `ps` and `top` show: its command line is its parent's."""
    kernel = start()
    assert kernel.told()["name"] == f"kernel-{kernel.provisioner.kernel_id[:8]}"


def test_memory_stays_shared(start: Any) -> None:
    """What was imported is not copied."""
    kernel = start(preload=("ipywidgets", "sqlalchemy", "pydantic"))
    parent = kernel.parent().memory_full_info()
    own = psutil.Process(kernel.provisioner.pid).memory_full_info().uss
    assert own < parent.rss / 3


def test_equal_pages_may_be_kept_once_where_that_is_wanted(start: Any) -> None:
    """Whether the system does so is its operator's choice."""
    merging = start(merge=True)
    merging.told()
    status = Path(f"/proc/{merging.provisioner.pid}/ksm_stat")
    if not status.exists() or "ksm_merge_any" not in status.read_text():
        pytest.skip("this Linux does not tell")
    assert "ksm_merge_any: yes" in status.read_text()
    other = start()
    other.told()
    assert "ksm_merge_any: no" in Path(f"/proc/{other.provisioner.pid}/ksm_stat").read_text()

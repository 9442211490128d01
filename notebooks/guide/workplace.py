"""What the guides need and a study does not: a folder to work in, a server in the background, people where nobody is.

enter()                         a folder of its own is the current one, and cells find the command `imgloop`
serve("my_study")               what a terminal would show of `imgloop serve my_study`, until `.stop()`
come("my_study", query, …)      somebody opens the link, plays and is done
"""

import atexit
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import imgloop_widgets
from imgloop_widgets.access import Entrance
from imgloop_widgets.loop import Exit, Score, SubmitPrompt
from imgloop_widgets.opening import OpenStudy

NOTEBOOKS = Path(imgloop_widgets.__file__).parents[1] / "notebooks"
IMAGES = NOTEBOOKS.parent / "images"

STARTS_S = 60
"""Seconds within which a server is there."""

_temporary: list[tempfile.TemporaryDirectory[str]] = []


def enter(folder: str = "") -> Path:
    """Make a folder the current one, and return it. folder: "": a temporary one, which is gone with this process.

    Results and database are the study's own from here on, whatever the environment named before.
    """
    for name in ("IMGLOOP_RESULTS", "IMGLOOP_STORE"):
        os.environ.pop(name, None)
    programs = str(Path(sys.executable).parent)
    if programs not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join((programs, os.environ["PATH"]))
    if not folder:
        _temporary.append(tempfile.TemporaryDirectory(prefix="imgloop-", ignore_cleanup_errors=True))
    place = Path(folder or _temporary[-1].name).resolve()
    place.mkdir(parents=True, exist_ok=True)
    os.chdir(place)
    return place


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A server in the background. address: where it is open. said: what it has printed."""

    process: "subprocess.Popen[bytes]"
    address: str
    said: str

    def stop(self) -> None:
        """End it, as Ctrl+C does."""
        self.process.terminate()
        self.process.wait(STARTS_S)


def serve(study: str, *options: str) -> Served:
    """Run `imgloop serve STUDY OPTIONS` on a free port, until `stop` or the end of this notebook.

    Raises:
        RuntimeError: it does not start; the text is what it printed.
    """
    log = Path(f"serve-{time.monotonic_ns()}.log")
    with log.open("wb") as out:
        process = subprocess.Popen(["imgloop", "serve", study, "--port", "0", *options], stdout=out, stderr=out)
    atexit.register(process.terminate)
    give_up = time.monotonic() + STARTS_S
    while "Ctrl+C stops" not in (said := log.read_text(encoding="utf-8")):
        if process.poll() is not None or time.monotonic() > give_up:
            process.terminate()
            raise RuntimeError(said)
        time.sleep(0.1)
    return Served(process=process, address=said.split(" is open at ")[1].split()[0], said=said)


def come(
    study: str,
    query: str,
    attempts: Sequence[tuple[str, int]],
    answers: Mapping[str, object],
    *,
    leaves: bool = False,
) -> str:
    """Open a study by a link, as somebody in a browser would, and play; return the session's id.

    query: what stands behind the ? of the link. attempts: prompt and score of each. answers: to the form's questions.
    leaves: whether they press Exit after the last image and do not score it.
    """
    opened = OpenStudy.load(study)
    entrance, now = Entrance(study=opened.study, store=opened.store), datetime.now(UTC)
    admitted = entrance.admit(query, now)
    assert admitted.identity is not None
    runner = opened.enter(admitted.identity)
    entrance.note(runner.session_id, admitted, now)
    for number, (prompt, _) in enumerate(attempts):
        seq = runner.state.seq
        if number:
            runner.dispatch(Score(seq=seq, score=attempts[number - 1][1], prompt=prompt))
        else:
            runner.dispatch(SubmitPrompt(seq=seq, prompt=prompt, answers=answers))
        runner.perform_now()
    seq = runner.state.seq
    runner.dispatch(Exit(seq=seq) if leaves else Score(seq=seq, score=attempts[-1][1]))
    return runner.session_id

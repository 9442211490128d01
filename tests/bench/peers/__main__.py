"""The same loop in Gradio, Streamlit and Solara, beside ours and plain Voilà, in one run.

    python -m tests.bench.peers          (--rounds 3 --sessions 4 for a quick look)

Method. As in `tests.bench`: a link is opened in a fresh browser profile and once more in the same one, then images are
asked for. The programs are those of this folder: a target, a prompt, a score, a button, and an image of one colour.
They are installed into an environment of their own (`.venv/peers`, versions in requirements.txt); one that can't be
installed is left out. Memory is that of the server and all its processes (PSS): what it grows by for each page that is
open and idle. Ours and Voilà's sessions have a process each; in the other three all share one, which is cheaper, and in
which what one worker breaks is broken for all. Medians with the range; a ratio is to Voilà.
"""

import argparse
import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from tests.bench.__main__ import CHROMIUM, FLAGS, PAINTED, ROOT, Ours, Plain, free_port, opening, start, text_of

HERE = Path(__file__).parent
HOME = ROOT / ".venv" / "peers"
QUIET = {"GRADIO_ANALYTICS_ENABLED": "False", "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false"}
SETTLED_S = 5.0


@dataclass(frozen=True)
class Peer:
    """A program of this folder. command: as its makers start it; {port}: where it listens."""

    name: str
    command: tuple[str, ...]


PEERS = (
    Peer("Gradio", ("python", "gradio_app.py", "{port}")),
    Peer("Streamlit", ("streamlit", "run", "streamlit_app.py", "--server.headless=true", "--server.port={port}")),
    Peer("Solara", ("solara", "run", "solara_app.py", "--production", "--no-open", "--port={port}")),
)


class Running:
    """A peer's server."""

    def __init__(self, peer: Peer, log: Path, port: int) -> None:
        self.name, self._port = peer.name, port
        program, *rest = (part.format(port=port) for part in peer.command)
        arguments = [str(HERE / part) if part.endswith(".py") else part for part in rest]
        self.process = start([str(HOME / "bin" / program), *arguments], log, port)

    def link(self) -> str:
        return f"http://127.0.0.1:{self._port}/"

    def usable(self, page: Page) -> None:
        page.get_by_role("button", name="Start", exact=True).wait_for()

    def images(self, page: Page, rounds: int) -> list[float]:
        times = []
        for number in range(rounds):
            page.locator("textarea").first.fill(f"a picture of one colour, number {number}")
            times.append(page.evaluate(PAINTED, ["^\\s*Start", "img"]))
        return times


Side = Ours | Plain | Running


def install() -> bool:
    """Make the peers' environment, if there is none. Return whether there is one now."""
    done = HOME / "done"
    if not done.exists():
        venv.create(HOME, with_pip=True, clear=True)
        command = [HOME / "bin" / "pip", "install", "-q", "-r", HERE / "requirements.txt"]
        if subprocess.run(command, check=False).returncode:
            return False
        done.touch()
    return True


def images(browser: Browser, side: Side, rounds: int) -> list[float]:
    """Milliseconds from pressing the button to the new image on screen."""
    page = browser.new_context().new_page()
    page.goto(side.link())
    side.usable(page)
    times = side.images(page, rounds + 1)[1:]  # the first also pays for what is loaded once
    page.context.close()
    return times


def growth(browser: Browser, side: Side, sessions: int) -> float:
    """MB by which the server and its processes grow for each page that is open."""
    time.sleep(SETTLED_S)
    before = held(side)
    context = browser.new_context()
    for _ in range(sessions):
        page = context.new_page()
        page.goto(side.link())
        side.usable(page)
    time.sleep(SETTLED_S)
    after = held(side)
    context.close()
    return (after - before) / sessions


def held(side: Side) -> float:
    """PSS in MB of a server and all its processes."""
    own = psutil.Process(side.process.pid)
    return sum(float(process.memory_full_info().pss) for process in [own, *own.children(recursive=True)]) / 1e6


def main() -> None:
    """Measure all sides in turn and print the table, a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="how often each is measured")
    parser.add_argument("--sessions", type=int, default=6, help="idle pages held for the memory")
    args = parser.parse_args()
    if not install():
        sys.exit("the peers can't be installed here; nothing was measured")
    os.environ.update(QUIET)
    gc.disable()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        at = Path(folder)
        sides: list[Side] = [Plain(at / "voila", free_port()), Ours(at / "ours", free_port(), "forked")]
        sides += [Running(peer, at / f"{peer.name}.log", free_port()) for peer in PEERS]
        try:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            measure(browser, sides, args.rounds, args.sessions)
        finally:
            for side in sides:
                side.process.terminate()
                side.process.wait(20)


def measure(browser: Browser, sides: list[Side], rounds: int, sessions: int) -> None:
    """Run all measurements, the sides in turn within each round."""
    for side in sides:  # once unmeasured: what each server does at its very first page
        opening(browser, side)
    opened = [[opening(browser, side) for side in sides] for _ in range(rounds)]
    measured = {
        "link → usable, cold, s": [[r[n][0] for r in opened] for n in range(len(sides))],
        "link → usable, warm, s": [[r[n][1] for r in opened] for n in range(len(sides))],
        "press → image, ms": [images(browser, side, 3 * rounds) for side in sides],
        "an idle session, MB": [[growth(browser, side, sessions)] for side in sides],
    }
    print(__doc__)
    print(f"{rounds} rounds, {sessions} idle sessions; {psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f}")
    for title, found in measured.items():
        print(title)
        for side, values in zip(sides, found, strict=True):
            ratio = statistics.median(values) / statistics.median(found[0])
            print(f"  {side.name:<20}{text_of(values):>32}{ratio:>8.2f}")


if __name__ == "__main__":
    main()

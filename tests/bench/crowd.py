"""A crowd against one server, over HTTP: what 50 workers meet with who come within a second, and when it is restarted.

    python -m tests.bench.crowd          (--workers 10 --hold 20 for a quick look; --held 250: that part alone)

Method. `imgloop serve` with forked kernels and a generator that paints one colour at once; the crowd is one process
beside it, on the same machine. First all come within one second, and play for a while, an act in 20 seconds. Then as
many come more slowly, and in the midst of their work the server is stopped and started again: what was stored before
must be there afterwards, and go on. Each number with its median, 95th percentile and maximum.

With `--held N`, in place of both: N come, `--rate` in a second, and all play for `--hold` seconds, an act in 20
seconds, on a server that takes any number (`--sessions`). `image` is a click to the image without the generator's time,
which is none. Told beside it are memory (the sum of PSS, and what the machine has less available than before the server
was started), processors by kind of process, and whether Linux merges equal pages (KSM), which is the operator's to
switch on: this program does not. The crowd takes its part of the same processors; `lag` says where it is late.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from live import Server, free_port, study_text, write_study  # noqa: E402  the browser tests' own server

from imgloop_widgets.crowd import Arrivals, Measured, Plan, play  # noqa: E402
from imgloop_widgets.crowd.measured import as_text  # noqa: E402
from imgloop_widgets.store import open_store  # noqa: E402
from tests.bench.__main__ import CALLBACK  # noqa: E402

RATE = 5
"""Workers who come in a second where it is not the arrival that is measured."""


KSM = Path("/sys/kernel/mm/ksm")


def links(server: Server, run: str, workers: int) -> list[str]:
    """Links of simulated workers."""
    return [f"http://127.0.0.1:{server.port}/?worker_id=sim-{run}-{n}" for n in range(workers)]


def stored(server: Server, run: str) -> dict[str, int]:
    """Session → number of its events."""
    with open_store(server.results) as store:
        return {name: len(log) for name, log in store.logs() if log[0].worker_id.startswith(f"sim-{run}-")}  # type: ignore[attr-defined]


async def with_a_restart(server: Server, workers: int, hold_s: float) -> tuple[Measured, int]:
    """Let the crowd come, restart the server while they play; return also how many events were lost."""
    coming = play(links(server, "again", workers), Plan(think_s=20), Arrivals(gap_s=1 / RATE), hold_s=hold_s)
    playing = asyncio.ensure_future(coming)
    await asyncio.sleep(workers / RATE + hold_s / 3)
    before = await asyncio.to_thread(stored, server, "again")
    await asyncio.to_thread(server.stop)
    await asyncio.to_thread(server.start)
    measured = await playing
    after = stored(server, "again")
    return measured, sum(max(0, length - after.get(name, 0)) for name, length in before.items())


def merging() -> str:
    """Whether Linux keeps equal pages of memory once, and how many it has given back."""
    try:
        run, scan, sharing = ((KSM / name).read_text().strip() for name in ("run", "pages_to_scan", "pages_sharing"))
    except OSError:
        return "no KSM here"
    size = int(sharing) * os.sysconf("SC_PAGE_SIZE") / 1e6
    return f"KSM {'on' if run == '1' else 'off'}, pages_to_scan {scan}, {size:.0f} MB are not kept twice"


def held(folder: Path, workers: int, rate: float, hold_s: float) -> None:
    """Let so many come and play; print what they met with and what they took."""
    before = psutil.virtual_memory().available
    server = Server(folder, folder / "results", free_port(), ("--sessions", str(workers + 50)))
    server.start()
    lowest = before

    def look(_: Measured) -> None:
        nonlocal lowest
        lowest = min(lowest, psutil.virtual_memory().available)

    try:
        coming = play(
            links(server, "held", workers),
            Plan(think_s=20),
            Arrivals(gap_s=1 / rate),
            hold_s=hold_s,
            progress=look,
        )
        measured = asyncio.run(coming)
        print(f"\n{workers} held\n{as_text(measured)}")
        print(f"machine     {(before - lowest) / 1e6:.0f} MB less available at most; {merging()}")
    finally:
        server.stop()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=50)
    parser.add_argument("--hold", type=float, default=60.0, help="seconds that all play")
    parser.add_argument("--held", type=int, help="measure so many sessions that are held, and nothing else")
    parser.add_argument("--rate", type=float, default=4.0, help="of those, how many come in a second")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_study(folder, study_text("max_answer_loops = 0", "", study="units_per_assignment = 1000"), CALLBACK)
        if asked.held:
            print(__doc__)
            print(f"{os.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f} before")
            held(folder, asked.held, asked.rate, asked.hold)
            print(f"load {psutil.getloadavg()[0]:.1f} after")
            return
        server = Server(folder, folder / "results", free_port())
        server.start()
        try:
            print(__doc__)
            print(f"{os.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f} before")
            gap = 1 / asked.workers
            first = play(
                links(server, "first", asked.workers), Plan(think_s=20), Arrivals(gap_s=gap), hold_s=asked.hold
            )
            print(f"\n{asked.workers} within a second\n{as_text(asyncio.run(first))}")
            measured, lost = asyncio.run(with_a_restart(server, asked.workers, 2 * asked.hold))
            print(f"\n{asked.workers}, and a restart meanwhile: {lost} events lost\n{as_text(measured)}")
            print(f"load {psutil.getloadavg()[0]:.1f} after")
        finally:
            server.stop()


if __name__ == "__main__":
    main()

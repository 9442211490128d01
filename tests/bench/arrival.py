"""What an arrival costs, and what an idle session keeps: processor time by process, and memory by where it comes from.

    python -m tests.bench.arrival          (--workers 5 for a quick look)

Method. Workers come one after the other, from this process, beside `imgloop serve` with forked kernels; the processor
time of each process is taken from the scheduler (/proc/<pid>/task/*/schedstat), from the link until a moment after the
form can be used. Then some pages stay open, and each page of memory of a kernel is looked at (/proc/<pid>/pagemap, so
run it as root): shared with others, its own, or inherited from the parent and written to since. What was written is
compared with the parent's, by words of 8 bytes. A busy machine makes processor time longer, by a third or so.
"""

import argparse
import asyncio
import glob
import statistics
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import psutil

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from live import Server, free_port, study_text, write_study  # noqa: E402  the browser tests' own server

from imgloop_widgets.crowd.measured import Measured  # noqa: E402
from imgloop_widgets.crowd.page import Page  # noqa: E402
from imgloop_widgets.crowd.tab import new_client  # noqa: E402
from tests.bench.__main__ import CALLBACK  # noqa: E402

PAGE = 4096
PRESENT, ITS_OWN = 63, 56
"""Bits of a page in `pagemap`."""

SETTLES_S = 0.25
HELD = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Bytes of a kernel's memory. new: its own from the beginning. written: inherited, and written to. equal: of these,
    what is as the parent's again. words: the median number of words that differ in a page of the others, of 512.
    """

    new: int
    written: int
    equal: int
    words: float


def processor_ms(pid: int) -> float:
    """Milliseconds that the threads of a process have run."""
    total = 0
    for file in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        with suppress(OSError):
            total += int(Path(file).read_text().split()[0])
    return total / 1e6


def kept(parent: int, kernel: int) -> Kept:
    """Look at a kernel's memory beside its parent's."""
    new, differ = 0, []
    theirs = writable(parent)
    with (
        open(f"/proc/{parent}/mem", "rb", 0) as before,
        open(f"/proc/{kernel}/mem", "rb", 0) as now,
        open(f"/proc/{parent}/pagemap", "rb", 0) as old,
        open(f"/proc/{kernel}/pagemap", "rb", 0) as pages,
    ):
        for first, end in writable(kernel):
            for place in first + PAGE * np.nonzero(own_pages(pages, first, end))[0]:
                inherited = any(a <= place < b for a, b in theirs) and present(old, int(place))
                if inherited:
                    differ.append(int(np.sum(words(before, int(place)) != words(now, int(place)))))
                else:
                    new += PAGE
    changed = [number for number in differ if number]
    return Kept(
        new=new,
        written=PAGE * len(differ),
        equal=PAGE * (len(differ) - len(changed)),
        words=statistics.median(changed),
    )


def writable(pid: int) -> list[tuple[int, int]]:
    """First and last address of what a process may write to."""
    lines = [line.split() for line in Path(f"/proc/{pid}/maps").read_text().splitlines()]
    return [(int(a, 16), int(b, 16)) for a, b in (line[0].split("-") for line in lines if "w" in line[1])]


def own_pages(pagemap: BinaryIO, first: int, end: int) -> Any:
    """Whether each page is there, and nobody else's."""
    pagemap.seek(first // PAGE * 8)
    entries = np.frombuffer(pagemap.read((end - first) // PAGE * 8), dtype=np.uint64)
    return (entries >> PRESENT) & (entries >> ITS_OWN) & 1


def present(pagemap: BinaryIO, place: int) -> bool:
    """Whether there is such a page."""
    pagemap.seek(place // PAGE * 8)
    return bool(int.from_bytes(pagemap.read(8), "little") >> PRESENT)


def words(memory: BinaryIO, place: int) -> Any:
    """Return a page as words."""
    memory.seek(place)
    return np.frombuffer(memory.read(PAGE), dtype=np.uint64)


async def measure(server: Server, workers: int) -> None:
    """Let workers come, and print."""
    client, measured, held = new_client(), Measured(workers=workers), []
    (parent,) = psutil.Process(server.process.pid).children()
    known = {"server": server.process.pid, "parent": parent.pid, "this program": psutil.Process().pid}
    spent: dict[str, list[float]] = {name: [] for name in ("kernel", *known)}
    for number in range(workers + 1):
        before = {name: processor_ms(pid) for name, pid in known.items()}
        page = Page(client, measured)
        await page.open(f"http://127.0.0.1:{server.port}/?worker_id=sim-{number}")
        await asyncio.sleep(SETTLES_S)
        if number:  # the first makes the store
            spent["kernel"].append(processor_ms(server.kernels()[-1]))
            for name, pid in known.items():
                spent[name].append(processor_ms(pid) - before[name])
        if number < workers - HELD:
            await page.close()
        else:
            held.append(page)
    print("processor time of an arrival, ms: median (least to most)")
    for name, values in spent.items():
        print(f"  {name:<14}{statistics.median(values):6.0f} ({min(values):.0f} to {max(values):.0f})")
    await asyncio.sleep(2)
    kernel = server.kernels()[len(held) // 2]
    pss, found = psutil.Process(kernel).memory_full_info().pss, kept(parent.pid, kernel)
    print(f"an idle session of {len(held)}, MB: {pss / 1e6:.1f} (PSS)")
    print(f"  new {found.new / 1e6:.1f}; inherited and written to {found.written / 1e6:.1f}, of which equal again")
    print(f"  {found.equal / 1e6:.1f}; in the others, {found.words:.0f} of 512 words of a page differ (median)")
    for page in held:
        await page.close()
    client.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=25)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_study(folder, study_text("max_answer_loops = 0", "", study="units_per_assignment = 1000"), CALLBACK)
        server = Server(folder, folder / "results", free_port())
        server.start()
        try:
            asyncio.run(measure(server, asked.workers))
        finally:
            server.stop()


if __name__ == "__main__":
    main()

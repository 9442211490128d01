"""How long a million attempts take from the store through the whole report "learning", beside pandas and JSON files.

    python -m tests.bench_analysis            (--attempts 1000000 --units 20000 --results DIR)

Method. Simulated sessions are stored once (kept in DIR for the next run). A process of its own then runs the cells of
notebooks/reports/learning.ipynb, one after the other, as they stand there: all tables with their intervals, and all
figures, written to files. Measured are wall time; CPU time, with that of the processes that it has started (it counts
where they end); and the most memory that they all held together: pages that several hold are shared out between them,
looked up every second, where the system tells it. Beside it stands the most of the first process alone, which is exact.
The other side is what a person would write without this package: a JSON file for each session (the units of `imgloop
export`), read one after the other into a list of rows, a frame, and the same means, slope and shares with pandas and
numpy alone: no interval, no mixed model, no variance components, no luck, no figure. It gets fewer units, and the ratio
is by attempt.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
STUDY = ROOT / "notebooks" / "look_alike"
NOTEBOOK = ROOT / "notebooks" / "reports" / "learning.ipynb"


STEPS = {
    "read_data(": "read",
    "learning_curve(": "curve",
    "slope(": "slope",
    "gains(": "gains",
    "gain_shares(": "shares",
    "best_attempts(": "best",
    "variance_components(": "variance",
}
"""What the first line of a cell of the notebook has → the step that the cell, and those after it, belong to."""


def ours(results: Path) -> dict[str, Any]:
    """Run the cells of the report."""
    cells = [cell for cell in json.loads(NOTEBOOK.read_text())["cells"] if cell["cell_type"] == "code"]
    names: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as out:
        steps, step = Steps(), "import"
        for number, cell in enumerate(cells):
            source = "".join(cell["source"])
            begins = next((name for call, name in STEPS.items() if call in source.partition("\n")[0]), step)
            if begins != step:
                steps.done(step)
                step = begins
            exec(source, names)
            if number == 0:
                names |= {"study": str(STUDY), "results": str(results), "out": out}
        steps.done(step)
    return steps.result(len(names["attempts"]), [round(float(mean), 3) for mean in names["curve"]["mean"]])


def plain(units: Path) -> dict[str, Any]:
    """Read one JSON file a session with pandas, and compute the same points."""
    steps = Steps()
    import numpy as np
    import pandas as pd

    steps.done("import")
    rows = []
    for file in units.iterdir():
        unit = json.loads(file.read_text())
        for attempt in unit["data"]["attempts"]:
            rows.append({"worker": unit["worker_id"], "unit": unit["unit_id"], **attempt})
    frame = pd.DataFrame(rows)
    steps.done("read")
    means = frame.groupby("attempt")["score"].mean()
    steps.done("curve")
    known = frame.dropna(subset=["score"]).sort_values(["unit", "attempt"])
    np.polyfit(known["attempt"], known["score"], 1)
    steps.done("slope")
    groups = known.groupby("unit")["score"]
    ends = pd.DataFrame({"first": groups.first(), "last": groups.last(), "best": groups.max(), "size": groups.size()})
    ends.mean(), (ends["last"] - ends["first"]).mean(), (ends["best"] - ends["first"]).mean()
    steps.done("gains")
    several = ends[ends["size"] > 1]
    (several["last"] > several["first"]).mean(), (several["best"] > several["first"]).mean()
    (groups.diff().dropna() > 0).mean()
    steps.done("shares")
    known.loc[groups.idxmax(), "attempt"].value_counts(normalize=True)
    steps.done("best")
    return steps.result(len(frame), [round(float(mean), 3) for mean in means])


LOOK_S = 1.0
"""Seconds between two looks at the memory: each takes the system some 10 ms of computing time."""


class Steps:
    """Seconds of each step, wall and CPU, of this process and of those that it has started; and the most memory."""

    def __init__(self) -> None:
        self._steps: dict[str, tuple[float, float]] = {}
        self._wall, self._cpu = time.perf_counter(), cpu()
        self._most = 0.0
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()

    def _look(self) -> None:
        while not self._over.wait(LOOK_S):
            self._most = max(self._most, memory_gb())

    def done(self, name: str) -> None:
        wall, now = time.perf_counter(), cpu()
        self._steps[name] = (wall - self._wall, now - self._cpu)
        self._wall, self._cpu = wall, now

    def result(self, attempts: int, means: list[float]) -> dict[str, Any]:
        self._over.set()
        self._watch.join()
        alone = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        peaks = {"peak_gb": self._most or alone, "alone_gb": alone}
        return {"steps": self._steps, "attempts": attempts, "means": means, **peaks}


def cpu() -> float:
    """Return the seconds that this process has computed, and those that it started and that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def memory_gb() -> float:
    """Return what this process and those that it has started hold now, each page once; 0: the system does not tell."""
    try:
        children = [pid for file in Path("/proc/self/task").glob("*/children") for pid in file.read_text().split()]
        found = [Path(f"/proc/{pid}/smaps_rollup") for pid in ("self", *children)]
        lines = [line.split() for file in found if file.exists() for line in file.read_text().splitlines()]
    except OSError:  # one has just ended
        return 0.0
    return sum(int(line[1]) for line in lines if line[0] == "Pss:") / 1e6


SIDES = {"ours": ours, "plain": plain}


def prepare(results: Path, attempts: int, units: Path, most: int) -> None:
    """Store the sessions, and write the first of them as files, where that was not done before."""
    os.environ["IMGLOOP_RESULTS"] = str(results)
    from imgloop_widgets.analysis.frames import state_of
    from imgloop_widgets.analysis.units import unit
    from imgloop_widgets.opening import OpenStudy
    from imgloop_widgets.simulate import simulate_many

    done = results / f"simulated-{attempts}"
    study = OpenStudy.load(STUDY)
    if not done.exists():
        made = simulate_many(study, attempts, 1)
        print(f"simulated {made.attempts:,} attempts in {made.seconds:.0f} s")
        done.touch()
    units.mkdir()
    for number, (session_id, log) in enumerate(study.store.logs("look_alike")):
        if number >= most:
            break
        state = state_of(session_id, log)
        record = unit(state, "w", parts=None, rules=study.study.rules_of(state.opened.arm), answers=True)
        (units / f"{session_id}.json").write_text(json.dumps(record))
    study.store.close()


def measured(side: str, where: Path) -> dict[str, Any]:
    """Run a side in a process of its own."""
    command = [sys.executable, __file__, "--side", side, "--results", str(where)]
    ran = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    result: dict[str, Any] = json.loads(ran.stdout)
    return result


def main() -> None:
    """Measure both sides and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attempts", type=int, default=1_000_000)
    parser.add_argument("--units", type=int, default=20_000, help="sessions that are written as files")
    parser.add_argument(
        "--results", type=Path, help="where the simulated sessions are kept; left out, they are removed"
    )
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.side:
        print(json.dumps(SIDES[args.side](args.results)))
        return
    with tempfile.TemporaryDirectory() as folder:
        results, units = args.results or Path(folder) / "results", Path(folder) / "units"
        prepare(results, args.attempts, units, args.units)
        sides = {"ours": measured("ours", results), "plain": measured("plain", units)}
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{'':<20}{'ours: wall s':>14}{'CPU s':>9}{'plain: wall s':>16}{'CPU s':>9}{'CPU per attempt, ratio':>25}")
    total = {side: [0.0, 0.0] for side in sides}
    for name in [*sides["ours"]["steps"], "all"]:
        pairs = {}
        for side, found in sides.items():
            pairs[side] = total[side] if name == "all" else found["steps"].get(name, (0.0, 0.0))
            if name != "all":
                total[side] = [a + b for a, b in zip(total[side], pairs[side], strict=True)]
        (a, b), (c, d) = pairs["ours"], pairs["plain"]
        ratio = f"{(b / sides['ours']['attempts']) / (d / sides['plain']['attempts']):.2f}" if d else "only ours"
        print(f"{name:<20}{a:>14.2f}{b:>9.2f}{c:>16.2f}{d:>9.2f}{ratio:>25}")
    for side, found in sides.items():
        print(
            f"{side}: {found['attempts']:,} attempts, at most {found['peak_gb']:.2f} GB in all its processes "
            f"({found['alone_gb']:.2f} GB in the first), means {found['means']}"
        )


if __name__ == "__main__":
    main()

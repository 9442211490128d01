"""How long a million attempts take from the store to a report's tables, beside pandas and one JSON file a unit.

    python -m tests.bench_analysis            (--attempts 1000000 --units 20000 --results DIR)

Method. Simulated sessions are stored once (kept in DIR for the next run); a process of its own then reads them and
goes through `score_by_attempt` and `times_by_attempt`: wall time, CPU time, and the most memory it ever held. The other
side is what a person would write without this package: a JSON file for each session (the units of `imgloop export`),
read one after the other into a list of rows, a frame, and the same means and medians with pandas alone, no interval. It
gets fewer units, and the ratio is by attempt.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
STUDY = ROOT / "notebooks" / "look_alike"


def ours(results: Path) -> dict[str, Any]:
    """Read the store and make the tables."""
    from imgloop_widgets.analysis.columns import read_pages
    from imgloop_widgets.analysis.measures import score_by_attempt, times_by_attempt
    from imgloop_widgets.store import open_store

    steps = Steps()
    with open_store(results) as store:
        frames = read_pages(store.rows("look_alike"))
    steps.done("read")
    scores = score_by_attempt(frames.attempts, seed=1)
    steps.done("score_by_attempt")
    times_by_attempt(frames.attempts)
    steps.done("times_by_attempt")
    return steps.result(len(frames.attempts), [round(float(mean), 3) for mean in scores["mean"]])


def plain(units: Path) -> dict[str, Any]:
    """Read one JSON file a session with pandas."""
    import pandas as pd

    steps, rows = Steps(), []
    for file in units.iterdir():
        unit = json.loads(file.read_text())
        for attempt in unit["data"]["attempts"]:
            rows.append({"worker": unit["worker_id"], "unit": unit["unit_id"], **attempt})
    frame = pd.DataFrame(rows)
    steps.done("read")
    means = frame.groupby("attempt")["score"].mean()
    steps.done("score_by_attempt")
    frame.groupby("attempt")[["write_s", "wait_s", "judge_s"]].quantile([0.25, 0.5, 0.75])
    steps.done("times_by_attempt")
    return steps.result(len(frame), [round(float(mean), 3) for mean in means])


class Steps:
    """Seconds of each step: wall and CPU."""

    def __init__(self) -> None:
        self._steps: dict[str, tuple[float, float]] = {}
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def done(self, name: str) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        self._steps[name] = (wall - self._wall, cpu - self._cpu)
        self._wall, self._cpu = wall, cpu

    def result(self, attempts: int, means: list[float]) -> dict[str, Any]:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        return {"steps": self._steps, "attempts": attempts, "means": means, "peak_gb": peak}


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
        record = unit(state, "w", parts=None, rules=study.study.rules, answers=True)
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
            pairs[side] = total[side] if name == "all" else found["steps"][name]
            if name != "all":
                total[side] = [a + b for a, b in zip(total[side], pairs[side], strict=True)]
        (a, b), (c, d) = pairs["ours"], pairs["plain"]
        ratio = (b / sides["ours"]["attempts"]) / (d / sides["plain"]["attempts"])
        print(f"{name:<20}{a:>14.2f}{b:>9.2f}{c:>16.2f}{d:>9.2f}{ratio:>25.2f}")
    for side, found in sides.items():
        print(f"{side}: {found['attempts']:,} attempts, at most {found['peak_gb']:.2f} GB, means {found['means']}")


if __name__ == "__main__":
    main()

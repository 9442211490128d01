"""How much faster two processes replay than one, and what the harness itself costs for each image.

    python -m tests.bench.replay          (--prompts 200 for a quick look)

Method. The same prompts, drawn by `Scenes` at 512 pixels, into a fresh store each time: by 1 process, then by 2, in
turn, so that noise falls on both; the time is that of `replay` alone, from its call to its return, the start of the
processes too. The overhead is what a prompt costs beside its drawing: the same with a generator that returns one
picture that is there already. Medians with the range; the speed-up is that of the medians.
"""

import argparse
import os
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from imgloop_widgets.engines import engine
from imgloop_widgets.generators.contract import Context
from imgloop_widgets.library import Library
from imgloop_widgets.replay import Item, Plan, Spec, replay
from imgloop_widgets.store import open_store

PICTURE = Image.effect_noise((64, 64), 60).convert("RGB")
DRAWN = Spec(name="scenes", options={"size": 512})


def ready(prompt: str, context: Context) -> Image.Image:
    """Return a picture that costs nothing."""
    return PICTURE


def seconds(prompts: int, workers: int, spec: Spec, kind: str = "processes") -> float:
    """Return how long a replay takes."""
    items = [Item(prompt=f"a brown bear and {k} red foxes at night", session_id=f"s{k}") for k in range(prompts)]
    plan = Plan(study="bench", source="bench", items=items, generators={"m": spec}, draws=1, seed=1)
    with tempfile.TemporaryDirectory() as name, open_store(name) as store:
        folder = Path(name)
        library = Library(folder=folder, targets=())
        results = folder if kind == "processes" else None
        done = replay(plan, store, engine(kind, workers), library=library, folder=folder, results=results)
        assert done.made == prompts
        return done.seconds


def row(name: str, times: list[float], per: Callable[[float], str]) -> str:
    """Return a line of the table."""
    low, middle, high = min(times), statistics.median(times), max(times)
    return f"{name:<36}{middle:8.2f} s  ({low:.2f} to {high:.2f})   {per(middle)}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    times: dict[int, list[float]] = {1: [], 2: []}
    bare: list[float] = []
    for _ in range(asked.rounds):
        for workers, found in times.items():
            found.append(seconds(asked.prompts, workers, DRAWN))
        bare.append(seconds(asked.prompts, 1, Spec(name="ready", call=ready), "threads"))
    print(f"{asked.prompts} prompts, {asked.rounds} rounds, {len(os.sched_getaffinity(0))} processors")
    for workers, found in times.items():
        name = f"Scenes at 512 px, {workers} process{'es' if workers > 1 else ''}"
        print(row(name, found, lambda s: f"{asked.prompts / s:.1f} images a second"))
    print(row("a picture that is there, 1 thread", bare, lambda s: f"{1000 * s / asked.prompts:.1f} ms an image"))
    print(f"speed-up of 2 processes: {statistics.median(times[1]) / statistics.median(times[2]):.2f}")


if __name__ == "__main__":
    main()

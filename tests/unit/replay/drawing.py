"""Run by test_replay.py in processes of its own: replays a small plan into the folder that it is given."""

import sys
from pathlib import Path

from imgloop_widgets.engines import engine
from imgloop_widgets.library import Library
from imgloop_widgets.replay import Item, Plan, Spec, replay
from imgloop_widgets.store import open_store

LEASE_S = 1.0


def plan(prompts: int, draws: int) -> Plan:
    """Return what is drawn: small pictures, as fast as may be."""
    items = [Item(prompt=f"{k} brown bears", session_id=f"s{k}") for k in range(prompts)]
    return Plan(
        study="killed",
        source="prompts",
        items=items,
        generators={"weak": Spec(name="scenes", options={"size": 16, "quality": "basic"})},
        draws=draws,
        seed=1,
    )


def main(results: str, prompts: str, draws: str, kind: str) -> None:
    """Draw all that is not there, and say what came of it."""
    folder = Path(results)
    with open_store(folder) as store:
        done = replay(
            plan(int(prompts), int(draws)),
            store,
            engine(kind, 2),
            library=Library(folder=folder, targets=()),
            folder=folder,
            results=None if kind == "threads" else folder,
            lease_s=LEASE_S,
        )
    print(done.made, done.before, done.by_others, done.open)


if __name__ == "__main__":
    main(*sys.argv[1:])

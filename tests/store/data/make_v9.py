"""Made v9.db, a database of version 9, on the day version 9 was written: v8.db, with what version 9 has besides.

    python tests/store/data/make_v9.py      (from the root of the project, with version 9 of the tables)

Never make v9.db again, for the reason that stands in make_v1.py.
"""

import shutil
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent.parent))

from imgloop_widgets.assignment import Comer, Given  # noqa: E402  the path first
from imgloop_widgets.events import SessionOpened  # noqa: E402
from imgloop_widgets.plans import Condition, Plan  # noqa: E402
from imgloop_widgets.store import migrations, open_store  # noqa: E402

FIRST = f"{1:032x}"
NOW = datetime(2026, 3, 1, 9, 55, tzinfo=UTC)
PLAN = Plan(study="units", seed=1, targets=("bear", "cub"), arms=(Condition(name="a"), Condition(name="b", versions=2)))


def main() -> None:
    """Write v9.db beside this script."""
    if (HERE / "v9.db").exists():
        raise SystemExit("v9.db is of version 9 and is never made again")
    known = tuple(m for m in migrations.MIGRATIONS if m.number <= 9)
    migrations.MIGRATIONS, migrations.NEWEST = known, 9
    with tempfile.TemporaryDirectory() as name:
        shutil.copy(HERE / "v8.db", Path(name) / "imgloop.db")
        with open_store(name) as store:
            first = store.read(FIRST)[0]
            assert isinstance(first, SessionOpened)

            def opening(given: Given) -> SessionOpened:
                slot = given.slot
                return replace(
                    first,
                    at=NOW,
                    session_id="6" * 32,
                    study="units",
                    worker_id="ana",
                    unit_id=str(slot.unit),
                    arm=slot.arm,
                    target_id=slot.target_id,
                    deadline=NOW.replace(hour=10),
                    form_version=slot.form_version,
                    position=given.position,
                    stratum=given.stratum,
                )

            store.allot(PLAN, Comer(worker_id="ana", stratum="left"), NOW, opening)
            store.touch("6" * 32, NOW.replace(second=30))
        shutil.copy(Path(name) / "imgloop.db", HERE / "v9.db")


if __name__ == "__main__":
    main()

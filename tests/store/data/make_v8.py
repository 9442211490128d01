"""Makes v8.db, a database of version 8: v7.db, with what version 8 has besides.

    python tests/store/data/make_v8.py      (from the root of the project, with version 8 of the tables)

Never make v8.db again, for the reason that stands in make_v1.py.
"""

import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent.parent))

from imgloop_widgets.store import Grant, TurnedAway, migrations, open_store  # noqa: E402  the path first

NOW = datetime(2026, 4, 2, 9, tzinfo=UTC)


def main() -> None:
    """Write v8.db beside this script."""
    if (HERE / "v8.db").exists():
        raise SystemExit("v8.db is of version 8 and is never made again")
    kept = tuple(migration for migration in migrations.MIGRATIONS if migration.number <= 8)
    if [migration.number for migration in kept] != list(range(1, 9)):
        raise SystemExit("a migration before 8 is missing; a database without it could never be brought up to date")
    migrations.MIGRATIONS, migrations.NEWEST = kept, 8
    with tempfile.TemporaryDirectory() as name:
        shutil.copy(HERE / "v7.db", Path(name) / "imgloop.db")
        with open_store(name) as store:
            given = {"worker_id": "w1", "at": NOW, "why": "by hand"}
            store.grant(
                [
                    Grant(name="trained", value=2.5, **given),
                    Grant(name="language", value="Deutsch 🐻", **given),
                    Grant(name="blocked", value=1, **given),
                    Grant(name="blocked", value=None, **given),
                ]
            )
            store.turn_away(
                TurnedAway(study="look_alike", worker_id="w9", unit_id="1", code="1A2B3C4D", at=NOW, why="blocked")
            )
        shutil.copy(Path(name) / "imgloop.db", HERE / "v8.db")


if __name__ == "__main__":
    main()

"""Makes v6.db, a database of version 6: v5.db, with what version 6 has besides.

    python tests/store/data/make_v6.py      (from the root of the project, with version 6 of the tables)

Never make v6.db again, for the reason that stands in make_v1.py.
"""

import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent.parent))

from imgloop_widgets.events import ItemRated, ItemsAllotted, SessionOpened  # noqa: E402  the path first
from imgloop_widgets.store import migrations, open_store  # noqa: E402

FIRST = f"{1:032x}"
NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)


def main() -> None:
    """Write v6.db beside this script."""
    if (HERE / "v6.db").exists():
        raise SystemExit("v6.db is of version 6 and is never made again")
    kept = tuple(migration for migration in migrations.MIGRATIONS if migration.number <= 6)
    if [migration.number for migration in kept] != list(range(1, 7)):
        raise SystemExit("a migration before 6 is missing; a database without it could never be brought up to date")
    migrations.MIGRATIONS, migrations.NEWEST = kept, 6
    with tempfile.TemporaryDirectory() as name:
        shutil.copy(HERE / "v5.db", Path(name) / "imgloop.db")
        with open_store(name) as store:
            opening = SessionOpened(
                seq=0,
                at=NOW,
                session_id="d" * 32,
                study="look_alike_ratings",
                study_hash="e" * 64,
                worker_id="r1",
                unit_id="1",
                arm="",
                target_id="",
                target_sha256="",
                seed=7,
                deadline=NOW.replace(hour=10),
            )
            picture = [[1, "c" * 64, 64, 48], [2, "d" * 64, 64, 48]]
            item = {"item": f"{FIRST}:1+2", "session_id": FIRST, "arm": "default", "target_id": "bear"}
            item |= {"target_sha256": "b" * 64, "pictures": picture, "right": {}}
            questions = {"closer": {"kind": "closer", "text": "Which is closer? 🐻"}}
            allotted = ItemsAllotted(seq=1, at=NOW, source="look_alike", questions=questions, items=(item,))
            store.open_ratings(opening, lambda given: allotted)
            rated = ItemRated(seq=2, at=NOW, place=1, answers={"closer": 2})
            store.append_ratings("d" * 32, [rated], [f"{FIRST}:1+2"])
        shutil.copy(Path(name) / "imgloop.db", HERE / "v6.db")


if __name__ == "__main__":
    main()

"""Makes v12.db, a database of version 12: the one before, with what version 12 has besides.

    python tests/store/data/make_v12.py      (from the root of the project, with version 12 of the tables)

Never make v12.db again, for the reason that stands in make_v1.py.
"""

import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent.parent))

from imgloop_widgets.store import migrations, open_store  # noqa: E402  the path first
from imgloop_widgets.store.told import Ended  # noqa: E402

NUMBER = 12
FIRST = f"{1:032x}"
NOW = datetime(2026, 4, 3, 9, tzinfo=UTC)


def main() -> None:
    """Write the database beside this script."""
    if (HERE / f"v{NUMBER}.db").exists():
        raise SystemExit(f"v{NUMBER}.db is of version {NUMBER} and is never made again")
    known = tuple(migration for migration in migrations.MIGRATIONS if migration.number <= NUMBER)
    if [migration.number for migration in known] != list(range(1, NUMBER + 1)):
        raise SystemExit("a migration before is missing; a database without it could never be brought up to date")
    migrations.MIGRATIONS, migrations.NEWEST = known, NUMBER
    with tempfile.TemporaryDirectory() as name:
        shutil.copy(HERE / f"v{NUMBER - 1}.db", Path(name) / "imgloop.db")
        with open_store(name) as store:
            done = Ended(worker_id="w1", session_id=FIRST, reason="perfect", values={})
            tries = store.claim_call("look_alike", done, "completed", "d" * 64, NOW, NOW + timedelta(minutes=1))
            assert tries == 1
            store.note_answer(
                "look_alike",
                "w1",
                tries,
                accepted=False,
                said="HTTP 503 „später“",
                at=NOW,
                next_at=NOW + timedelta(hours=1),
            )
        shutil.copy(Path(name) / "imgloop.db", HERE / f"v{NUMBER}.db")


if __name__ == "__main__":
    main()

"""Made v7.db, a database of version 7, on the day version 7 was written: v6.db, with what version 7 has besides.

    python tests/store/data/make_v7.py      (from the root of the project, with version 7 of the tables)

Never make v7.db again, for the reason that stands in make_v1.py.
"""

import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent.parent))

from imgloop_widgets.store import migrations, open_store  # noqa: E402  the path first

FIRST = f"{1:032x}"
NOW = datetime(2026, 3, 1, 9, 55, tzinfo=UTC)


def main() -> None:
    """Write v7.db beside this script."""
    if (HERE / "v7.db").exists():
        raise SystemExit("v7.db is of version 7 and is never made again")
    upto = tuple(migration for migration in migrations.MIGRATIONS if migration.number <= 7)
    migrations.MIGRATIONS, migrations.NEWEST = upto, 7
    with tempfile.TemporaryDirectory() as name:
        shutil.copy(HERE / "v6.db", Path(name) / "imgloop.db")
        with open_store(name) as store:
            store.take_seat(FIRST, "a-page", NOW)
            store.revoke("look_alike", "d" * 64, NOW)
            store.codes("look_alike", {"completed": "ABCDEFGHJK"})
            store.note_arrival(FIRST, {"SESSION_ID": "Fuchs 🦊"}, NOW)
        shutil.copy(Path(name) / "imgloop.db", HERE / "v7.db")


if __name__ == "__main__":
    main()

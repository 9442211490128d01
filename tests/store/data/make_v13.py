"""Makes v13.db, a database of version 13: the one before, with what version 13 has besides.

    python tests/store/data/make_v13.py      (from the root of the project, with version 13 of the tables)

Never make v13.db again, for the reason that stands in make_v1.py.
"""

import shutil
import sys
import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent.parent))

from imgloop_widgets.decisions import By, Wish, decide  # noqa: E402  the path first
from imgloop_widgets.store import migrations, open_store  # noqa: E402

NUMBER = 13
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
            wish = Wish(
                verdict="soft_reject",
                note="„zu schnell“ 🦊",
                message="Thank you!",
                bonus=Decimal("0.50"),
            )
            by = By(who="Grace 🦊", at=NOW, act="a" * 16)
            store.review(
                "look_alike",
                lambda standings, has: decide(wish, {FIRST: 0}, "w1", "look_alike", standings, has("w1"), by),
            )
        shutil.copy(Path(name) / "imgloop.db", HERE / f"v{NUMBER}.db")


if __name__ == "__main__":
    main()

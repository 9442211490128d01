"""Made v10.db, a database of version 10, on the day version 10 was written: v9.db, with what version 10 has besides.

    python tests/store/data/make_v10.py      (from the root of the project, with version 10 of the tables)

Never make v10.db again, for the reason that stands in make_v1.py.
"""

import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent.parent))

from imgloop_widgets.store import Steered, migrations, open_store  # noqa: E402  the path first

NOW = datetime(2026, 3, 1, 10, 5, tzinfo=UTC)


def main() -> None:
    """Write v10.db beside this script."""
    if (HERE / "v10.db").exists():
        raise SystemExit("v10.db is of version 10 and is never made again")
    known = tuple(m for m in migrations.MIGRATIONS if m.number <= 10)
    migrations.MIGRATIONS, migrations.NEWEST = known, 10
    with tempfile.TemporaryDirectory() as name:
        shutil.copy(HERE / "v9.db", Path(name) / "imgloop.db")
        with open_store(name) as store:
            by = Steered(study="units", at=NOW, who="Grace 🦊", what="pause", why="„Pause“")
            store.hold(by, lambda events, draft: ())
        shutil.copy(Path(name) / "imgloop.db", HERE / "v10.db")


if __name__ == "__main__":
    main()

"""Made v5.db, a database of version 5, on the day version 5 was written: v4.db, with what version 5 has besides.

    python tests/store/data/make_v5.py      (from the root of the project, with version 5 of the tables)

Never make v5.db again, for the reason that stands in make_v1.py.
"""

import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent.parent))

from imgloop_widgets.signals import Noted  # noqa: E402  the path first
from imgloop_widgets.store import migrations, open_store  # noqa: E402

FIRST = f"{1:032x}"
NOW = datetime(2026, 3, 1, 9, 55, tzinfo=UTC)
PAGE = "123e4567-e89b-42d3-a456-426614174000"


def main() -> None:
    """Write v5.db beside this script."""
    if (HERE / "v5.db").exists():
        raise SystemExit("v5.db is of version 5 and is never made again")
    migrations.MIGRATIONS, migrations.NEWEST = migrations.MIGRATIONS[:5], 5
    with tempfile.TemporaryDirectory() as name:
        shutil.copy(HERE / "v4.db", Path(name) / "imgloop.db")
        with open_store(name) as store:
            typed = {"open_s": 12.5, "keys": 40, "pastes": 1, "pasted_characters": 17}
            notes = [
                Noted(page=PAGE, attempt=1, phase="writing", values=typed),
                Noted(page=PAGE, attempt=1, phase="judging", values={"open_s": 3.0, "hidden": 1, "hidden_s": 0.25}),
            ]
            store.note(FIRST, notes, NOW)
        shutil.copy(Path(name) / "imgloop.db", HERE / "v5.db")


if __name__ == "__main__":
    main()

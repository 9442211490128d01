"""Made v3.db, a database of version 3, on the day version 3 was written: v2.db, with what version 3 has besides.

    python tests/store/data/make_v3.py      (from the root of the project)

Never make v3.db again, for the reason that stands in make_v1.py. Version 4 was begun on the same day: so the tables are
brought to version 3 and no further.
"""

import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent.parent))

from imgloop_widgets.events import Generation  # noqa: E402  the path must be set first
from imgloop_widgets.store import Limits, migrations, open_store  # noqa: E402

SECOND = f"{2:032x}"
NOW = datetime(2026, 3, 1, 9, 41, tzinfo=UTC)


def main() -> None:
    """Write v3.db beside this script."""
    if (HERE / "v3.db").exists():
        raise SystemExit("v3.db is of version 3 and is never made again")
    migrations.MIGRATIONS, migrations.NEWEST = migrations.MIGRATIONS[:3], 3
    with tempfile.TemporaryDirectory() as name:
        shutil.copy(HERE / "v2.db", Path(name) / "imgloop.db")
        with open_store(name) as store:
            limits = Limits(at_once=2, max_cost=1.0, price=0.04)
            assert store.ask_turn("look_alike", "call-1", "w2", limits, NOW, 60).begun
            store.end_turn("look_alike", "call-1", reserved=0.04, cost=0.03)
            made = Generation(
                image_sha256="c" * 64,
                width=512,
                height=384,
                generator="scenes",
                version="1",
                flags=("maybe",),
                cost=0.03,
            )
            store.keep_generation(f"{SECOND}-2", "d" * 64, SECOND, NOW, made)
            store.pause("look_alike", NOW, "HTTP 402: the account is empty")
        shutil.copy(Path(name) / "imgloop.db", HERE / "v3.db")


if __name__ == "__main__":
    main()

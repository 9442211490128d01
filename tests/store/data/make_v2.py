"""Made v2.db, a database of version 2, on the day version 2 was written: v1.db, with what version 2 has besides.

    python tests/store/data/make_v2.py      (from the root of the project, with version 2 of the tables)

Never make v2.db again, for the reason that stands in make_v1.py.
"""

import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent.parent))

from imgloop_widgets.store import open_store  # noqa: E402  the path must be set first
from imgloop_widgets.store.migrations import NEWEST  # noqa: E402

SECOND = f"{2:032x}"


def main() -> None:
    """Write v2.db beside this script."""
    if NEWEST != 2 or (HERE / "v2.db").exists():
        raise SystemExit("v2.db is of version 2 and is never made again")
    with tempfile.TemporaryDirectory() as name:
        shutil.copy(HERE / "v1.db", Path(name) / "imgloop.db")
        with open_store(name) as store:
            store.save_sheet(SECOND, {"shown": {"0.1": True}, "added": [["pets", "pet", {"kind": "Fuchs 🦊"}]]})
            store.keep_upload(SECOND, b"picture", "image/png")
        shutil.copy(Path(name) / "imgloop.db", HERE / "v2.db")


if __name__ == "__main__":
    main()

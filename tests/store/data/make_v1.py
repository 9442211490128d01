"""Made v1.db, a database of version 1, on the day version 1 was written. It is kept to show that it opens for ever.

    python tests/store/data/make_v1.py      (from the root of the project, with version 1 of the tables)

Never make v1.db again: a later version of the package would write a later version of the tables. A new version gets
a file and a script of its own beside these.
"""

import importlib.util
import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent.parent))

from imgloop_widgets.store import open_store  # noqa: E402  the path must be set first
from imgloop_widgets.store.migrations import NEWEST  # noqa: E402


def main() -> None:
    """Write v1.db beside this script."""
    spec = importlib.util.spec_from_file_location("builders", HERE.parent / "builders.py")
    assert spec is not None and spec.loader is not None
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    if NEWEST != 1 or (HERE / "v1.db").exists():
        raise SystemExit("v1.db is of version 1 and is never made again")
    with tempfile.TemporaryDirectory() as name:
        with open_store(name) as store:
            first, _ = store.open_session(build.opened(1))
            store.append(first, build.played())
            second, _ = store.open_session(
                build.opened(2, at=build.START + timedelta(minutes=3), auto_submit_at=None, deadline=None)
            )
            store.append(second, [build.answered(1, age="35-44"), build.prompted(2, prompt="ein Fuchs 🦊")])
            store.save_draft(second, 3, {"prompt": "ein Fuchs im Wald"})
            store.claim(second, 3, "a process", datetime(2026, 3, 1, 9, 40, tzinfo=UTC), 60)
            store.record_incident("i-1", build.START + timedelta(seconds=60), first, "TimeoutError: no answer")
        shutil.copy(Path(name) / "imgloop.db", HERE / "v1.db")


if __name__ == "__main__":
    main()

"""Made v4.db, a database of version 4, on the day version 4 was written: v3.db, with what version 4 has besides.

    python tests/store/data/make_v4.py      (from the root of the project, with version 4 of the tables)

Never make v4.db again, for the reason that stands in make_v1.py.
"""

import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent.parent))

from imgloop_widgets.store import Metric, Replay, ReplayMetric, migrations, open_store  # noqa: E402  the path first

FIRST = f"{1:032x}"
NOW = datetime(2026, 3, 1, 9, 50, tzinfo=UTC)


def main() -> None:
    """Write v4.db beside this script."""
    if (HERE / "v4.db").exists():
        raise SystemExit("v4.db is of version 4 and is never made again")
    migrations.MIGRATIONS, migrations.NEWEST = migrations.MIGRATIONS[:4], 4
    with tempfile.TemporaryDirectory() as name:
        shutil.copy(HERE / "v3.db", Path(name) / "imgloop.db")
        with open_store(name) as store:
            store.put_metrics(
                [
                    Metric(session_id=FIRST, attempt=1, metric="ssim", value=0.25, version="1"),
                    Metric(session_id=FIRST, attempt=2, metric="ssim", value=None, version="1"),
                ]
            )
            replay = Replay(
                replay_id="e" * 64,
                study="look_alike",
                source="look_alike",
                session_id=FIRST,
                worker_id="w1",
                arm="default",
                target_id="bear",
                attempt=1,
                prompt="a brown bear, snow, “evening light” 🐻",
                model="weak=scenes",
                generator="scenes-basic",
                version="1",
                draw=2,
                seed=2**31 - 1,
                outcome="made",
                image_sha256="c" * 64,
                width=64,
                height=48,
                parameters={"quality": "basic"},
                duration_s=0.5,
                at=NOW,
            )
            own, _ = store.claim_replays([replay.replay_id, "f" * 64], "gone", NOW, 60)
            assert own == [replay.replay_id, "f" * 64]
            store.finish_replays([replay])
            store.put_replay_metrics([ReplayMetric(replay_id="e" * 64, metric="mse", value=0.125, version="1")])
        shutil.copy(Path(name) / "imgloop.db", HERE / "v4.db")


if __name__ == "__main__":
    main()

"""Claims and rows of replays, and what scorers measured: on every kind of store, and under real processes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

from imgloop_widgets.events import Generation
from imgloop_widgets.store import Metric, Replay, ReplayMetric, Store

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
IDS = [f"{k:064x}" for k in range(12)]


def replay(number: int = 0, **changes: Any) -> Replay:
    made = Replay(
        replay_id=IDS[number],
        study="s",
        source="s",
        session_id=f"{number:032x}",
        worker_id="zoe",
        arm="a",
        target_id="bear",
        attempt=1,
        prompt="ein Bär 🐻, “so”",
        model="m",
        generator="scenes",
        version="1",
        draw=1,
        seed=7,
        outcome="made",
        image_sha256="a" * 64,
        width=8,
        height=9,
        parameters={"steps": [1, 2.5, None]},
        duration_s=0.25,
        at=NOW,
    )
    return replace(made, **changes)


def test_a_replay_is_kept_as_it_was_and_once(store: Store) -> None:
    store.finish_replays([replay(0), replay(1, study="t")])
    store.finish_replays([replay(0, prompt="another")])
    assert store.replays("s") == [replay(0)]
    assert store.replays() == [replay(0), replay(1, study="t")]
    assert store.replays_done("s") == {IDS[0]}


def test_a_prompt_that_no_column_takes_is_kept_as_escapes(store: Store) -> None:
    store.finish_replays([replay(0, prompt="half \ud83d and \x00", source="caf\udce9.csv")])
    assert [(r.prompt, r.source) for r in store.replays()] == [("half \\ud83d and \\x00", "caf\\udce9.csv")]


def test_a_claim_is_one_holders_until_its_lease_is_over(store: Store) -> None:
    assert store.claim_replays(IDS[:2], "one", NOW, 10) == (IDS[:2], [])
    later = NOW + timedelta(seconds=9)
    assert store.claim_replays(IDS[:3], "two", later, 10) == ([IDS[2]], IDS[:2])
    assert store.claim_replays(IDS[:2], "one", later, 10) == (IDS[:2], [])  # its own
    over = NOW + timedelta(seconds=20)
    assert store.claim_replays(IDS[:2], "two", over, 10) == (IDS[:2], [])


def test_claims_that_are_renewed_are_kept_and_those_that_are_given_back_are_free(store: Store) -> None:
    store.claim_replays(IDS[:2], "one", NOW, 10)
    store.renew_replays("one", NOW + timedelta(seconds=8), 10)
    assert store.claim_replays(IDS[:2], "two", NOW + timedelta(seconds=15), 10) == ([], IDS[:2])
    store.release_replays("one")
    assert store.claim_replays(IDS[:2], "two", NOW + timedelta(seconds=15), 10) == (IDS[:2], [])


def test_what_is_done_is_nobodys_to_claim_and_what_is_given_up_is_anybodys(store: Store) -> None:
    store.claim_replays(IDS[:3], "one", NOW, 10)
    store.finish_replays([replay(0)], given_up=[IDS[1]])
    assert store.claim_replays(IDS[:3], "two", NOW, 10) == ([IDS[1]], [IDS[2]])
    assert store.claim_replays(IDS[:1], "one", NOW + timedelta(days=1), 10) == ([], [])


Reopen = Callable[[], Store]
Race = Callable[[int, Callable[[int], Any]], list[Any]]


def test_of_many_processes_that_claim_the_same_each_gets_what_no_other_has(reopen: Reopen, race: Race) -> None:
    reopen().close()

    def claim(number: int) -> list[str]:
        with reopen() as store:
            return store.claim_replays(IDS, f"holder {number}", NOW, 60)[0]

    got = race(6, claim)
    assert sorted(name for names in got for name in names) == IDS


def test_of_many_processes_that_draw_a_list_none_draws_what_another_has_drawn(reopen: Reopen, race: Race) -> None:
    reopen().close()
    ids = [f"{k:064x}" for k in range(60)]

    def draw(number: int) -> list[str]:
        drawn: list[str] = []
        order = ids[number * 7 :] + ids[: number * 7]
        with reopen() as store:
            for first in range(0, len(ids), 4):
                own, _ = store.claim_replays(order[first : first + 4][:: 1 - 2 * (number % 2)], f"{number}", NOW, 60)
                drawn += own
                store.finish_replays([replay(0, replay_id=name) for name in own])
        return drawn

    assert sorted(name for names in race(6, draw) for name in names) == ids


def metric(session_id: str, **changes: Any) -> Metric:
    return replace(Metric(session_id=session_id, attempt=1, metric="ssim", value=0.5, version="1"), **changes)


def test_a_newer_value_takes_the_place_of_an_older_one(store: Store, build: ModuleType) -> None:
    session, _ = store.open_session(build.opened(1, study="s"))
    other, _ = store.open_session(build.opened(2, study="t", worker_id="bo"))
    store.put_metrics([metric(session), metric(session, attempt=2, value=None), metric(other)])
    store.put_metrics([metric(session, value=0.75, version="2")])
    assert store.metrics("s") == [metric(session, value=0.75, version="2"), metric(session, attempt=2, value=None)]
    assert len(store.metrics()) == 3
    store.put_metrics([])


def test_values_of_replays_belong_to_the_replays_study(store: Store) -> None:
    store.finish_replays([replay(0), replay(1, study="t")])
    values = [ReplayMetric(replay_id=IDS[k], metric="mse", value=float(k), version="1") for k in (0, 1)]
    store.put_replay_metrics(values)
    assert (store.replay_metrics("s"), store.replay_metrics("t")) == (values[:1], values[1:])


def test_a_forgotten_workers_replays_go_with_them_and_no_image_that_is_anothers(
    store: Store, build: ModuleType
) -> None:
    zoe, _ = store.open_session(build.opened(1, worker_id="zoe"))
    hers, shared, theirs = (store.put_image(name) for name in (b"hers", b"shared", b"theirs"))
    rows = [
        replay(0, session_id=zoe, image_sha256=hers),
        replay(1, session_id=zoe, image_sha256=shared),
        replay(2, session_id="of a file", worker_id="zoe", image_sha256=hers),
        replay(3, session_id="of a file", worker_id="bo", image_sha256=shared),
        replay(4, session_id="of a file", worker_id="bo", image_sha256=theirs),
    ]
    store.finish_replays(rows)
    for row in rows:
        made = Generation(image_sha256=row.image_sha256 or "", width=8, height=9, generator="scenes")
        store.keep_generation(row.replay_id, row.replay_id, row.session_id, NOW, made)
    store.put_replay_metrics(
        [ReplayMetric(replay_id=row.replay_id, metric="mse", value=1.0, version="1") for row in rows]
    )
    store.put_metrics([metric(zoe)])

    found = store.forget("zoe")

    assert (found.images, found.shared) == ((hers,), 1)
    assert [found.rows[name] for name in ("replays", "replay_metrics", "metrics", "generations")] == [3, 3, 1, 3]
    assert store.replays() == rows[3:]
    assert [m.replay_id for m in store.replay_metrics()] == IDS[3:5]
    assert (store.has_image(hers), store.has_image(shared), store.has_image(theirs)) == (False, True, True)
    assert store.generation(IDS[0]) is None and store.generation(IDS[4]) is not None

"""Simulated workers through the real runner and the real store."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from imgloop_widgets.errors import ConfigurationError
from imgloop_widgets.events import (
    REASONS,
    AttemptScored,
    Event,
    FormSubmitted,
    GenerationFailed,
    ImageGenerated,
    SessionFinished,
    SessionOpened,
    to_record,
)
from imgloop_widgets.forms import FormModel
from imgloop_widgets.generators.contract import Context
from imgloop_widgets.loop import Phase, fold
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.rows import SIMULATED
from imgloop_widgets.simulate import MIX, OPEN, simulate
from imgloop_widgets.store import Store, open_store

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def plain(prompt: str, context: Context) -> Image.Image:
    """A generator that is done at once."""
    return Image.new("RGB", (8, 8), tuple(prompt.encode()[-3:]))


Opened = Callable[..., OpenStudy]


def told(store: Store) -> dict[str, list[dict[str, object]]]:
    """All that happened, by worker, without what is random in real life, too: ids of sessions and incidents."""
    logs = {}
    for session_id, events in store.logs():
        assert isinstance(events[0], SessionOpened)
        records = [to_record(event) for event in events]
        for record in records:
            record.pop("session_id", None)
            record["incident"] = bool(record.get("incident"))
            if "idempotency_key" in record:
                record["idempotency_key"] = str(record["idempotency_key"]).removeprefix(session_id)
        logs[events[0].worker_id] = records
    return logs


def played(opened: Opened, workers: int = 40, seed: int = 1, **options: object) -> list[tuple[Event, ...]]:
    study = opened()
    simulate(study, workers, seed, **{"now": NOW, "generator": plain, **options})  # type: ignore[arg-type]
    return [events for _, events in study.store.logs()]


def test_200_workers_play_through_the_store_in_seconds(opened: Opened) -> None:
    study = opened()

    summary = simulate(study, 200, 1, now=NOW, size=32)

    states = [fold(events) for _, events in study.store.logs()]
    assert summary.seconds < 60  # some 5 s on an idle machine
    assert summary.sessions == len(states) == 200
    assert summary.by_reason == Counter(s.finished.reason if s.finished else OPEN for s in states)
    assert summary.attempts == sum(len(s.attempts) for s in states) > 200
    assert len({s.opened.worker_id for s in states if s.opened}) == 200
    assert {"attempts_used", "exited", "expired"} <= set(summary.by_reason) <= {*REASONS, OPEN}
    assert summary.failures > 0


def test_a_store_on_disk_keeps_it_all(opened: Opened, tmp_path: Path) -> None:
    in_memory = opened()
    simulate(in_memory, 8, 1, now=NOW, generator=plain)
    with open_store(tmp_path) as store:
        simulate(opened(store), 8, 1, now=NOW, generator=plain)

    with open_store(tmp_path) as store:
        assert told(store) == told(in_memory.store)
        for _, events in store.logs():
            assert all(store.get_image(e.image_sha256) for e in events if isinstance(e, ImageGenerated))


def test_who_is_refused_again_and_again_presses_exit(opened: Opened) -> None:
    """As where all that a worker can think of was tried."""
    study = opened()
    arm = study.arms["default"]
    endless = replace(
        study, arms={"default": replace(arm, rules=replace(arm.rules, max_answer_loops=None, perfect_score=1))}
    )

    summary = simulate(endless, 10, 1, now=NOW, generator=plain, mix={"perfectionist": 1.0}, failure_rate=0)

    assert summary.by_reason["exited"] == 10
    for _, events in study.store.logs():
        assert (events[-1].at - events[-2].at).total_seconds() < 600


def test_the_same_seed_gives_the_same_events_and_another_seed_others(opened: Opened) -> None:
    first, again, other = (opened() for _ in range(3))

    for study, seed in ((first, 5), (again, 5), (other, 6)):
        simulate(study, 25, seed, now=NOW, generator=plain)

    assert told(first.store) == told(again.store)
    assert told(first.store) != told(other.store)


def test_the_first_workers_are_the_same_however_many_come(opened: Opened) -> None:
    few, many = opened(), opened()

    simulate(few, 5, 3, now=NOW, generator=plain)
    simulate(many, 12, 3, now=NOW, generator=plain)

    assert told(few.store).items() <= told(many.store).items()


def test_every_moment_of_a_log_rises_and_lies_in_the_past(opened: Opened) -> None:
    for events in played(opened):
        moments = [event.at for event in events]
        assert moments == sorted(moments)
        assert NOW - timedelta(days=3) <= moments[0] < NOW
        assert fold(events).phase is Phase.FINISHED or moments[-1] < NOW


def test_nothing_happens_after_the_time_is_over(opened: Opened) -> None:
    for events in played(opened):
        state = fold(events)
        assert state.opened is not None and state.opened.auto_submit_at is not None
        for event in events[:-1]:
            assert event.at < state.opened.auto_submit_at or event.at == events[-1].at


def test_times_between_actions_look_human(opened: Opened) -> None:
    waits = [e.wait_s for events in played(opened) for e in events if isinstance(e, ImageGenerated)]

    assert min(waits) > 0
    assert len(set(waits)) > len(waits) * 0.9
    assert 2 < sorted(waits)[len(waits) // 2] < 15


def test_workers_are_marked_and_there_are_units_for_all_of_them_however_few_there_are_for_people(
    opened: Opened,
) -> None:
    sessions = [events[0] for events in played(opened, workers=20)]

    assert len(sessions) == 20
    assert all(isinstance(s, SessionOpened) and s.worker_id.startswith(SIMULATED) for s in sessions)
    assert not opened().store.units(opened().plan, NOW)


def test_in_each_block_of_workers_who_count_no_arm_comes_more_often_than_its_weight_says(
    opened: Opened, small_study: Path
) -> None:
    file = small_study / "study.toml"
    file.write_text(file.read_text() + '\n[[arm]]\nname = "often"\nweight = 2\ngenerator = "scenes"\n')
    study = opened()
    simulate(study, 24, 1, now=NOW, generator=plain)

    units = study.store.units(study.plan, NOW, simulated=True)
    counted = [unit for unit in units if unit.state in ("done", "running")]
    blocks = Counter((unit.place // 3, unit.arm) for unit in counted if unit.place is not None)
    assert all(number <= (2 if arm == "often" else 1) for (_, arm), number in blocks.items())
    assert {arm for _, arm in blocks} == {"default", "often"}
    assert sum(number for (block, _), number in blocks.items() if block < 4) == 12, "who has left frees their place"


def test_the_questions_are_answered_within_the_forms_rules(opened: Opened) -> None:
    answers = [e.answers for events in played(opened) for e in events if isinstance(e, FormSubmitted)]

    assert answers
    assert all(18 <= int(a["age"]) <= 80 and a["hand"] in {"l", "r", None} for a in answers)
    assert len({a["age"] for a in answers}) > 5


def test_failures_are_in_the_log_and_cost_no_attempt(opened: Opened) -> None:
    logs = played(opened, failure_rate=0.4)

    failures = [e for events in logs for e in events if isinstance(e, GenerationFailed)]
    assert len({e.failure for e in failures}) > 1
    for events in logs:
        images = [e.attempt for e in events if isinstance(e, ImageGenerated)]
        assert images == list(range(1, len(images) + 1))


def test_a_generator_that_always_fails_ends_in_exits_and_not_in_an_endless_loop(opened: Opened) -> None:
    study = opened()

    summary = simulate(study, 10, 1, now=NOW, generator=plain, failure_rate=1.0)

    assert summary.attempts == 0
    assert summary.failures > 10
    assert set(summary.by_reason) <= {"exited", "expired", "failed", OPEN}


def test_who_walks_away_is_submitted_shortly_after_the_time_is_over(opened: Opened) -> None:
    logs = played(opened, mix={"early_quitter": 1.0})

    expired = [events for events in logs if isinstance(e := events[-1], SessionFinished) and e.reason == "expired"]
    assert expired
    for events in expired:
        opening = events[0]
        assert isinstance(opening, SessionOpened) and opening.auto_submit_at is not None
        assert 0 <= (events[-1].at - opening.auto_submit_at).total_seconds() <= 6


def test_who_came_just_now_may_still_be_there(opened: Opened) -> None:
    logs = played(opened, days=0.01)

    assert any(fold(events).finished is None for events in logs)


def test_climbing_a_hill_leads_closer_and_random_words_do_not(opened: Opened) -> None:
    def gain(mix: dict[str, float]) -> float:
        scores = [[e.score for e in log if isinstance(e, AttemptScored)] for log in played(opened, workers=60, mix=mix)]
        gains = [s[-1] - s[0] for s in scores if len(s) > 1]
        return sum(gains) / len(gains)

    assert gain({"hill_climber": 1.0}) > 0.5 > gain({"random": 1.0})


def test_the_same_run_again_leaves_the_finished_alone_and_lets_the_others_go_on(opened: Opened) -> None:
    study = opened()
    first = simulate(study, 30, 1, now=NOW, generator=plain, days=0.01)
    before = told(study.store)

    second = simulate(study, 30, 1, now=NOW + timedelta(hours=2), generator=plain, days=0.01)

    assert first.by_reason[OPEN] == second.sessions > 0
    assert second.skipped == 30 - second.sessions
    assert OPEN not in second.by_reason
    for worker, records in told(study.store).items():
        assert records[: len(before[worker])] == before[worker]


def test_a_run_that_was_interrupted_comes_to_the_same_end(opened: Opened) -> None:
    """What a worker does follows from what they see; to have been interrupted plays no part."""
    whole, broken = opened(), opened()
    simulate(whole, 6, 9, now=NOW, generator=plain, failure_rate=0)

    class Crash(Exception):
        pass

    def crash(done: int) -> None:
        if done == 3:
            raise Crash

    with pytest.raises(Crash):
        simulate(broken, 6, 9, now=NOW, generator=plain, failure_rate=0, progress=crash)
    simulate(broken, 6, 9, now=NOW, generator=plain, failure_rate=0)

    assert told(whole.store) == told(broken.store)


def test_progress_counts_the_workers(opened: Opened) -> None:
    done: list[int] = []

    simulate(opened(), 4, 1, now=NOW, generator=plain, progress=done.append)

    assert done == [1, 2, 3, 4]


def test_every_policy_of_the_mix_plays(opened: Opened) -> None:
    for name in MIX:
        assert len(played(opened, workers=3, mix={name: 1.0})) == 3


def test_a_store_that_a_server_sweeps_at_the_same_time_does_no_harm(opened: Opened) -> None:
    """The server submits what is overdue; simulated sessions lie in the past, so it may be first."""
    study = opened()

    def sweep(done: int) -> None:
        study.expire_overdue(NOW + timedelta(days=1))

    summary = simulate(study, 20, 1, now=NOW, generator=plain, days=0.01, progress=sweep)

    assert summary.sessions == 20
    assert all(fold(events).finished for _, events in study.store.logs())


def test_a_form_that_nobody_can_answer_is_named_before_anybody_enters(
    opened: Opened, ask: Callable[..., FormModel]
) -> None:
    odd = {"required": True, "regexp": "^XQ-[a-z]{40}$"}
    ask({"type": "input", "name": "code", "label": "Code", "validators": odd})
    study = opened()

    with pytest.raises(ConfigurationError, match="'code'"):
        simulate(study, 3, 1, now=NOW, generator=plain)
    assert study.store.sessions() == []


def test_a_study_without_an_end_of_time_leaves_the_absent_open(opened: Opened) -> None:
    study = opened()
    arm = study.arms["default"]
    rules = replace(arm.rules, max_answer_loops=None)
    endless = replace(study, arms={"default": replace(arm, duration=None, rules=rules)})

    summary = simulate(endless, 20, 1, now=NOW, generator=plain, mix={"early_quitter": 1.0})

    assert summary.by_reason[OPEN] > 0

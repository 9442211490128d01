"""Very many sessions at once: the same frames as the fold makes of one after the other."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgloop_widgets.analysis import columns, pieces
from imgloop_widgets.analysis.columns import Page, read_generations, read_pages
from imgloop_widgets.analysis.frames import generations_frame, read_frames
from imgloop_widgets.analysis.pieces import AFTER, LOOP, logs_of
from imgloop_widgets.errors import FAILURES, StoreError
from imgloop_widgets.events import (
    KINDS,
    REASONS,
    AttemptScored,
    Event,
    FormSubmitted,
    GenerationFailed,
    ImageGenerated,
    PromptSubmitted,
    SessionOpened,
    from_record,
)
from imgloop_widgets.loop import NEXT, Phase
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.simulate import simulate
from imgloop_widgets.store import open_store
from imgloop_widgets.store.log import Row, stored
from imgloop_widgets.store.packs import BETWEEN, pack

WITH_CHOICES = Path(__file__).parents[1] / "data" / "session_v9.jsonl"
ONBOARDING = Path(__file__).parents[3] / "notebooks" / "onboarding"
START = datetime(2026, 3, 1, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)
KINDS_AFTER = {before: [kind for phase, kind in NEXT if phase is before and kind in LOOP] for before in Phase}


@st.composite
def logs(draw: st.DrawFn, number: int) -> tuple[str, tuple[Event, ...]]:
    """A legal log: any walk through the table of legal steps, with any values; a clock that is set back, too."""
    session_id, at = f"{number:032x}", START + timedelta(microseconds=draw(st.integers(0, 10**7)))
    phase, log, images, answered = Phase.UNOPENED, list[Event](), 0, False
    for _ in range(draw(st.integers(1, 14))):
        kinds = [k for k in KINDS_AFTER[phase] if k is not FormSubmitted or not answered]
        if not kinds:
            break
        kind = draw(st.sampled_from(kinds))
        attempt = images + (phase is not Phase.SCORING)
        values: dict[str, Any] = {"seq": len(log), "at": at}
        if kind is SessionOpened:
            values |= {"session_id": session_id, "study": "made_up", "study_hash": draw(TEXT)}
            values |= {"worker_id": draw(st.sampled_from(["ana", "bo", "sim-0001", "zoë"])), "unit_id": str(number)}
            values |= {"arm": draw(TEXT), "target_id": draw(TEXT), "target_sha256": "f" * 64}
            values |= {"seed": draw(st.integers(0, 2**31 - 1))}
            values |= {"form_version": draw(st.none() | st.integers(1, 9)), "position": draw(st.none() | st.just(1))}
            values["stratum"] = draw(st.sampled_from([None, "", "left"]))
            values["gold"] = draw(st.booleans())
        elif kind is FormSubmitted:
            answered = True
            values["answers"] = draw(
                st.dictionaries(st.text(max_size=3), st.none() | st.integers() | st.text(max_size=3))
            )
        elif kind is PromptSubmitted:
            values["controls"] = draw(st.dictionaries(TEXT, st.integers() | TEXT, max_size=2))
            values |= {"attempt": attempt, "prompt": draw(TEXT), "seed": draw(st.integers(0, 2**63 - 1))}
            values["idempotency_key"] = "k"
        elif kind is ImageGenerated:
            images += 1
            wait = draw(st.integers(0, 3) | st.floats(0, 1e6))
            values |= {"attempt": attempt, "image_sha256": draw(TEXT), "width": 3, "height": 2, "wait_s": wait}
            values |= {"generator": draw(TEXT), "version": draw(st.text("ab1.", max_size=3))}
            values["parameters"] = draw(st.dictionaries(TEXT, st.integers() | TEXT, max_size=2))
        elif kind is GenerationFailed:
            values |= {"attempt": attempt, "failure": draw(st.sampled_from(FAILURES)), "wait_s": 1.5}
            values["incident"] = draw(st.none() | TEXT)
        elif kind is AttemptScored:
            values |= {"attempt": attempt, "score": draw(st.integers(1, 10))}
        else:
            values |= {"reason": draw(st.sampled_from(REASONS)), "draft": draw(st.dictionaries(TEXT, TEXT, max_size=2))}
            values["wrong"] = draw(st.sampled_from([None, (), ("first_score",), ("right.hand", "says.bear")]))
        log.append(kind(**values))
        phase = NEXT[phase, kind]
        at += timedelta(microseconds=draw(st.integers(-(10**6), 10**9)))
    return session_id, tuple(log)


CROWDS = st.integers(0, 6).flatmap(lambda size: st.tuples(*(logs(number) for number in range(size))))


def rows_of(log: tuple[str, Sequence[Event]]) -> list[Row]:
    return [stored(log[0], event) for event in log[1]]


def page_of(rows: Sequence[Row]) -> Page:
    """A page with these rows."""
    return lambda: pack(rows)


def pages_of(crowd: Sequence[tuple[str, Sequence[Event]]], size: int = 2) -> list[Page]:
    """The sessions as the store pages them: by session_id."""
    pages = [sorted(crowd)[k : k + size] for k in range(0, len(crowd), size)]
    return [page_of([row for log in page for row in rows_of(log)]) for page in pages]


def in_time(crowd: Sequence[tuple[str, Sequence[Event]]]) -> list[tuple[str, Sequence[Event]]]:
    return sorted(crowd, key=lambda log: (log[1][0].at, log[0]))


@settings(max_examples=60, deadline=None)
@given(
    crowd=CROWDS, size=st.integers(1, 7), simulated=st.sampled_from([None, True, False]), processes=st.integers(1, 3)
)
def test_the_frames_are_those_of_the_fold(crowd: Any, size: int, simulated: bool | None, processes: int) -> None:
    fast, slow = (
        read_pages(pages_of(crowd, size), simulated=simulated, processes=processes),
        read_frames(in_time(crowd), simulated=simulated),
    )

    pd.testing.assert_frame_equal(fast.sessions, slow.sessions, check_exact=True)
    pd.testing.assert_frame_equal(fast.attempts, slow.attempts, check_exact=True)
    assert (fast.data_hash, fast.left_out) == (slow.data_hash, slow.left_out)
    pd.testing.assert_frame_equal(
        read_generations(pages_of(crowd, size), processes=processes), generations_frame(sorted(crowd))
    )


def test_sessions_with_steps_are_those_of_the_fold_too() -> None:
    with open_store(":memory:") as store:
        simulate(OpenStudy.load(ONBOARDING, store=store), 4, 3, size=16)
        fast, slow = read_pages(store.pages("onboarding")), read_frames(store.logs("onboarding"))
        pd.testing.assert_frame_equal(fast.sessions, slow.sessions, check_exact=True)
        pd.testing.assert_frame_equal(fast.attempts, slow.attempts, check_exact=True)
        assert fast.data_hash == slow.data_hash and len(fast.sessions) == 4


@settings(max_examples=10, deadline=None)
@given(crowd=CROWDS.filter(len))
def test_sessions_with_several_images_of_a_prompt_are_those_of_the_fold_too(crowd: Any) -> None:
    several = tuple(from_record(json.loads(line)) for line in WITH_CHOICES.read_text("utf-8").splitlines())
    both = [*crowd, (several[0].session_id, several)]  # type: ignore[attr-defined]  # it begins with an opening
    fast, slow = read_pages(pages_of(both), simulated=True), read_frames(in_time(both), simulated=True)
    pd.testing.assert_frame_equal(fast.sessions, slow.sessions, check_exact=True)
    pd.testing.assert_frame_equal(fast.attempts, slow.attempts, check_exact=True)
    assert fast.data_hash == slow.data_hash
    made = generations_frame(sorted(both))
    pd.testing.assert_frame_equal(read_generations(pages_of(both)), made)
    own = made[made["session_id"] == several[0].session_id]  # type: ignore[attr-defined]
    assert list(own["place"]) == [1, 2] * 3
    assert list(own["outcome"]) == ["timeout", "shown", "shown", "shown", "cancelled", "shown"]
    assert list(own["variation_of"].isna()) == [True] * 2 + [False] * 4


@settings(max_examples=15, deadline=None)
@given(crowd=CROWDS)
def test_what_is_legal_is_never_folded(crowd: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "logs_of", lambda packs: 1 / 0)
        read_pages(pages_of(crowd))
        read_generations(pages_of(crowd))


@settings(max_examples=60, deadline=None)
@given(crowd=CROWDS.filter(len), data=st.data())
def test_what_is_not_legal_is_an_error_where_the_fold_has_one(crowd: Any, data: st.DataObject) -> None:
    rows = [row for log in sorted(crowd) for row in rows_of(log)]
    place = data.draw(st.integers(0, len(rows) - 1))
    session_id, seq, kind, at, text = rows[place]
    fields = json.loads(text)
    match data.draw(st.sampled_from(["drop", "twice", "kind", "attempt", "field", "type", "seq", "moment", "session"])):
        case "drop":
            del rows[place]
        case "twice":
            rows.insert(place, rows[place])
        case "kind":
            rows[place] = (session_id, seq, data.draw(st.sampled_from([*KINDS, "Unknown"])), at, text)
        case "attempt":
            fields["attempt"] = data.draw(st.sampled_from([0, 1, 2, None, "1", 1.0, True]))
            rows[place] = (session_id, seq, kind, at, json.dumps(fields))
        case "field" if fields:
            del fields[data.draw(st.sampled_from(sorted(fields)))]
            rows[place] = (session_id, seq, kind, at, json.dumps(fields))
        case "type" if fields:
            fields[data.draw(st.sampled_from(sorted(fields)))] = data.draw(
                st.sampled_from([None, 7, "x", [1], {"a": 1}])
            )
            rows[place] = (session_id, seq, kind, at, json.dumps(fields))
        case "seq":
            rows[place] = (session_id, seq + 1, kind, at, text)
        case "moment":
            rows[place] = (session_id, seq, kind, data.draw(st.sampled_from(["", "2026-03-01", at[:-6], "x"])), text)
        case _:
            rows[place] = ("another", seq, kind, at, text)
    page = [row for row in rows]
    try:
        slow = read_frames(logs_of(pack(page)))
    except Exception as error:  # of the fold, or of pandas where a value is of another type
        with pytest.raises(type(error)):
            read_pages([page_of(page)])
    else:
        fast = read_pages([page_of(page)])
        keys = ["opened_at", "session_id"]
        expected = slow.sessions.sort_values(keys).reset_index(drop=True)
        pd.testing.assert_frame_equal(fast.sessions, expected)
        assert len(fast.attempts) == len(slow.attempts)


def test_a_kind_of_event_leads_to_one_phase_wherever_it_is_legal() -> None:
    """`columns` relies on it; where that changes, LEGAL must become a table of phases."""
    for (_, kind), phase in NEXT.items():
        if kind in LOOP:
            assert AFTER[list(KINDS).index(kind.__name__)] is phase


def test_a_session_that_breaks_the_rules_is_named(made: ModuleType) -> None:
    crowd = [*made.crowd(5), made.session(77, scores=[4])]
    session_id, log = crowd[-1]
    broken = [*crowd[:-1], (session_id, (log[0], replace(log[2], seq=1)))]

    with pytest.raises(StoreError, match=f"session {session_id}.*breaks the rules"):
        read_pages(pages_of(broken, 10))


def test_an_event_that_cannot_be_read_is_named(made: ModuleType) -> None:
    rows = rows_of(made.session(7, scores=[4]))
    rows[1] = (*rows[1][:4], "{")

    with pytest.raises(StoreError, match=f"session {7:032x}: event 1 can't be read"):
        read_pages([page_of(rows)])


def test_a_page_that_somebody_has_emptied_meanwhile_is_nothing(made: ModuleType) -> None:
    crowd = list(made.crowd(4))

    assert len(read_pages([lambda: [], *pages_of(crowd), lambda: []]).sessions) == 4
    assert read_pages([lambda: []]).sessions.empty


@pytest.mark.parametrize("data", ['{"attempt":\n 1, "score": 4}', '{"score": 4,   "attempt": 1}'])
def test_json_may_be_written_in_another_way(made: ModuleType, data: str) -> None:
    rows = rows_of(made.session(7, scores=[4]))
    place = next(place for place, row in enumerate(rows) if row[2] == "AttemptScored")
    expected = read_frames(logs_of(pack(rows)))
    rows[place] = (*rows[place][:4], data)

    assert read_pages([page_of(rows)]).attempts.equals(expected.attempts)


def test_events_that_come_in_another_order_are_put_in_theirs(made: ModuleType) -> None:
    rows = rows_of(made.session(7, scores=[4, 6]))
    expected = read_pages([page_of(rows)])

    found = read_pages([page_of(rows[::-1])])

    assert found.attempts.equals(expected.attempts)
    assert found.data_hash == expected.data_hash


@pytest.mark.parametrize("column", [2, 3, 4])
def test_what_stands_between_values_is_an_error_within_one(made: ModuleType, column: int) -> None:
    rows = [list(row) for row in rows_of(made.session(7, scores=[4]))]
    rows[1][column] += BETWEEN

    with pytest.raises(StoreError, match=f"session {7:032x}: an event can't be read"):
        read_pages([page_of([tuple(row) for row in rows])])


@pytest.mark.parametrize("package", ["pyarrow", "msgspec"])
def test_without_a_package_everything_goes_through_the_fold(
    made: ModuleType, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    crowd = list(made.crowd(10))
    expected = read_frames(in_time(crowd))
    monkeypatch.setitem(__import__("sys").modules, package, None)
    pieces._decoder.cache_clear()

    pd.testing.assert_frame_equal(read_pages(pages_of(crowd)).attempts, expected.attempts)


def test_what_an_older_version_wrote_reads_the_same() -> None:
    """Events without the fields that came later: the version of a generator, what a unit is of."""
    rows = [
        ("s", 0, "SessionOpened", "2026-03-01T00:00:00.000000+00:00", json.dumps(dict.fromkeys(
            ["study", "study_hash", "worker_id", "unit_id", "arm", "target_id", "target_sha256"], "x") | {"seed": 1})),
        ("s", 1, "PromptSubmitted", "2026-03-01T00:01:00.000000+00:00",
         '{"attempt": 1, "prompt": "p", "seed": 1, "idempotency_key": "k"}'),
        ("s", 2, "ImageGenerated", "2026-03-01T00:02:00.000000+00:00",
         '{"attempt": 1, "image_sha256": "i", "width": 1, "height": 1, "wait_s": 60, "generator": "g"}'),
    ]  # fmt: skip
    slow = read_frames(logs_of(pack(rows)))

    pd.testing.assert_frame_equal(read_pages([page_of(rows)]).attempts, slow.attempts)
    pd.testing.assert_frame_equal(read_pages([page_of(rows)]).sessions, slow.sessions)
    assert slow.sessions[["form_version", "position", "stratum"]].isna().all(axis=None)
    assert list(slow.attempts["generator_version"]) == [""]

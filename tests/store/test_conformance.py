"""What every store does, whatever it keeps its sessions in."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imgloop_widgets.errors import Conflict, StoreError
from imgloop_widgets.events import SessionFinished
from imgloop_widgets.loop import Phase, fold
from imgloop_widgets.signals import Noted
from imgloop_widgets.store import Incident, Lease, Store, Upload, telemetry
from imgloop_widgets.store.log import stored
from imgloop_widgets.store.opening import opened_again
from imgloop_widgets.store.packs import pack, unpacked

NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)


def test_a_new_store_is_empty(store: Store) -> None:
    assert store.sessions() == []
    assert list(store.logs()) == []
    assert store.incidents() == []
    assert store.find_session("look_alike", "w1", "1") is None


def test_a_session_is_opened_once(store: Store, build: ModuleType) -> None:
    first = build.opened(1)
    assert store.open_session(first) == (first.session_id, (first,))
    again = build.opened(2, worker_id="w1", at=build.START + timedelta(minutes=5))
    assert store.open_session(again) == (first.session_id, (first,))
    assert store.sessions() == [first]
    assert store.find_session("look_alike", "w1", "1") == first.session_id


def test_opening_again_gives_all_that_has_happened(store: Store, build: ModuleType) -> None:
    session, events = store.open_session(build.opened())
    store.append(session, build.played())
    assert store.open_session(build.opened(9, worker_id="w1")) == (session, (*events, *build.played()))


@pytest.mark.parametrize("other", [{"study": "other"}, {"worker_id": "other"}, {"unit_id": "other"}])
def test_another_study_worker_or_unit_is_another_session(
    store: Store, build: ModuleType, other: dict[str, str]
) -> None:
    store.open_session(build.opened(1))
    session, _ = store.open_session(build.opened(2, **{"worker_id": "w1", **other}))
    assert session == build.session_id(2)
    assert len(store.sessions()) == 2


def test_an_id_that_is_taken_opens_nothing(store: Store, build: ModuleType) -> None:
    store.open_session(build.opened(1))
    with pytest.raises(Conflict, match="exists already"):
        store.open_session(build.opened(1, worker_id="somebody else"))
    assert len(store.sessions()) == 1


def test_an_opening_is_the_first_event(store: Store, build: ModuleType) -> None:
    with pytest.raises(StoreError, match="seq 0; not 3"):
        store.open_session(replace(build.opened(), seq=3))
    assert store.sessions() == []


def test_events_come_back_as_they_were(store: Store, build: ModuleType) -> None:
    session, _ = store.open_session(build.opened())
    store.append(session, build.played())
    events = store.read(session)
    assert events == (build.opened(), *build.played())
    assert all(event.at.utcoffset() == timedelta(0) for event in events)
    assert fold(events).phase is Phase.FINISHED


def test_reading_can_begin_anywhere(store: Store, build: ModuleType) -> None:
    session, _ = store.open_session(build.opened())
    store.append(session, build.played())
    assert store.read(session, since=8) == tuple(build.played()[7:])
    assert store.read(session, since=11) == ()


def test_the_length_is_the_next_seq(store: Store, build: ModuleType) -> None:
    assert store.length(build.session_id()) == 0
    session, _ = store.open_session(build.opened())
    assert store.length(session) == 1
    store.append(session, build.played())
    assert store.length(session) == 11


def test_an_unknown_session_has_no_events_and_takes_none(store: Store, build: ModuleType) -> None:
    assert store.read("nobody") == ()
    with pytest.raises(StoreError, match="there is no session nobody"):
        store.append("nobody", [build.prompted(1)])


def test_a_seq_is_taken_once(store: Store, build: ModuleType) -> None:
    session, _ = store.open_session(build.opened())
    store.append(session, [build.prompted(1, prompt="first")])
    with pytest.raises(Conflict, match="event 1 exists already"):
        store.append(session, [build.prompted(1, prompt="second")])
    assert [event.prompt for event in store.read(session, since=1)] == ["first"]


def test_a_session_is_not_opened_by_append(store: Store, build: ModuleType) -> None:
    session, _ = store.open_session(build.opened())
    with pytest.raises(Conflict):
        store.append(session, [build.opened()])


@pytest.mark.parametrize("seqs", [[2], [1, 3], [1, 1], [2, 1], [1, 2, 0]])
def test_a_gap_or_disorder_appends_nothing(store: Store, build: ModuleType, seqs: list[int]) -> None:
    session, _ = store.open_session(build.opened())
    with pytest.raises(Conflict):
        store.append(session, [build.prompted(seq) for seq in seqs])
    assert store.length(session) == 1


def test_all_events_are_appended_or_none(store: Store, build: ModuleType) -> None:
    session, _ = store.open_session(build.opened())
    with pytest.raises(StoreError, match=r"event 2 \(FormSubmitted\) can't be stored as JSON"):
        store.append(session, [build.prompted(1), build.answered(2, photo=object())])
    assert store.length(session) == 1
    store.append(session, [build.prompted(1)])


def test_appending_nothing_changes_nothing(store: Store, build: ModuleType) -> None:
    session, _ = store.open_session(build.opened())
    store.append(session, [])
    assert store.length(session) == 1


def test_sessions_that_still_go_on_are_listed_alone(store: Store, build: ModuleType) -> None:
    going, done = build.opened(1), build.opened(2)
    for opening in (going, done):
        store.open_session(opening)
    store.append(done.session_id, [SessionFinished(seq=1, at=NOW, reason="exited")])
    assert store.sessions(finished=False) == [going]
    assert len(store.sessions()) == 2


def test_moments_of_another_zone_are_the_same_moments(store: Store, build: ModuleType) -> None:
    kolkata = timezone(timedelta(hours=5, minutes=30))
    early = build.opened(1, at=datetime(2026, 3, 1, 14, 0, tzinfo=kolkata))  # 08:30 UTC
    late = build.opened(2, at=datetime(2026, 3, 1, 9, 0, tzinfo=UTC))
    store.open_session(late)
    store.open_session(early)
    assert [opened.session_id for opened in store.sessions()] == [early.session_id, late.session_id]
    assert store.sessions()[0].at == early.at


def test_a_moment_without_a_zone_is_refused(store: Store, build: ModuleType) -> None:
    with pytest.raises(StoreError, match="time zone"):
        store.open_session(build.opened(at=datetime(2026, 3, 1)))


def test_sessions_are_listed_by_study_and_time(store: Store, build: ModuleType) -> None:
    for number, minutes, study in [(1, 30, "a"), (2, 10, "b"), (3, 20, "a")]:
        store.open_session(build.opened(number, study=study, at=build.START + timedelta(minutes=minutes)))
    assert [opened.worker_id for opened in store.sessions()] == ["w2", "w3", "w1"]
    assert [opened.worker_id for opened in store.sessions("a")] == ["w3", "w1"]
    assert store.sessions("unknown") == []


def test_logs_gives_every_session_whole(store: Store, build: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imgloop_widgets.store.store.PAGE", 3)  # 0, 1, 2, 3 and 4 pages
    expected = {}
    for number in range(9):
        study = "a" if number % 2 else "b"
        session, _ = store.open_session(build.opened(number, study=study))
        store.append(session, build.prompts(1, number))
        expected[session] = store.read(session)
        assert dict(store.logs()) == expected
    assert [session for session, _ in store.logs()] == sorted(expected)  # all opened at one moment: by id
    assert [session for session, _ in store.logs("a")] == [build.session_id(n) for n in (1, 3, 5, 7)]


def test_logs_holds_nothing_while_the_caller_works(store: Store, build: ModuleType) -> None:
    store.open_session(build.opened(1))
    for session, events in store.logs():
        store.append(session, [build.prompted(len(events))])
    assert store.length(build.session_id(1)) == 2


def test_text_of_any_kind_comes_back(store: Store, build: ModuleType) -> None:
    strange = "bär 🐻 'quoted' \"twice\" \\ %s :name \x00 \u2028 \ud83d end"  # half a surrogate pair, from a browser
    session, _ = store.open_session(build.opened(worker_id="wörker '; DROP TABLE events; --"))
    store.append(session, [build.answered(1, text=strange)])
    assert store.read(session, since=1)[0].answers == {"text": strange}
    assert store.find_session("look_alike", "wörker '; DROP TABLE events; --", "1") == session


STRANGE = "half \ud83d, a \x00 and a backslash \\"
"""What some browser may send, and no column of text takes."""
ESCAPED = "half \\ud83d, a \\x00 and a backslash \\"


def test_strange_text_is_lost_nowhere_in_a_session(store: Store, build: ModuleType) -> None:
    session, _ = store.open_session(build.opened())
    events = [
        build.prompted(1, prompt=STRANGE),
        build.finished(2, prompt=STRANGE),
    ]
    store.append(session, events)
    store.save_draft(session, 1, {STRANGE: STRANGE})
    store.save_sheet(session, {STRANGE: [STRANGE]})
    assert store.read(session, since=1) == tuple(events)
    assert [log[1:] for _, log in store.logs()] == [tuple(events)]
    assert store.draft(session) == (1, {STRANGE: STRANGE})
    assert store.sheet(session) == {STRANGE: [STRANGE]}


def test_strange_text_beside_the_log_is_kept_as_escapes(store: Store) -> None:
    store.record_incident("i-1", NOW, None, STRANGE)
    store.pause("s", NOW, STRANGE)
    paused = store.paused("s")
    assert (store.incidents()[0].text, paused and paused.why) == (ESCAPED, ESCAPED)
    kept = store.keep_upload("s", b"notes", STRANGE)
    assert (kept.type, store.uploads("s")) == (ESCAPED, {kept.sha256: kept})


def test_a_worker_id_that_is_no_text_is_one_clear_error(store: Store, build: ModuleType) -> None:
    with pytest.raises(StoreError, match="a value can't be stored"):
        store.open_session(build.opened(worker_id="\ud800"))
    assert store.sessions() == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.dictionaries(st.text(), JSON, max_size=4))
def test_a_draft_comes_back_as_it_was(store: Store, values: dict[str, object]) -> None:
    store.save_draft("s", 4, values)
    assert store.draft("s") == (4, values)


def test_the_latest_draft_is_kept_and_a_late_one_dropped(store: Store) -> None:
    assert store.draft("s") is None
    store.save_draft("s", 2, {"prompt": "a be"})
    store.save_draft("s", 2, {"prompt": "a bear"})
    assert store.draft("s") == (2, {"prompt": "a bear"})
    store.save_draft("s", 4, {"prompt": ""})
    store.save_draft("s", 2, {"prompt": "a bear, sent long ago"})
    assert store.draft("s") == (4, {"prompt": ""})
    assert store.draft("another") is None


def test_the_latest_sheet_is_kept(store: Store) -> None:
    assert store.sheet("s") is None
    store.save_sheet("s", {"shown": {"0.1": True}})
    store.save_sheet("s", {"shown": {"0.1": False}, "added": [["pets", "pet", {"kind": "Bär 🐻"}]]})
    assert store.sheet("s") == {"shown": {"0.1": False}, "added": [["pets", "pet", {"kind": "Bär 🐻"}]]}
    assert store.sheet("another") is None


def test_a_sheet_is_no_draft_and_outlives_it(store: Store) -> None:
    store.save_sheet("s", {"shown": {"0.1": True}})
    assert store.draft("s") is None
    store.save_draft("s", 4, {"prompt": "a bear"})
    assert store.sheet("s") == {"shown": {"0.1": True}}


def test_one_holder_makes_the_image(store: Store) -> None:
    assert store.claim("s", 3, "tab 1", NOW, 60)
    assert not store.claim("s", 3, "tab 2", NOW + timedelta(seconds=59), 60)


def test_a_holder_renews_its_lease(store: Store) -> None:
    assert store.claim("s", 3, "tab 1", NOW, 60)
    assert store.claim("s", 3, "tab 1", NOW + timedelta(seconds=50), 60)
    assert not store.claim("s", 3, "tab 2", NOW + timedelta(seconds=100), 60)


def test_a_lease_that_is_over_is_taken_over(store: Store) -> None:
    assert store.claim("s", 3, "tab 1", NOW, 60)
    assert store.claim("s", 3, "tab 2", NOW + timedelta(seconds=60), 60)
    assert not store.claim("s", 3, "tab 1", NOW + timedelta(seconds=61), 60)


def test_a_release_frees_what_the_holder_has_and_nothing_else(store: Store) -> None:
    assert store.claim("s", 3, "tab 1", NOW, 60)
    store.release("s", "tab 2")
    assert not store.claim("s", 3, "tab 2", NOW, 60)
    store.release("s", "tab 1")
    assert store.claim("s", 3, "tab 2", NOW, 60)


def test_an_image_is_claimed_with_the_prompt_that_owes_it_and_given_back_with_what_came_of_it(
    store: Store, build: ModuleType
) -> None:
    session, _ = store.open_session(build.opened())
    store.append(session, [build.prompted(1)], lease=Lease(holder="tab 1", until=NOW + timedelta(seconds=60)))
    assert not store.claim(session, 2, "tab 2", NOW + timedelta(seconds=59), 60)
    assert store.claim(session, 2, "tab 1", NOW, 60)
    store.append(session, [build.generated(2)], lease=Lease(holder="tab 2"))
    assert not store.claim(session, 2, "tab 2", NOW, 60)
    store.append(session, [build.scored(3)], lease=Lease(holder="tab 1"))
    assert store.claim(session, 2, "tab 2", NOW, 60)


def test_what_can_t_be_appended_claims_nothing(store: Store, build: ModuleType) -> None:
    session, _ = store.open_session(build.opened())
    store.append(session, [build.prompted(1)])
    with pytest.raises(Conflict):
        store.append(session, [build.prompted(1)], lease=Lease(holder="tab 1", until=NOW + timedelta(seconds=60)))
    assert store.claim(session, 2, "tab 2", NOW, 60)


def test_leases_of_other_images_and_sessions_are_apart(store: Store) -> None:
    assert store.claim("s", 3, "tab 1", NOW, 60)
    assert store.claim("s", 6, "tab 2", NOW, 60)
    assert store.claim("t", 3, "tab 2", NOW, 60)


def test_incidents_are_read_from_the_latest(store: Store) -> None:
    for number in range(5):
        store.record_incident(f"i-{number}", NOW + timedelta(seconds=number), "s" if number else None, f"text {number}")
    assert [incident.incident for incident in store.incidents(limit=2)] == ["i-4", "i-3"]
    assert store.incidents()[-1] == Incident(incident="i-0", at=NOW, session_id=None, text="text 0")


def test_an_incident_is_recorded_whatever_its_text(store: Store) -> None:
    store.record_incident("i-1", NOW, None, "broken \ud800 and \x00")
    store.record_incident("i-1", NOW, None, "the same number again")
    assert {incident.text for incident in store.incidents()} == {
        "broken \\ud800 and \\x00",
        "the same number again",
    }


def test_an_image_is_kept_by_its_content(store: Store) -> None:
    name = store.put_image(b"picture")
    assert name == "2cea274d0bedc39ec4ab6ba9e59ec889e3ed6fb56a1cf088a64d9b383378dc97"  # by sha256sum
    assert store.put_image(b"picture") == name
    assert store.put_image(b"another") != name
    assert store.get_image(name) == b"picture"


def test_a_missing_image_is_one_clear_error(store: Store) -> None:
    with pytest.raises(StoreError, match="missing"):
        store.get_image("0" * 64)
    assert store.image_path("0" * 64) is None


@pytest.mark.parametrize("name", ["", "abc", "../" * 21 + "a", "A" * 64, "0" * 63 + "/", "0" * 64 + "\n", "0" * 65])
def test_an_image_is_named_by_64_hex_digits(store: Store, name: str) -> None:
    with pytest.raises(StoreError, match="64 hex digits"):
        store.get_image(name)
    with pytest.raises(StoreError, match="64 hex digits"):
        store.image_path(name)


def test_a_file_is_kept_by_its_content(store: Store) -> None:
    name = store.put_file(b"picture")
    assert name == "2cea274d0bedc39ec4ab6ba9e59ec889e3ed6fb56a1cf088a64d9b383378dc97"  # by sha256sum
    assert store.put_file(b"picture") == name
    assert store.put_file(b"") != name
    assert store.get_file(name) == b"picture"
    assert store.has_file(name)


def test_files_and_images_are_apart(store: Store) -> None:
    name = store.put_file(b"picture")
    with pytest.raises(StoreError, match="missing"):
        store.get_image(name)
    assert not store.has_file(store.put_image(b"another"))


def test_a_missing_file_is_one_clear_error(store: Store) -> None:
    with pytest.raises(StoreError, match="is missing"):
        store.get_file("0" * 64)


@pytest.mark.parametrize(
    "name", ["", "abc", "../" * 21 + "a", "A" * 64, "0" * 63 + "/", "0" * 64 + "\n", None, 7, [], b"0"]
)
def test_there_is_no_file_under_what_is_no_name(store: Store, name: Any) -> None:
    assert not store.has_file(name)
    with pytest.raises(StoreError, match="the name of a file must be 64 hex digits"):
        store.get_file(name)


def test_what_a_session_has_uploaded_is_its_own(store: Store) -> None:
    kept = store.keep_upload("s", b"picture", "image/png")
    assert kept == Upload(sha256=store.put_file(b"picture"), size=7, type="image/png")
    assert store.uploads("s") == {kept.sha256: kept}
    assert store.uploads("another") == {}
    assert store.keep_upload("another", b"picture").type == ""
    assert store.get_file(kept.sha256) == b"picture"


def test_the_same_file_again_is_one_upload(store: Store) -> None:
    first = store.keep_upload("s", b"picture", "image/png")
    store.keep_upload("s", b"picture", "image/gif")
    second = store.keep_upload("s", b"another")
    assert store.uploads("s") == {first.sha256: first, second.sha256: second}


def test_threads_share_a_store(store: Store, build: ModuleType) -> None:
    def work(number: int) -> None:
        session, _ = store.open_session(build.opened(number))
        for seq in range(1, 11):
            store.append(session, [build.prompted(seq)])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))
    assert [len(events) for _, events in store.logs()] == [11] * 8


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(StoreError, match=r"can't list the sessions: the store was closed; open it again"):
        store.sessions()


def test_rows_are_what_logs_gives_before_anybody_has_looked(
    store: Store, build: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        session, _ = store.open_session(build.opened(9 - number, study="a" if number % 2 else "b"))
        store.append(session, build.played())
    for study in (None, "a", "unknown"):
        pages = list(store.rows(study, sessions=2))
        expected = [stored(session, event) for session, events in sorted(store.logs(study)) for event in events]
        assert [row for page in pages for row in page] == expected
        assert all(page[0][1] == 0 for page in pages)  # whole sessions


def test_pages_are_the_rows_a_session_each_and_may_be_read_at_once(store: Store, build: ModuleType) -> None:
    for number in range(7):
        session, _ = store.open_session(build.opened(9 - number, study="a" if number % 2 else "b"))
        store.append(session, build.played())
    for study in (None, "a", "unknown"):
        rows = [row for page in store.rows(study) for row in page]
        with ThreadPoolExecutor(3) as pool:
            read = list(pool.map(lambda page: page(), store.pages(study, sessions=2)))
        assert [session for page in read for session in page] == pack(rows)
        assert [row for page in read for own in unpacked(page) for row in own] == rows


def test_a_page_is_read_by_another_process_at_its_address(store: Store, build: ModuleType) -> None:
    session, _ = store.open_session(build.opened(1))
    store.append(session, build.played())
    page = next(store.pages("look_alike"))
    if page.address is None:
        assert store.where == "the store in memory"
        return
    with opened_again(page.address) as again:
        assert again.packs(page.study, page.span) == page()
        assert next(again.pages()).address == page.address
    assert str(page.address.password or "none") not in repr(page)


def test_a_page_of_a_store_that_was_closed_says_so(store: Store, build: ModuleType) -> None:
    store.open_session(build.opened(1))
    page = next(store.pages())
    store.close()
    with pytest.raises(StoreError, match=r"can't read the sessions: the store was closed; open it again"):
        page()


def test_sessions_are_added_whole(store: Store, build: ModuleType) -> None:
    logs = [[build.opened(number), *build.played()[: number * 2]] for number in range(5)]
    store.add_sessions(logs)
    assert [list(events) for _, events in store.logs()] == logs
    assert store.find_session("look_alike", "w3", "1") == build.session_id(3)
    store.append(build.session_id(0), [build.answered(1)])


def test_all_sessions_are_added_or_none(store: Store, build: ModuleType) -> None:
    store.open_session(build.opened(3))
    with pytest.raises(Conflict, match="exists already, so none was added"):
        store.add_sessions([[build.opened(2)], [build.opened(3)]])
    with pytest.raises(Conflict):
        store.add_sessions([[build.opened(2)], [build.opened(4, worker_id="w3")]])
    with pytest.raises(StoreError, match="without a gap"):
        store.add_sessions([[build.opened(2)], [build.opened(4), build.prompted(2)]])
    with pytest.raises(StoreError, match="must begin with SessionOpened"):
        store.add_sessions([[build.opened(2)], []])
    assert [opened.session_id for opened in store.sessions()] == [build.session_id(3)]
    store.add_sessions([])


PAGES = [f"123e4567-e89b-42d3-a456-42661417400{k}" for k in range(3)]


def note(attempt: int = 1, phase: str = "writing", page: int = 0, **values: float) -> Noted:
    return Noted(page=PAGES[page], attempt=attempt, phase=phase, values=values or {"keys": 3, "open_s": 2.5})


def test_what_a_page_notes_comes_back_by_attempt_and_a_newer_total_takes_the_place_of_an_older_one(
    store: Store, build: ModuleType
) -> None:
    session, _ = store.open_session(build.opened())
    store.note(session, [note(2), note(1, "judging", open_s=0.125), note(1, keys=1)], NOW)
    store.note(session, [note(1, keys=7, pastes=1), note(1, page=1, keys=2)], NOW + timedelta(seconds=5))
    found = [(t.noted.attempt, t.noted.phase, t.noted.page, t.noted.values) for t in store.telemetry("look_alike")]
    assert found == [
        (1, "judging", PAGES[0], {"open_s": 0.125}),
        (1, "writing", PAGES[0], {"keys": 7, "pastes": 1}),
        (1, "writing", PAGES[1], {"keys": 2}),
        (2, "writing", PAGES[0], {"keys": 3, "open_s": 2.5}),
    ]
    assert [t.at for t in store.telemetry()][:2] == [NOW, NOW + timedelta(seconds=5)]
    store.note(session, [note(1, keys=7, pastes=1)], NOW + timedelta(seconds=5))  # the same message again
    assert len(store.telemetry()) == 4


def test_what_pages_note_is_read_by_study(store: Store, build: ModuleType) -> None:
    for number, study in enumerate(("a", "b")):
        session, _ = store.open_session(build.opened(number, study=study))
        store.note(session, [note(keys=number)], NOW)
    assert [t.noted.values for t in store.telemetry("b")] == [{"keys": 1}]
    assert len(store.telemetry()) == 2 and store.telemetry("c") == []


def test_nothing_is_noted_of_a_session_that_there_is_not_or_no_longer(store: Store, build: ModuleType) -> None:
    session, _ = store.open_session(build.opened())
    store.note(build.session_id(9), [note()], NOW)
    store.note(session, [note()], NOW)
    store.forget("w1")
    store.note(session, [note()], NOW)  # its page is still open somewhere
    assert store.telemetry() == [] and store.holdings("w1").rows["telemetry"] == 0


def test_a_session_s_notes_have_an_end(store: Store, build: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telemetry, "MOST_ROWS", 3)
    session, _ = store.open_session(build.opened())
    store.note(session, [note(attempt) for attempt in range(1, 9)], NOW)
    assert [t.noted.attempt for t in store.telemetry()] == [1, 2, 3]


def test_what_pages_note_is_no_event(store: Store, build: ModuleType) -> None:
    session, _ = store.open_session(build.opened())
    before = list(store.rows())
    store.note(session, [note()], NOW)
    assert list(store.rows()) == before and store.length(session) == 1


def crowded(store: Store, build: ModuleType) -> dict[str, str]:
    """Three workers; zoe with two sessions in two studies, an image of her own and one that bo was shown too."""
    shown = {name: store.put_image(name.encode()) for name in ("zoe's", "both's", "bo's")}
    plays = [("zoe", "a", ("zoe's", "both's")), ("zoe", "b", ("zoe's",)), ("bo", "a", ("both's", "bo's"))]
    for number, (worker, study, images) in enumerate(plays):
        session, _ = store.open_session(build.opened(number, worker_id=worker, study=study))
        for k, image in enumerate(images):
            prompt = build.prompted(1 + 2 * k, attempt=k + 1, prompt=f"a secret of {worker}")
            picture = replace(build.generated(2 + 2 * k, attempt=k + 1), image_sha256=shown[image])
            store.append(session, [prompt, picture])
        store.save_draft(session, 3, {"prompt": f"{worker} was typing"})
        store.record_incident(f"i-{number}", NOW, session, f"{worker} met it")
        store.claim(session, 3, "tab", NOW, 60)
        store.note(session, [note(), note(phase="judging")], NOW)
    store.record_incident("i-9", NOW, None, "outside of a session")
    store.open_session(build.opened(7, worker_id="ada"))
    return shown


def test_a_forgotten_worker_is_gone_and_nobody_else(store: Store, build: ModuleType) -> None:
    shown = crowded(store, build)
    others = {session: events for session, events in store.logs() if events[0].worker_id != "zoe"}
    zoe, bo = build.session_id(0), build.session_id(2)
    hers, both = store.keep_upload(zoe, b"zoe's file"), store.keep_upload(zoe, b"both's file")
    store.keep_upload(bo, b"both's file")
    store.save_sheet(zoe, {"shown": {"0": True}})

    found = store.forget("zoe")

    assert found.files == (hers.sha256,)
    assert (store.has_file(hers.sha256), store.has_file(both.sha256)) == (False, True)
    assert (store.uploads(zoe), set(store.uploads(bo)), store.sheet(zoe)) == ({}, {both.sha256}, None)

    assert found.sessions == (build.session_id(0), build.session_id(1))
    assert (found.images, found.shared) == ((shown["zoe's"],), 1)
    rows = {
        "drafts": 2,
        "sheets": 1,
        "uploads": 2,
        "leases": 2,
        "incidents": 2,
        "telemetry": 4,
        "events": 8,
        "sessions": 2,
    }
    assert {table: number for table, number in found.rows.items() if number} == rows
    assert dict(store.logs()) == others
    assert {incident.incident for incident in store.incidents()} == {"i-2", "i-9"}
    assert store.draft(build.session_id(0)) is None
    assert {t.session_id for t in store.telemetry()} == {bo}
    assert store.draft(build.session_id(2)) == (3, {"prompt": "bo was typing"})
    assert store.get_image(shown["both's"]) == b"both's"
    assert store.get_image(shown["bo's"]) == b"bo's"
    with pytest.raises(StoreError, match="missing"):
        store.get_image(shown["zoe's"])


def test_looking_for_a_worker_removes_nothing(store: Store, build: ModuleType) -> None:
    crowded(store, build)
    before = dict(store.logs())
    assert store.holdings("zoe").rows["events"] == 8
    assert dict(store.logs()) == before
    nobody = store.holdings("nobody")
    assert (nobody.sessions, nobody.images, nobody.shared, sum(nobody.rows.values())) == ((), (), 0, 0)


def test_forgetting_again_does_no_harm(store: Store, build: ModuleType) -> None:
    crowded(store, build)
    store.forget("zoe")
    before = dict(store.logs())
    assert store.forget("zoe").sessions == ()
    assert dict(store.logs()) == before


def test_an_interrupted_forgetting_is_done_by_the_next(
    store: Store, build: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = crowded(store, build)
    before = dict(store.logs())
    with monkeypatch.context() as broken:
        broken.setattr("imgloop_widgets.store.forgetting.remove_rows", lambda *_: 1 / 0)  # the images are gone by then
        with pytest.raises(ZeroDivisionError):
            store.forget("zoe")
    assert dict(store.logs()) == before
    assert store.forget("zoe").images == (shown["zoe's"],)
    assert store.holdings("zoe").sessions == ()


def test_events_can_still_not_be_deleted_after_a_forgetting(store: Store, build: ModuleType) -> None:
    crowded(store, build)
    store.forget("zoe")
    with (
        pytest.raises(StoreError, match="events are appended, never deleted"),
        store._transaction("delete", writes=True) as connection,
    ):
        connection.exec_driver_sql("DELETE FROM events")

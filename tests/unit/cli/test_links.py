"""`imgloop links`."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets.access import Entrance
from imgloop_widgets.access.keys import known_keys
from imgloop_widgets.cli.links import make_links, workers_of
from imgloop_widgets.errors import Refused
from imgloop_widgets.identity import Identity, identify
from imgloop_widgets.loop import Exit
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.panel_table import OUTCOMES
from imgloop_widgets.store import open_store
from imgloop_widgets.study import load_study

Run = Callable[..., Any]
Enter = Callable[..., Identity]


def test_a_link_gives_what_is_due_unless_units_are_asked_for(study: Path, run: Run) -> None:
    urls = run("links", study, "--workers", 2, "--base-url", "https://study.example.org/").out.split()

    assert urls == [f"https://study.example.org/?worker_id=w00{n}" for n in (1, 2)]


def test_links_that_name_units_are_spread_over_them_and_can_be_entered(study: Path, run: Run) -> None:
    ran = run("links", study, "--units", "--workers", 8, "--base-url", "https://study.example.org/")

    urls = ran.out.split()
    assert urls[0] == "https://study.example.org/?worker_id=w001&id=1"
    assert [identify(url.partition("?")[2]).unit for url in urls] == [1, 2, 3, 4, 5, 6, 1, 2]
    assert len(set(urls)) == 8


def test_links_as_a_table_on_the_screen_and_in_a_file(study: Path, run: Run, tmp_path: Path) -> None:
    shown = run("links", study, "--units", "--csv", "-").out
    ran = run("links", study, "--units", "--csv", tmp_path / "links.csv")

    rows = list(csv.DictReader(io.StringIO(shown)))
    assert [row["unit"] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert (tmp_path / "links.csv").read_text() == shown
    assert "6 links" in ran.out


@pytest.mark.parametrize("wrong", [["--prefix", "a b"], ["--base-url", "study.example.org"]])
def test_links_that_nobody_could_enter_by_are_refused(wrong: list[str], study: Path, run: Run) -> None:
    ran = run("links", study, *wrong)

    assert (ran.code, ran.out) == (1, "")


def test_a_prefix_that_nobody_could_enter_with_is_told_to_the_researcher(study: Path, run: Run) -> None:
    ran = run("links", study, "--prefix", "a b&c")

    assert "--prefix: must have no spaces" in ran.err
    assert "Please" not in ran.err  # that is how workers are spoken to


def test_a_table_for_a_folder_that_is_missing_names_the_folder(study: Path, run: Run, tmp_path: Path) -> None:
    ran = run("links", study, "--csv", tmp_path / "nope" / "x.csv")

    assert (ran.code, ran.out) == (1, "")
    assert f"the folder {tmp_path / 'nope'} is missing; make it first" in ran.err


def test_links_for_an_address_that_was_only_assumed_say_so_beside_the_output(study: Path, run: Run) -> None:
    assumed, given = run("links", study), run("links", study, "--base-url", "http://127.0.0.1:8866/")

    assert assumed.out == given.out
    assert "--base-url" in assumed.err
    assert given.err == ""


def test_without_a_number_there_are_links_for_all_units(study: Path, run: Run) -> None:
    assert len(run("links", study).out.split()) == len(run("links", study, "--units").out.split()) == 6
    text = (study / "study.toml").read_text()
    (study / "study.toml").write_text(f"{text}\n[assignment]\nunits_per_worker = 2\n")
    assert len(run("links", study).out.split()) == 3


def test_a_link_names_the_worker_and_the_unit(study: Path) -> None:
    (link,) = make_links(load_study(study), "http://localhost:1/x/", workers_of(1, 5, prefix="ä&", per_unit=True))

    assert identify(link.url.partition("?")[2]) == Identity(worker_id="ä&001", unit=1)
    assert link.url.startswith("http://localhost:1/x/?")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return tmp_path / "results"


@pytest.fixture
def enter(results: Path) -> Enter:
    """Enter a study by a link, as its server would let one in."""

    def enter(folder: Path, url: str, *, after: timedelta = timedelta(0)) -> Identity:
        with open_store(results) as store:
            entrance = Entrance(study=load_study(folder), store=store)
            admitted = entrance.admit(url.strip().partition("?")[2], datetime.now(UTC) + after)
        assert admitted.identity is not None
        return admitted.identity

    return enter


def with_access(study: Path, access: str) -> Path:
    file = study / "study.toml"
    file.write_text(file.read_text().replace('access = "open"', f'access = "{access}"'))
    return study


@pytest.fixture
def signed(study: Path) -> Path:
    """The small study, with signed links."""
    return with_access(study, "signed")


@pytest.fixture
def prolific(study: Path) -> Path:
    """The small study, on a panel."""
    return with_access(study, "prolific")


def test_signed_links_are_the_same_each_time_and_let_their_workers_in(signed: Path, run: Run, enter: Enter) -> None:
    urls = run("links", signed, "--units", "--workers", 3, "--base-url", "https://x.org").out.split()

    assert urls == run("links", signed, "--units", "--workers", 3, "--base-url", "https://x.org").out.split()
    assert [enter(signed, url) for url in urls] == [Identity(worker_id=f"w00{n}", unit=n) for n in (1, 2, 3)]


def test_a_link_for_one_worker_has_a_unit_or_what_is_due(signed: Path, run: Run, enter: Enter) -> None:
    given = run("links", signed, "--worker", "ana", "--unit", 4).out
    due = run("links", signed, "--worker", "ana").out
    many = run("links", signed, "--csv", "-").out

    assert enter(signed, given) == Identity(worker_id="ana", unit=4)
    assert enter(signed, due) == Identity(worker_id="ana")
    assert [row["unit"] for row in csv.DictReader(io.StringIO(many))] == [""] * 6


def test_a_link_expires_when_it_was_said(signed: Path, run: Run, enter: Enter) -> None:
    url = run("links", signed, "--worker", "ana", "--expires", "7d").out

    assert enter(signed, url, after=timedelta(days=6, hours=23)).worker_id == "ana"
    with pytest.raises(Refused, match="its time is over"):
        enter(signed, url, after=timedelta(days=7, seconds=1))


@pytest.mark.parametrize(
    "wrong",
    [
        ["--expires", "soon"],
        ["--expires", "0d"],
        ["--expires", "99999w", "--worker", "ana", "--expires", "999999w"],
        ["--unit", "3"],
        ["--worker", "a b"],
        ["--worker", "ana", "--unit", "7"],
    ],
)
def test_links_that_can_not_be_made_as_asked_say_why(wrong: list[str], signed: Path, run: Run) -> None:
    ran = run("links", signed, *wrong)

    assert (ran.code, ran.out) == (1, "")
    assert wrong[-2] in ran.err
    assert "Please" not in ran.err


def test_an_open_link_can_not_expire(study: Path, run: Run) -> None:
    assert "has no effect with access = 'open'" in run("links", study, "--expires", "7d").err


def test_a_link_that_was_revoked_is_replaced_by_the_next_and_can_be_let_in_again(
    signed: Path, run: Run, enter: Enter
) -> None:
    first = run("links", signed, "--worker", "ana").out.strip()
    assert "this link is let in no more" in run("revoke", first, signed).out
    assert "this link was revoked before" in run("revoke", first, signed).out

    with pytest.raises(Refused, match="no longer valid"):
        enter(signed, first)
    second = run("links", signed, "--worker", "ana").out.strip()
    assert enter(signed, second) == Identity(worker_id="ana")
    assert "this link is let in again" in run("revoke", first, signed, "--undo").out
    assert "this link was not revoked" in run("revoke", first, signed, "--undo").out
    assert enter(signed, first) == Identity(worker_id="ana")


def test_a_worker_who_was_revoked_comes_in_by_no_link(signed: Path, run: Run, enter: Enter) -> None:
    urls = [run("links", signed, "--worker", "ana", *more).out for more in ([], ["--unit", 2], ["--expires", "1d"])]
    assert "worker 'ana' is let in no more" in run("revoke", "ana", signed).out

    for url in urls:
        with pytest.raises(Refused, match="no longer valid"):
            enter(signed, url)


def test_what_is_no_signed_link_can_not_be_revoked(signed: Path, run: Run) -> None:
    assert "no signed link" in run("revoke", "https://x.org/?worker_id=ana&id=1", signed).err


def test_keys_are_added_and_retired_and_never_shown(signed: Path, run: Run, enter: Enter, results: Path) -> None:
    assert "There is no key yet" in run("keys", "list", signed).out
    before = run("links", signed, "--worker", "ana").out
    (old,) = known_keys(results)
    run("keys", "add", signed)
    after = run("links", signed, "--worker", "ana").out
    listed = run("keys", "list", signed).out

    assert before != after and enter(signed, before) == enter(signed, after)
    assert [old.id in line for line in listed.splitlines()[1:]] == [False, True]
    assert not [key for key in known_keys(results) if key.secret.hex() in listed]
    assert f"{old.id} is retired" in run("keys", "retire", old.id, signed).out
    assert enter(signed, after)
    with pytest.raises(Refused):
        enter(signed, before)


def test_a_panel_is_given_one_address_and_has_codes_of_its_own(prolific: Path, run: Run) -> None:
    def codes() -> dict[str, str]:
        return dict(line.split() for line in run("panel", "codes", prolific).out.splitlines())

    assert run("links", prolific, "--base-url", "https://x.org/s/").out.strip() == (
        "https://x.org/s/?PROLIFIC_PID={{%PROLIFIC_PID%}}&STUDY_ID={{%STUDY_ID%}}&SESSION_ID={{%SESSION_ID%}}"
    )
    assert "one address for all" in run("links", prolific, "--workers", 3).err
    made = codes()
    assert list(made) == list(OUTCOMES) and len(set(made.values())) == 6
    assert codes() == made
    file = prolific / "study.toml"
    file.write_text(file.read_text().replace("[[arm]]", '[panel]\ncodes = { failed = "OWN-1" }\n[[arm]]'))
    assert codes() == {**made, "failed": "OWN-1"}


def test_whom_a_panel_has_sent_is_a_table(prolific: Path, run: Run, results: Path) -> None:
    assert "has sent nobody" in run("panel", "arrivals", prolific).err
    opened = OpenStudy.load(prolific, store=open_store(results))
    for worker, submission in (("ana", "s1"), ("ana", "s1"), ("ben", "s2")):
        runner = opened.enter(Identity(worker_id=worker))
        opened.store.note_arrival(runner.session_id, {"SESSION_ID": submission}, datetime.now(UTC))
    runner.dispatch(Exit(seq=1))
    rows = list(csv.DictReader(io.StringIO(run("panel", "arrivals", prolific).out)))
    assert [(row["worker_id"], row["outcome"], row["SESSION_ID"]) for row in rows] == [
        ("ana", "", "s1"),
        ("ben", "partial", "s2"),
    ]


def test_a_study_on_no_panel_has_no_codes(study: Path, run: Run) -> None:
    assert "is on no panel (access = 'open')" in run("panel", "codes", study).err

"""What reviewers have decided, as a table to share and to leave work out by."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from imgloop_widgets.analysis.codebook import DECISIONS
from imgloop_widgets.analysis.data import Data, read_data
from imgloop_widgets.analysis.exclusions import exclusion_flow
from imgloop_widgets.analysis.export import Wanted, export
from imgloop_widgets.analysis.reports import run_reports
from imgloop_widgets.analysis.schema import schema
from imgloop_widgets.decisions import By, Wish, decide, undo
from imgloop_widgets.errors import ImgloopError
from imgloop_widgets.store import Store, open_store
from imgloop_widgets.study import load_study

Study = Callable[[int], Data]
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
WROTE = "copied from bob@example.org"


def review(store: Store, sessions: pd.DataFrame, place: int, verdict: str, act: str, **wish: object) -> None:
    """Decide about the session at this place."""
    row = sessions.iloc[place]
    chosen = partial(decide, Wish(verdict=verdict, note=WROTE, message=WROTE, **wish))  # type: ignore[arg-type]
    seen = {row["session_id"]: len([one for one in store.reviews("made_up") if one.session_id == row["session_id"]])}
    by = By(who="grace", at=AT + timedelta(minutes=place), act=act)
    store.review("made_up", lambda standings, has: chosen(seen, row["worker_id"], "made_up", standings, {}, by))


@pytest.fixture
def reviewed(study: Study, tmp_path: Path) -> Data:
    """A study of twelve sessions: one approved with a bonus, one soft-rejected, one rejected, one taken back."""
    sessions = study(12).sessions.query("started")
    with open_store(tmp_path / "results") as store:
        review(store, sessions, 0, "approve", "a", bonus=Decimal("0.25"))
        review(store, sessions, 1, "soft_reject", "b")
        review(store, sessions, 2, "reject", "c")
        review(store, sessions, 3, "reject", "d")
        seen = {sessions["session_id"].iloc[3]: 1}
        by = By(who="ada", at=AT + timedelta(hours=1), act="e")
        store.review("made_up", lambda standings, has: undo("d", seen, standings, {}, by))
    return read_data(tmp_path)


def test_every_row_of_the_reviews_is_there_and_one_counts(reviewed: Data) -> None:
    table = reviewed.tables["decisions"]
    schema("decisions").validate(table)
    ids = reviewed.sessions.query("started")["session_id"]
    of = table.set_index(["session_id", "number"])
    assert len(of) == 5
    for place, decision in enumerate(("approve", "soft_reject", "reject")):
        assert of.loc[(ids.iloc[place], 1), ["decision", "counts"]].tolist() == [decision, True]
    taken = of.loc[ids.iloc[3]]
    assert taken["decision"].tolist() == ["reject", "undo"] and not taken["counts"].any()
    assert taken["undoes"].tolist() == [pd.NA, 1] and taken["reviewer_id"].tolist() == ["grace", "ada"]
    assert of["bonus"].sum() == of.loc[(ids.iloc[0], 1), "bonus"] == 0.25


def test_a_study_that_nobody_reviewed_has_the_table_without_a_row(study: Study) -> None:
    table = study(2).tables["decisions"]
    assert list(table.columns) == list(DECISIONS) and table.empty


def test_rejected_work_is_left_out_by_a_rule_and_unreviewed_work_is_not(reviewed: Data, tmp_path: Path) -> None:
    rule = "verdict == 'reject'"
    data = read_data(tmp_path, exclude={"rejected": rule})
    assert data.left_out["rejected"] == 1 and len(data.sessions) == len(reviewed.sessions) - 1
    assert list(data.sessions.columns) == list(reviewed.sessions.columns)
    flow = exclusion_flow(data.came, data.rules).set_index("step")
    assert flow.loc["rejected", "sessions"] == 1
    gone = set(reviewed.sessions["session_id"]) - set(data.sessions["session_id"])
    assert gone == set(reviewed.tables["decisions"].query("counts and decision == 'reject'")["session_id"])
    assert set(read_data(tmp_path, where=rule).sessions["session_id"]) == gone
    assert len(read_data(tmp_path, where="not (verdict == 'reject')").sessions) == len(data.sessions)


def test_what_was_decided_counts_in_the_hash_where_it_decides_who_is_in(reviewed: Data, tmp_path: Path) -> None:
    before = read_data(tmp_path)
    by_verdict = read_data(tmp_path, exclude={"rejected": "verdict == 'reject'"})
    assert before.data_hash != by_verdict.data_hash
    hashed = by_verdict.data_hash
    assert len(by_verdict.tables["decisions"]) == len(reviewed.tables["decisions"]) - 1
    assert by_verdict.data_hash == hashed == reviewed_hash(reviewed)


def reviewed_hash(data: Data) -> str:
    """The hash once the decisions were read."""
    assert len(data.tables["decisions"])
    return data.data_hash


@pytest.mark.parametrize("with_ids", [False, True])
def test_an_export_has_them_with_pseudonyms_and_without_what_reviewers_wrote(
    reviewed: Data, tmp_path: Path, with_ids: bool
) -> None:
    with open_store(tmp_path / "results") as store:
        wanted = Wanted(formats=["csv", "json", "units"], with_ids=with_ids, with_answers=True)
        export(load_study(tmp_path), store, tmp_path / "out", wanted, now=AT)
    table = pd.read_csv(tmp_path / "out" / "decisions.csv")
    assert len(table) == 5 and set(table["reviewer_id"].isin(["grace", "ada"])) == {with_ids}
    assert set(table["worker_id"].isin(reviewed.sessions["worker_id"])) == {with_ids}
    assert "decisions" in set(pd.read_csv(tmp_path / "out" / "codebook.csv")["table"])
    assert not any("bob@" in file.read_text() for file in (tmp_path / "out").rglob("*") if file.is_file())


def test_a_report_of_an_export_leaves_rejected_work_out_too(reviewed: Data, tmp_path: Path) -> None:
    with open_store(tmp_path / "results") as store:
        export(load_study(tmp_path), store, tmp_path / "out", Wanted(), now=AT)
    data = read_data(files=tmp_path / "out", exclude={"rejected": "verdict == 'reject'"})
    assert data.left_out["rejected"] == 1 and len(data.sessions) == len(reviewed.sessions) - 1


def test_before_any_report_is_begun_a_condition_may_ask_for_the_verdict(reviewed: Data, tmp_path: Path) -> None:
    asked = {"where": "verdict != 'reject'", "exclude": {"wrong": "verdct == 'reject'"}}
    with pytest.raises(ImgloopError, match=r"no column verdct; did you mean verdict\?"):
        run_reports(["flow"], tmp_path, tmp_path / "out", parameters=asked)
    assert not (tmp_path / "out").exists()

"""What is due through a panel, its files, and what its own list says otherwise."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.errors import ImgloopError
from imgloop_widgets.payouts import (
    WHAT_TO_DO,
    Listed,
    Paid,
    Worked,
    approved_there,
    due,
    files_for,
    read_export,
    reconcile,
    with_approvals,
)

TWO = Decimal("2.00")
PROLIFIC = """Submission id,Participant id,Status,Custom study tncs accepted at,Started at,Completed at,Completion code
s-ana,ana,AWAITING REVIEW,Not Applicable,2026-03-02T09:00:00Z,2026-03-02T09:10:00Z,ABC
s-ben,ben,RETURNED,Not Applicable,2026-03-02T09:00:00Z,,
s-cem,cem,TIMED-OUT,Not Applicable,2026-03-02T09:00:00Z,,
"""
MTURK = '"HITId","AssignmentId","WorkerId","AssignmentStatus","Answer.code","Approve","Reject"\n' + "".join(
    f'"H","s-{worker}","{worker}","Submitted","x,y","",""\n' for worker in ("ana", "ben")
)


def done(worker: str, base: str = "2.00", bonus: str = "0", reason: str | None = "attempts_used", n: int = 1) -> Worked:
    """A session of a worker, their n-th of one submission."""
    return Worked(
        session_id=f"{worker}-{n}", worker_id=worker, submission=f"s-{worker}", given={"STUDY_ID": "study"},
        reason=reason, base=Decimal(base), bonus=Decimal(bonus),
    )  # fmt: skip


def listed(worker: str, status: str, submission: str | None = None) -> Listed:
    """A row of Prolific's list."""
    return Listed(worker_id=worker, submission=submission or f"s-{worker}", status=status)


def dues(*sessions: Worked, paid: list[Paid] | None = None) -> list[tuple[str, str, str]]:
    """What is due, in short."""
    return [(one.of.session_id, one.by, str(one.amount)) for one in due(TWO, sessions, paid or [])]


def test_an_approval_pays_the_base_and_all_else_is_a_bonus() -> None:
    assert dues(done("ana", bonus="0.50")) == [("ana-1", "approval", "2.00"), ("ana-1", "bonus", "0.50")]
    assert dues(done("ben", base="0.70", reason="exited")) == [("ben-1", "bonus", "0.70")]
    assert dues(done("cem", base="0")) == []


def test_a_submission_is_approved_once_and_a_further_unit_of_it_is_a_bonus() -> None:
    assert dues(done("ana"), done("ana", n=2)) == [("ana-1", "approval", "2.00"), ("ana-2", "bonus", "2.00")]
    before = [Paid(session_id="ana-1", by="approval", amount=TWO)]
    assert dues(done("ana"), done("ana", n=2), paid=before) == [("ana-2", "bonus", "2.00")]


MONEY = st.decimals(0, 5, places=2)
SESSIONS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([TWO, Decimal(0), Decimal("0.7")]), MONEY))


@given(rows=SESSIONS, more=SESSIONS)
def test_what_is_paid_in_any_two_turns_is_what_is_owed_and_no_submission_is_approved_twice(
    rows: list[tuple[str, Decimal, Decimal]], more: list[tuple[str, Decimal, Decimal]]
) -> None:
    sessions = [done(who, str(base), str(bonus), n=n) for n, (who, base, bonus) in enumerate([*rows, *more])]
    record: list[Paid] = []
    for known in (sessions[: len(rows)], sessions, sessions):
        record += [Paid(session_id=o.of.session_id, by=o.by, amount=o.amount) for o in due(TWO, known, record)]

    for one in sessions:
        assert sum(p.amount for p in record if p.session_id == one.session_id) == one.total
    approved = [p.session_id[0] for p in record if p.by == "approval"]
    assert len(approved) == len(set(approved))


def test_files_taken_back_are_owed_again() -> None:
    first = [Paid(session_id="ana-1", by="approval", amount=TWO)]
    back = [Paid(session_id="ana-1", by="approval", amount=-TWO)]
    assert dues(done("ana"), paid=first) == []
    assert dues(done("ana"), paid=first + back) == [("ana-1", "approval", "2.00")]


def test_prolific_takes_ids_to_approve_and_lines_of_participant_and_amount() -> None:
    found = due(TWO, [done("ana", bonus="0.5"), done("ana", bonus="0", n=2), done("ben", base="0.7")], [])
    files = files_for("prolific", found, batch="b", currency="GBP")
    assert files["approve.txt"] == "s-ana\n"
    assert files["bonuses.csv"] == "ana,2.50\nben,0.70\n"
    assert files["payments.csv"].splitlines()[1] == "ana,ana-1,s-ana,approval,2.00,GBP"
    assert set(files_for("prolific", found[:1], batch="b", currency="GBP")) == {"approve.txt", "payments.csv"}


def test_mechanical_turk_gets_its_own_table_back_with_approvals_and_the_bonuses_of_sendbonus() -> None:
    found = due(TWO, [done("ana", bonus="0.5")], [])
    files = files_for("mturk", found, batch="20260302", currency="USD", panel_csv=("Batch.csv", MTURK))
    rows = list(csv.DictReader(io.StringIO(files["approve.csv"])))
    assert [(row["AssignmentId"], row["Approve"], row["Answer.code"]) for row in rows] == [
        ("s-ana", "X", "x,y"), ("s-ben", "", "x,y"),
    ]  # fmt: skip
    (bonus,) = csv.DictReader(io.StringIO(files["bonuses.csv"]))
    assert (bonus["WorkerId"], bonus["AssignmentId"], bonus["BonusAmount"]) == ("ana", "s-ana", "0.50")
    assert bonus["UniqueRequestToken"] == "ana-1-20260302"
    assert files_for("mturk", found, batch="b", currency="USD")["approve.txt"] == "s-ana\n"
    with pytest.raises(ImgloopError, match="no column AssignmentId"):
        with_approvals(PROLIFIC, ["s-ana"], "Batch.csv")


def test_the_lists_of_panels_are_read_whatever_they_call_their_columns() -> None:
    (ana, ben, cem) = read_export("\ufeff" + PROLIFIC, "prolific", {}, "p.csv")
    assert [one.standing for one in (ana, ben, cem)] == ["waiting", "returned", "timed_out"]
    assert (ana.worker_id, ana.submission) == ("ana", "s-ana")
    older = read_export("session_id,participant_id,status\ns,ana,APPROVED\n", "prolific", {}, "p.csv")
    assert (older[0].submission, older[0].standing) == ("s", "approved")
    assert [one.standing for one in read_export(MTURK, "mturk", {}, "b.csv")] == ["waiting", "waiting"]
    mapped = read_export("Who,State\nana,Approved\n", "connect", {"worker": "Who", "status": "State"}, "c.csv")
    assert (mapped[0].worker_id, mapped[0].submission, mapped[0].standing) == ("ana", "", "approved")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "no column 'Participant id'; name it with --map worker=COLUMN"),
        ("", "is no table"),
        ("Participant id,Status\n,APPROVED\n", "row 2 names no worker"),
        ("Participant id,Status\nana,APPROVED,more\n", "is no table with a head and the same columns"),
    ],
)
def test_what_is_no_list_is_refused_with_what_to_do(text: str, said: str) -> None:
    with pytest.raises(ImgloopError, match=said):
        read_export(text, "prolific", {}, "p.csv")


@pytest.mark.parametrize(
    ("session", "there", "kind"),
    [
        (done("ana"), [listed("ana", "AWAITING REVIEW")], "to_approve"),
        (done("ana", bonus="1"), [listed("ana", "APPROVED")], "to_pay"),
        (done("ana"), [listed("ana", "ACTIVE")], "going_on_there"),
        (done("ana", reason=None, base="0"), [listed("ana", "AWAITING REVIEW")], "unfinished_here"),
        (done("ana"), [], "not_there"),
        (done("ana"), [listed("ana", "RETURNED")], "returned"),
        (done("ana"), [listed("ana", "TIMED-OUT")], "timed_out"),
        (done("ana"), [listed("ana", "REJECTED")], "rejected"),
        (done("ana"), [listed("ana", "SCREENED OUT")], "screened_out"),
        (done("ana"), [listed("ana", "PARTLY")], "unknown_status"),
    ],
)
def test_each_way_to_differ_is_found(session: Worked, there: list[Listed], kind: str) -> None:
    assert [one.kind for one in reconcile(TWO, [session], there, [])] == [kind]
    assert kind in WHAT_TO_DO


def test_who_is_not_here_comes_twice_or_was_paid_too_much_is_found() -> None:
    assert [f.kind for f in reconcile(TWO, [], [listed("zoe", "APPROVED")], [])] == ["not_here"]
    twice = [listed("ana", "APPROVED"), listed("ana", "AWAITING REVIEW", "s-ana-2")]
    assert [f.kind for f in reconcile(TWO, [done("ana")], twice, [])] == ["twice", "not_here", "twice"]
    paid = [Paid(session_id="ana-1", by="approval", amount=TWO), Paid(session_id="ana-1", by="bonus", amount=TWO)]
    assert [f.kind for f in reconcile(TWO, [done("ana")], [listed("ana", "APPROVED")], paid)] == ["overpaid"]


def test_nothing_is_said_of_what_is_as_it_should_be() -> None:
    left = done("ben", base="0", reason=None)
    there = [listed("ana", "APPROVED"), listed("ben", "RETURNED"), listed("cem", "ACTIVE")]
    assert reconcile(TWO, [done("ana"), left], there, []) == []


def test_an_approval_that_the_panel_has_made_itself_is_taken_as_paid() -> None:
    sessions, there = [done("ana", bonus="1"), done("ben")], [listed("ana", "APPROVED"), listed("ben", "RETURNED")]
    made = approved_there(TWO, sessions, there, [])
    assert made == [Paid(session_id="ana-1", by="approval", amount=TWO)]
    assert dues(sessions[0], paid=made) == [("ana-1", "bonus", "1.00")]

"""The panels: who arrives, who only looks, how each goes back, and where nobody is ever sent."""

from typing import Any, get_args
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.errors import ImgloopError, Refused
from imgloop_widgets.identity import Identity, parameters
from imgloop_widgets.panel_table import OUTCOMES, Access, PanelTable
from imgloop_widgets.panels import PANELS, Panel, arrive, ending, new_code, panel_of, panel_problems
from imgloop_widgets.panels.addresses import wrong_address

TURK = "assignmentId=3A&hitId=3H&workerId=A1&turkSubmitTo=https%3A%2F%2Fwww.mturk.com"
ARRIVALS = {
    "prolific": ("PROLIFIC_PID=5f&STUDY_ID=6a&SESSION_ID=7b", "5f"),
    "mturk": (TURK, "A1"),
    "connect": ("participantId=C9&assignmentId=a&projectId=p", "C9"),
    "sona": ("survey_code=12345", "12345"),
    "generic": ("pid=Zo%C3%AB%20&batch=b%26c", ""),
}
GENERIC = PanelTable(
    worker="pid",
    keep=("batch",),
    addresses={"completed": "https://panel.example/done?p={worker}&b={batch}&c={code}&o={outcome}"},
    hosts=("panel.example",),
)


def known(name: str) -> Panel:
    panel = panel_of(name, GENERIC if name == "generic" else PanelTable())
    assert panel is not None
    return panel


def test_every_panel_has_its_row_and_every_row_its_name() -> None:
    assert {"signed", "open", *PANELS} == set(get_args(Access))
    assert panel_of("signed", PanelTable()) is None


@pytest.mark.parametrize("name", ["prolific", "mturk", "connect", "sona"])
def test_a_worker_arrives_with_the_parameters_of_their_panel(name: str) -> None:
    query, worker = ARRIVALS[name]
    arrival = arrive(known(name), parameters(query))
    assert arrival.identity == Identity(worker_id=worker)
    assert set(arrival.values) == set(known(name).keep)


@pytest.mark.parametrize("name", list(PANELS))
def test_without_parameters_a_worker_is_told_where_to_go(name: str) -> None:
    with pytest.raises(Refused, match="is opened from"):
        arrive(known(name), {})


@pytest.mark.parametrize("name", ["prolific", "mturk", "connect", "sona"])
def test_a_parameter_that_is_missing_doubled_empty_or_endless_lets_nobody_in(name: str) -> None:
    values = parameters(ARRIVALS[name][0])
    for one in values:
        others = {key: value for key, value in values.items() if key != one}
        for wrong in ([], ["a", "b"], [""], ["x" * 501], ["a b\n"]):
            with pytest.raises(Refused):
                arrive(known(name), {**others, one: wrong} if wrong else others)


@pytest.mark.parametrize("query", ["PROLIFIC_PID={{%PROLIFIC_PID%}}&STUDY_ID=1&SESSION_ID=2", "survey_code=%25S%25"])
def test_a_link_that_the_panel_has_not_filled_in_says_so(query: str) -> None:
    with pytest.raises(Refused, match="was not filled in by"):
        arrive(known("prolific" if "PROLIFIC" in query else "sona"), parameters(query))


def test_who_only_looks_is_nobody() -> None:
    looking = "assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&hitId=3H&turkSubmitTo=https%3A%2F%2Fwww.mturk.com"
    assert arrive(known("mturk"), parameters(looking)).identity is None
    panel = panel_of("generic", PanelTable(worker="pid", preview={"pid": "TEST"}))
    assert panel is not None and arrive(panel, {"pid": ["TEST"]}).identity is None


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example",
        "http://www.mturk.com",
        "https://www.mturk.com.evil.example",
        "https://evil.example/www.mturk.com",
        "https://www.mturk.com@evil.example",
        "https://evil.example#www.mturk.com",
        "https://evil.example\\.www.mturk.com",
        "https://www.mturk.com:8443",
        "https://www.mturk.com/elsewhere",
        "https://www.mturk.com?x=1",
        "https://worker.mturk.com",
        "//www.mturk.com",
        "www.mturk.com",
        "javascript:alert(1)//www.mturk.com",
        "https://[www.mturk.com",
        "",
    ],
)
def test_a_form_is_posted_to_no_host_but_the_panels_two(address: str) -> None:
    values = {**parameters(TURK), "turkSubmitTo": [address]}
    with pytest.raises(Refused, match="does not come from Mechanical Turk"):
        arrive(known("mturk"), values)
    with pytest.raises(ImgloopError):
        ending(known("mturk"), "completed", "CODE", "A1", {"assignmentId": "3A", "turkSubmitTo": address})


@pytest.mark.parametrize("host", ["www.mturk.com", "workersandbox.mturk.com"])
def test_mechanical_turk_is_posted_the_assignment_and_something_more(host: str) -> None:
    values = {"assignmentId": "3A", "hitId": "3H", "turkSubmitTo": f"https://{host}"}
    end = ending(known("mturk"), "screened_out", "CODE", "A1", values)
    assert end.url == f"https://{host}/mturk/externalSubmit"
    assert end.fields == {"assignmentId": "3A", "outcome": "screened_out", "code": "CODE"}


def test_prolific_is_told_the_code() -> None:
    end = ending(known("prolific"), "timed_out", "AB12", "5f", {})
    assert (end.url, end.fields) == ("https://app.prolific.com/submissions/complete?cc=AB12", None)


def test_without_an_address_there_is_the_code_alone() -> None:
    assert ending(known("connect"), "completed", "AB12", "C9", {}).url is None
    assert ending(known("generic"), "partial", "AB12", "z", {"batch": "b"}).url is None


@given(st.text(max_size=40), st.text(max_size=40))
def test_what_a_link_brings_stays_a_value_of_the_address(worker: str, batch: str) -> None:
    """Percent-encoded: it can't become another parameter, another path or another host."""
    worker, batch = (text.encode(errors="ignore").decode() for text in (worker, batch))
    end = ending(known("generic"), "completed", "AB12", worker, {"batch": batch})
    assert end.url is not None and end.url.isascii()
    parts = urlsplit(end.url)
    assert (parts.scheme, parts.netloc, parts.path, parts.fragment) == ("https", "panel.example", "/done", "")
    found = parse_qs(parts.query, keep_blank_values=True)
    assert found == {"p": [worker], "b": [batch], "c": ["AB12"], "o": ["completed"]}


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("https://other.example/x", "leads to 'other.example', which is not allowed; allowed: a.example"),
        ("http://a.example/x", "must begin with https://"),
        ("https://{worker}.a.example/", "without placeholders or a user"),
        ("https://u@a.example/", "without placeholders or a user"),
        ("https://a.example/ x", "without spaces"),
        ("https://[a.example/", "is no address"),
        ("https://x.b.example.evil/", "is not allowed"),
        ("https://b.example/", "is not allowed"),
    ],
)
def test_an_address_that_nobody_may_be_sent_to_is_said(address: str, what: str) -> None:
    assert what in wrong_address(address, ("a.example", "*.b.example"))


@pytest.mark.parametrize("address", ["https://a.example", "https://x.b.example/?a={code}", "https://x.y.b.example/"])
def test_hosts_are_allowed_by_name_or_all_below_one(address: str) -> None:
    assert wrong_address(address, ("a.example", "*.b.example")) == ""


@pytest.mark.parametrize(
    ("access", "table", "where", "what"),
    [
        ("signed", {"worker": "pid"}, "panel", "has no effect with access = 'signed'"),
        ("generic", {}, "panel.worker", "is missing"),
        ("connect", {"addresses": {"partial": "https://evil.example/"}}, "panel.addresses.partial", "not allowed"),
        (
            "sona",
            {"addresses": {"completed": "https://x.sona-systems.com/?c={kode}"}},
            "completed",
            "{kode} is not known",
        ),
        ("mturk", {"hosts": ("evil.example",)}, "panel.hosts", "can't be chosen with mturk"),
        ("generic", {"worker": "p-d"}, "panel.worker", "must be a parameter's name"),
        ("prolific", {"keep": ("ok", "a b")}, "panel.keep[1]", "must be a parameter's name"),
        ("prolific", {"codes": {"failed": "a b;"}}, "panel.codes.failed", "4 to 64 letters"),
        ("mturk", {"frames": ("https://a.example; x",)}, "panel.frames[0]", "without a path"),
        ("connect", {"hosts": ("https://a.example",)}, "panel.hosts[0]", "must be like panel.example"),
        ("prolific", {"codes": {"completed": "SAME", "failed": "SAME"}}, "panel.codes", "must differ"),
    ],
)
def test_a_mistake_in_the_panel_s_table_is_told_with_its_place(
    access: str, table: dict[str, Any], where: str, what: str
) -> None:
    (problem,) = panel_problems("study.toml", access, PanelTable(**table))
    assert where in problem.where and what in problem.what


def test_a_table_without_a_mistake_is_none() -> None:
    sona = "https://x.sona-systems.com/webstudy_credit.aspx?experiment_id=1&credit_token=a&survey_code={worker}"
    assert panel_problems("s", "generic", GENERIC) == panel_problems("s", "open", PanelTable()) == []
    assert panel_problems("s", "sona", PanelTable(addresses={"completed": sona})) == []


def test_a_code_tells_nothing_and_is_never_the_same() -> None:
    codes = {new_code() for _ in range(1000)}
    assert len(codes) == 1000 and all(len(code) == 10 and code.isalnum() for code in codes)
    assert len(OUTCOMES) == 6

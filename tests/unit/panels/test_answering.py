"""What a panel's answer to our server means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgloop_widgets.panel_table import PanelTable
from imgloop_widgets.panels import panel_of, panel_problems, verdict, wait_after
from imgloop_widgets.panels.answering import LONGEST_TEXT, WAITS_S, sona_refusal

SPACES = 'xmlns:a="http://x/a" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:b="http://x/b"'
RESULT = "<a:Result><a:credit_status>G</a:credit_status><a:survey_code>XXXX</a:survey_code></a:Result>"


def sona(inside: str) -> bytes:
    body = f"<WebstudyCreditResult>{inside}</WebstudyCreditResult>"
    return f"<WebstudyCreditResponse {SPACES}>{body}</WebstudyCreditResponse>".encode()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (sona(f'<a:Errors i:nil="true"/>{RESULT}'), ""),
        (sona("<a:Errors><b:string>The token is wrong.</b:string></a:Errors>"), "The token is wrong."),
        (sona(f"<a:Errors><b:string>No.</b:string></a:Errors>{RESULT}"), "No."),
        (sona('<a:Errors i:nil="true"/><a:Result i:nil="true"/>'), "SONA names no result"),
        (sona(""), "SONA names no result"),
        (b"<html><p>Sign in", "no answer of SONA's: <html><p>Sign in"),
        (b"", "no answer of SONA's: "),
    ],
)
def test_sona_says_yes_by_a_result_without_errors(body: bytes, why: str) -> None:
    assert sona_refusal(body) == why
    panel = panel_of("sona", PanelTable())
    assert panel is not None
    assert verdict(200, body, panel.refusal).accepted is (why == "")


@pytest.mark.parametrize(
    ("status", "accepted", "again"),
    [
        (200, True, False),
        (204, True, False),
        (302, False, False),
        (400, False, False),
        (404, False, False),
        (408, False, True),
        (429, False, True),
        (500, False, True),
        (503, False, True),
    ],
)
def test_what_a_status_means(status: int, accepted: bool, again: bool) -> None:
    found = verdict(status, b"a\n  body", lambda body: "")
    assert (found.accepted, found.again) == (accepted, again)


@given(st.integers(100, 599), st.binary(max_size=2000))
def test_whatever_comes_back_is_one_line_for_the_researcher(status: int, body: bytes) -> None:
    found = verdict(status, body, sona_refusal)
    assert 0 < len(found.said) <= LONGEST_TEXT and "\n" not in found.said
    assert not (found.accepted and found.again)


def test_it_is_tried_for_a_day_or_two_and_then_given_up() -> None:
    waits = [wait_after(tries) for tries in range(1, len(WAITS_S) + 2)]
    assert waits == [*WAITS_S, None] and list(WAITS_S) == sorted(WAITS_S)
    assert 86_400 < sum(WAITS_S) < 3 * 86_400


@pytest.mark.parametrize(
    ("access", "address", "what"),
    [
        ("sona", "https://evil.example/x?{worker}", "leads to 'evil.example', which is not allowed"),
        ("sona", "http://uni.sona-systems.com/x", "must begin with https://"),
        ("sona", "https://uni.sona-systems.com/x?{workr}", "{workr} is not known"),
        ("mturk", "https://www.mturk.com/x", "can't be chosen with mturk"),
    ],
)
def test_a_call_leads_to_no_host_that_is_not_allowed(access: str, address: str, what: str) -> None:
    (problem,) = panel_problems("study.toml", access, PanelTable(calls={"completed": address}))
    assert "panel.calls" in problem.where and what in problem.what


def test_one_credit_is_not_granted_by_two_addresses() -> None:
    end = "https://uni.sona-systems.com/{}?experiment_id=1&credit_token=a&survey_code={{worker}}"
    table = PanelTable(
        calls={"completed": end.format("services/SonaAPI.svc/WebstudyCredit")},
        addresses={"completed": end.format("webstudy_credit.aspx")},
    )
    (problem,) = panel_problems("study.toml", "sona", table)
    assert problem.where.endswith("panel.calls.completed") and "would both grant the credit" in problem.what

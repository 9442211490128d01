"""The server tells SONA, played by a page of this machine: once, whatever goes wrong, and no worker waits for it."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from imgloop_widgets.access import Entrance
from imgloop_widgets.access.telling import CLAIM, Answer, Teller, ask
from imgloop_widgets.identity import Identity
from imgloop_widgets.loop import Exit, Score, SubmitPrompt
from imgloop_widgets.opening import OpenStudy
from imgloop_widgets.panels.answering import WAITS_S

Write = Callable[..., Path]
HOST = "https://uni.sona-systems.com"
PATH = "/services/SonaAPI.svc/WebstudyCredit"
CALL = f"{HOST}{PATH}?experiment_id=7&credit_token=abc&survey_code={{worker}}"
NIL = 'xmlns:a="http://x/a" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:b="http://x/b"'


class Sona:
    """A page that plays SONA. credits: survey code → how many were granted. came: every call's path and query.

    fails: what happens to the next calls instead: a status, or "lost": the credit is granted, and the answer is not
    sent.
    """

    def __init__(self) -> None:
        self.credits: dict[str, int] = {}
        self.came: list[str] = []
        self.fails: list[int | str] = []
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                desk.came.append(self.path)
                fails = desk.fails.pop(0) if desk.fails else None
                if isinstance(fails, int):
                    self.send_response(fails)
                    self.send_header("Location", "https://evil.example/")
                    self.end_headers()
                    return
                body = desk.grant(self.path)
                if fails == "lost":
                    self.close_connection = True
                    return
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def grant(self, path: str) -> bytes:
        parts = urlsplit(path)
        given = {name: values[0] for name, values in parse_qs(parts.query).items()}
        wrong = parts.path != PATH or (given["experiment_id"], given["credit_token"]) != ("7", "abc")
        code = given["survey_code"]
        if wrong or code in self.credits:
            inside = f"<a:Errors><b:string>{'wrong' if wrong else 'granted before'}</b:string></a:Errors>"
        else:
            self.credits[code] = 1
            inside = '<a:Errors i:nil="true"/><a:Result><a:credit_status>G</a:credit_status></a:Result>'
        result = f"<WebstudyCreditResult>{inside}</WebstudyCreditResult>"
        return f"<WebstudyCreditResponse {NIL}>{result}</WebstudyCreditResponse>".encode()

    def ask(self, address: str) -> Answer:
        """Ask this page in the place of the real one."""
        assert address.startswith(HOST)
        return ask(address.replace(HOST, f"http://127.0.0.1:{self.server.server_address[1]}"))


@pytest.fixture
def sona() -> Iterator[Sona]:
    desk = Sona()
    yield desk
    desk.server.shutdown()
    desk.server.server_close()


@pytest.fixture
def on_sona(
    quick_game: Any, study_files: Write, sona: Sona, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., "There"]:
    monkeypatch.setenv("IMGLOOP_RESULTS", str(tmp_path / "results"))
    return lambda **more: There(quick_game, study_files(**more), sona)


class There:
    """A study on SONA, with workers who come from there."""

    def __init__(self, game: Any, folder: Path, sona: Sona, call: str = CALL) -> None:
        text = (folder / "study.toml").read_text().replace('access = "open"', 'access = "sona"')
        (folder / "study.toml").write_text(text + f'[panel]\ncalls.completed = "{call}"\n')
        self.game, self.clock, self.sona, self.folder = game, game.clock, sona, folder
        self.opened = OpenStudy.load(folder, generate=game.draw, store=game.store)
        self.entrance = Entrance(study=self.opened.study, store=game.store)

    def come(self, worker: str) -> Any:
        admitted = self.entrance.admit(f"survey_code={quote(worker)}", self.clock())
        runner = self.opened.enter(Identity(worker_id=worker), clock=self.clock)
        self.entrance.note(runner.session_id, admitted, self.clock())
        return runner

    def complete(self, worker: str) -> None:
        runner = self.come(worker)
        runner.dispatch(SubmitPrompt(seq=runner.state.seq, prompt="a brown bear", answers={"age": "34"}))
        runner.perform_now()
        runner.dispatch(Score(seq=runner.state.seq, score=10))

    def teller(self, **more: Any) -> Teller:
        has_next = lambda worker: self.opened.has_next(worker, self.clock())  # noqa: E731
        return Teller(entrance=self.entrance, has_next=has_next, ask=self.sona.ask, clock=self.clock, **more)

    def tell(self, after: float = 0) -> int:
        self.clock.move(after)
        return self.teller().tell()

    def told(self) -> list[tuple[str, bool, int]]:
        return [(one.worker_id, one.accepted, one.tries) for one in self.game.store.told("small")]


def test_who_has_completed_is_credited_once_and_it_is_on_record(on_sona: Any, sona: Sona) -> None:
    there = on_sona()
    there.complete("12/3&x")
    there.come("going-on")
    assert there.tell() == 1
    assert sona.came == [f"{PATH}?experiment_id=7&credit_token=abc&survey_code=12%2F3%26x"]
    assert sona.credits == {"12/3&x": 1}
    (told,) = there.game.store.told("small")
    assert (told.accepted, told.said, told.outcome, told.next_at) == (True, "accepted", "completed", None)
    for _ in range(5):
        assert there.tell(86_400) == 0
    assert len(sona.came) == 1


def test_who_has_not_completed_is_not_credited(on_sona: Any, sona: Sona) -> None:
    there = on_sona()
    runner = there.come("ana")
    runner.dispatch(Exit(seq=1))
    assert there.tell() == 0 and sona.came == []


def test_nobody_is_told_of_who_did_not_come_from_the_panel_or_is_simulated(on_sona: Any, sona: Sona) -> None:
    there = on_sona()
    there.complete("sim-0001")
    runner = there.opened.enter(Identity(worker_id="pilot"), clock=there.clock)
    runner.dispatch(Exit(seq=1))
    assert there.tell() == 0 and sona.came == []


def test_what_fails_is_tried_again_later_and_later_and_then_no_more(on_sona: Any, sona: Sona) -> None:
    there = on_sona()
    there.complete("ana")
    sona.fails = [503, 500, 429]
    assert there.tell() == 1 and there.tell(WAITS_S[0] - 1) == 0
    assert there.tell(1) == 1 and there.tell(WAITS_S[1]) == 1
    assert there.told() == [("ana", False, 3)] and sona.credits == {}
    assert there.tell(WAITS_S[2]) == 1
    assert there.told() == [("ana", True, 4)] and sona.credits == {"ana": 1}


def test_what_never_works_is_given_up_with_an_incident(on_sona: Any, sona: Sona) -> None:
    there = on_sona()
    there.complete("ana")
    sona.fails = [503] * 100
    made = sum(there.tell(wait) for wait in (0, *WAITS_S, 86_400, 86_400))
    assert made == len(WAITS_S) + 1
    (incident,) = there.game.store.incidents()
    assert "'ana' is done (completed, 9 tries): status 503" in incident.text and "abc" not in incident.text


def test_a_credit_whose_answer_was_lost_is_granted_once(on_sona: Any, sona: Sona) -> None:
    there = on_sona()
    there.complete("ana")
    sona.fails = ["lost"]
    assert there.tell() == 1 and there.told() == [("ana", False, 1)]
    assert there.tell(WAITS_S[0]) == 1
    assert sona.credits == {"ana": 1}
    (told,) = there.game.store.told("small")
    assert told.said == "refused: granted before" and there.tell(86_400) == 0


def test_what_is_refused_is_not_asked_again_until_the_address_is_another(
    on_sona: Any, sona: Sona, quick_game: Any
) -> None:
    there = on_sona()
    there.opened = OpenStudy.load(there.folder, generate=quick_game.draw, store=quick_game.store)
    text = (there.folder / "study.toml").read_text()
    (there.folder / "study.toml").write_text(text.replace("credit_token=abc", "credit_token=typo"))
    there.opened = OpenStudy.load(there.folder, generate=quick_game.draw, store=quick_game.store)
    there.entrance = Entrance(study=there.opened.study, store=quick_game.store)
    there.complete("ana")
    assert there.tell() == 1 and there.tell(86_400) == 0
    assert quick_game.store.told("small")[0].said == "refused: wrong"
    (there.folder / "study.toml").write_text(text)
    there.opened = OpenStudy.load(there.folder, generate=quick_game.draw, store=quick_game.store)
    there.entrance = Entrance(study=there.opened.study, store=quick_game.store)
    assert there.tell() == 1 and there.told() == [("ana", True, 1)]


def test_a_redirection_is_not_followed(on_sona: Any, sona: Sona) -> None:
    there = on_sona()
    there.complete("ana")
    sona.fails = [302]
    assert there.tell() == 1
    assert "is not followed" in there.game.store.told("small")[0].said


def test_of_servers_that_look_at_the_same_moment_one_calls(on_sona: Any, sona: Sona) -> None:
    there = on_sona()
    for number in range(2):
        there.complete(f"w{number}")
    tellers = [there.teller() for _ in range(4)]
    barrier, made = threading.Barrier(4), []

    def run(teller: Teller) -> None:
        barrier.wait()
        made.append(teller.tell())

    threads = [threading.Thread(target=run, args=(teller,)) for teller in tellers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(made) == 2 and len(sona.came) == 2 and sona.credits == {"w0": 1, "w1": 1}


def test_what_a_server_had_begun_that_died_is_begun_again_when_its_claim_is_over(on_sona: Any, sona: Sona) -> None:
    there = on_sona()
    there.complete("ana")

    def dies(address: str) -> Answer:
        raise KeyboardInterrupt

    teller = there.teller()
    with pytest.raises(KeyboardInterrupt):
        Teller(entrance=teller.entrance, has_next=teller.has_next, ask=dies, clock=there.clock).tell()
    assert there.tell(CLAIM.total_seconds() - 1) == 0
    assert there.tell(1) == 1 and sona.credits == {"ana": 1}


def test_of_a_worker_with_several_tasks_it_is_told_after_the_last_one(on_sona: Any, sona: Sona) -> None:
    there = on_sona(loop="[assignment]\nunits_per_worker = 2\n")
    there.complete("ana")
    assert there.tell() == 0
    there.complete("ana")
    assert there.tell() == 1 and there.tell(86_400) == 0
    assert sona.credits == {"ana": 1}


def test_a_panel_that_does_not_answer_makes_no_worker_wait(on_sona: Any) -> None:
    """It is a chore of the server's: the session is finished and stored before anybody is called."""
    there = on_sona()
    there.complete("ana")
    states: list[int] = []

    def slow(address: str) -> Answer:
        states.append(len(there.game.store.sessions(finished=False)))
        there.complete("ben")  # meanwhile
        raise TimeoutError("timed out")

    teller = there.teller()
    assert Teller(entrance=teller.entrance, has_next=teller.has_next, ask=slow, clock=there.clock).tell() == 1
    assert states == [0] and there.told() == [("ana", False, 1)]
    (told,) = there.game.store.told("small")
    assert told.said == "no answer (timed out)"
    assert told.next_at == there.clock() + timedelta(seconds=WAITS_S[0])

"""A language model that rewrites prompts, over a real connection to a service of its protocol."""

import base64
import logging
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from unit.generators.backends.conftest import context
from unit.generators.backends.protocols import OpenAI
from unit.generators.backends.service import KEY, Reply, Request, Server, as_json
from unit.generators.backends.test_conformance import BROKEN, BY_STATUS

from imgloop_widgets.errors import Failure, GenerationError
from imgloop_widgets.generators.backends.chat_reviser import ChatReviser
from imgloop_widgets.generators.revising import LONGEST, Revising
from imgloop_widgets.identity import Identity
from imgloop_widgets.loop import SubmitPrompt
from imgloop_widgets.opening import OpenStudy

INSTRUCTION = "Add one detail. Write nothing but the prompt."


def completion(text: Any, finish_reason: str = "stop", **message: Any) -> Reply:
    choice = {"index": 0, "message": {"role": "assistant", "content": text, **message}, "finish_reason": finish_reason}
    whole = {"id": "chat-1", "object": "chat.completion", "created": 1, "model": "a-model", "choices": [choice]}
    return as_json(whole, x_request_id="req-1")


class Chat(OpenAI):
    """OpenAI's chat completions; the same service draws."""

    def reply(self, request: Request) -> Reply:
        if request.path == "/v1/images/generations":
            data = base64.b64encode(self.picture(request.body["prompt"], 0)).decode()
            return as_json({"created": 1, "data": [{"b64_json": data}]})
        if fault := self.asked():
            return fault
        assert (request.method, request.path) == ("POST", "/v1/chat/completions")
        system, user = request.body["messages"]
        assert (system, user["role"]) == ({"role": "system", "content": INSTRUCTION}, "user")
        return completion(f"{user['content']}, in oil")


class Service:
    """The service, and a reviser that asks it. told: what the reviser said of its progress."""

    def __init__(self) -> None:
        self.chat = Chat()
        self.server = Server(self.chat)
        self.url = f"{self.server.url}/v1"
        self.told: list[Any] = []

    def reviser(self, **more: Any) -> ChatReviser:
        return ChatReviser("a-model", **{"instruction": INSTRUCTION, "base_url": self.url, "key_env": "A_KEY", **more})

    def revising(self, prompt: str = "a bear", timeout_s: float = 10.0, **more: Any) -> Revising:
        asked = context(timeout_s=timeout_s, progress=lambda *told: self.told.append(told))
        return Revising(self.reviser(**more), prompt, asked)

    def failure(self, **more: Any) -> GenerationError:
        with pytest.raises(GenerationError) as raised:
            self.revising(**more).run()
        return raised.value


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("A_KEY", KEY)
    service = Service()
    yield service
    service.server.close()


# ---------------------------------------------------------------------------------------------------- in a session


def played(service: Service, folder: Path) -> Any:
    """Return a session whose first prompt was submitted, and what came of it."""
    study = OpenStudy.load(folder)
    runner = study.enter(Identity(worker_id="ana", unit=1), pause=lambda seconds: None)
    runner.dispatch(SubmitPrompt(seq=1, prompt="a brown bear", answers={"age": "34"}))
    runner.perform_now()
    return runner


@pytest.fixture
def folder(service: Service, study_files: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study whose prompts are rewritten and drawn by the service."""
    monkeypatch.delenv("IMGLOOP_RESULTS", raising=False)
    draws = f'generator = "openai_images"\noptions = {{ model = "a-model", base_url = "{service.url}" }}\n'
    asks = f'with = "chat", model = "a-model", base_url = "{service.url}", key_env = "A_KEY"'
    return study_files(arm=f'{draws}revise = {{ {asks}, instruction = "{INSTRUCTION}" }}')


def test_the_revised_prompt_is_drawn_and_stored_beside_the_worker_s(service: Service, folder: Path) -> None:
    (attempt,) = played(service, folder).state.attempts
    drawn = [r.body["prompt"] for r in service.chat.requests if r.path == "/v1/images/generations"]
    assert drawn == ["a brown bear, in oil"]
    assert (attempt.prompt.prompt, attempt.image.sent_prompt) == ("a brown bear", "a brown bear, in oil")


def test_a_refused_revision_costs_no_attempt_and_draws_nothing(service: Service, folder: Path) -> None:
    service.chat.fault = completion(None, "content_filter")
    runner = played(service, folder)
    assert runner.state.attempts == ()
    assert runner.state.failure.failure == "refused"
    assert [r.path for r in service.chat.requests] == ["/v1/chat/completions"]


# ------------------------------------------------------------------------------------------------- what is asked


def test_the_options_are_sent_and_only_those_that_are_given(service: Service) -> None:
    service.revising().run()
    service.revising(temperature=0, send_seed=True, extra={"top_p": 0.9}).run()
    plain, full = [set(r.body) - {"messages"} for r in service.chat.requests], service.chat.requests[1].body
    assert plain[0] == {"model"}
    assert (full["model"], full["temperature"], full["seed"], full["top_p"]) == ("a-model", 0, 7, 0.9)


@pytest.mark.parametrize("prompt", ["an Ä, a 熊, a 🐻", 'quotes " and \\ and \n', "{prompt} %s", "x" * 5000])
def test_a_prompt_arrives_as_it_was_written(prompt: str, service: Service) -> None:
    assert service.revising(prompt).run() == f"{prompt}, in oil"


@pytest.mark.parametrize("text", ['"a bear"', "```\na bear\n```", "Sure! Here it is: a bear"])
def test_what_the_model_writes_is_taken_as_it_is(text: str, service: Service) -> None:
    service.chat.fault = completion(text)
    assert service.revising().run() == text


def test_the_worker_is_told_nothing_of_it(service: Service) -> None:
    service.revising().run()
    assert service.told == []


def test_the_key_of_openai_is_not_sent_to_an_address_of_one_s_own(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    service.revising(key_env=None).run()
    assert KEY not in repr(service.chat.requests)


# ------------------------------------------------------------------------------------------------------- failures


@pytest.mark.parametrize(("name", "given", "failure", "wait"), BY_STATUS, ids=[row[0] for row in BY_STATUS])
def test_an_error_of_the_service_has_its_class_and_is_not_tried_again_here(
    name: str, given: Any, failure: Failure, wait: float | None, service: Service
) -> None:
    service.chat.fault = service.chat.error(*given)
    error = service.failure()
    assert (error.failure, error.retry_after_s) == (failure, wait)
    assert str(given[0]) in str(error) and given[1] in str(error)
    assert len(service.chat.requests) == 1


def test_the_time_to_wait_is_taken_from_the_service(service: Service) -> None:
    service.chat.fault = service.chat.error(429, "later", "", retry_after="8")
    error = service.failure()
    assert (error.failure, error.retry_after_s) == ("rate_limited", 8)


@pytest.mark.parametrize(("name", "fault", "failure"), BROKEN, ids=[row[0] for row in BROKEN])
def test_an_answer_that_is_none_has_its_class(name: str, fault: Reply, failure: Failure, service: Service) -> None:
    service.chat.fault = fault
    error = service.failure()
    assert error.failure == failure, str(error)
    assert "<html" not in str(error)


@pytest.mark.parametrize(
    ("fault", "failure", "says"),
    [
        (completion(""), "bad_output", "sent no text"),
        (completion("  \n"), "bad_output", "sent no text"),
        (completion(None), "bad_output", "sent no text"),
        (completion([{"type": "text", "text": "a bear"}]), "bad_output", "sent no text"),
        (completion("a bear beside a", "length"), "bad_output", "cut its answer off"),
        (completion("x" * (LONGEST + 1)), "bad_output", "revise must return a text"),
        (completion("a b", "content_filter"), "refused", "its filter stopped the answer"),
        (completion(None, refusal="I can't help with that."), "refused", "I can't help with that."),
        (as_json({"id": "1", "choices": []}), "bad_output", "answered 200"),
        (as_json({"id": "1", "choices": [{"index": 0, "finish_reason": "stop"}]}), "bad_output", "answered 200"),
    ],
)
def test_an_answer_without_a_prompt_has_its_class(fault: Reply, failure: Failure, says: str, service: Service) -> None:
    service.chat.fault = fault
    error = service.failure()
    assert error.failure == failure
    assert says in str(error)


def test_nobody_listens_there(service: Service) -> None:
    service.server.close()
    assert service.failure().failure == "transient"


def test_a_stall_is_given_up_in_time_and_the_connection_closed(service: Service) -> None:
    service.chat.fault = Reply(stalls=True)
    assert service.failure(timeout_s=1).failure == "timeout"
    assert service.chat.left.wait(10)


def test_cancelling_ends_the_request_at_the_service(service: Service) -> None:
    service.chat.fault = Reply(stalls=True)
    revising = service.revising(timeout_s=60)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(revising.run)
        assert service.chat.arrived.wait(10)
        revising.cancel()
        error = running.exception(10)
    assert isinstance(error, GenerationError)
    assert error.failure == "cancelled"
    assert service.chat.left.wait(10)


@pytest.mark.parametrize("fault", [None, 400, 401, 429, 500, "refusal"])
def test_the_key_is_sent_and_shown_nowhere(fault: Any, service: Service, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    error: BaseException | None = None
    if fault == "refusal":
        service.chat.fault = completion(None, refusal=f"not with {KEY}")
    elif fault:
        service.chat.fault = service.chat.error(fault, f"Incorrect key provided: {KEY}.", "")
    if fault:
        error = service.failure()
        assert "[key]" in str(error)
    else:
        service.revising().run()
    assert KEY in service.chat.sent_key
    reviser = service.reviser()
    shown = [repr(reviser), str(reviser), repr(vars(reviser))]
    while error is not None:
        shown += [str(error), repr(error), "".join(traceback.format_exception(error)), repr(error.args)]
        error = error.__cause__ or error.__context__
    shown += [record.getMessage() + repr(record.args) for record in caplog.records] + [caplog.text]
    assert not [text for text in shown if KEY in text]


def test_a_failure_does_not_spoil_the_next_call(service: Service) -> None:
    for fault in (Reply(raw=b""), Reply(status=500), completion("")):
        service.chat.fault = fault
        service.failure()
        service.chat.fault = None
        assert service.revising().run() == "a bear, in oil"

"""A hidden revision of the prompt: what a reviser may be, and what it must return."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from imgloop_widgets.errors import GenerationError
from imgloop_widgets.generators.contract import Context
from imgloop_widgets.generators.revising import LONGEST, Revising, build

CONTEXT = Context(attempt=1, target_id="bear", category="bears", seed=7, idempotency_key="k")


CHAT = {"model": "m", "instruction": "Add detail.", "base_url": "http://127.0.0.1:9/v1"}


async def later(prompt: str, context: Context) -> str:
    await asyncio.sleep(0)
    return f"{prompt}, later"


@pytest.mark.parametrize(
    ("revise", "sent"),
    [(lambda prompt, context: f" {prompt}, in detail ", "a bear, in detail"), (later, "a bear, later")],
)
def test_a_reviser_may_be_sync_or_async(revise: Any, sent: str) -> None:
    assert Revising(revise, "a bear", CONTEXT).run() == sent


@pytest.mark.parametrize("returned", [None, "", "  ", 7, ["a bear"], "x" * (LONGEST + 1)])
def test_what_is_no_prompt_is_a_bad_output_that_says_what_came(returned: Any) -> None:
    with pytest.raises(GenerationError, match="revise must return a text") as raised:
        Revising(lambda prompt, context: returned, "a bear", CONTEXT).run()
    assert raised.value.failure == "bad_output"


def test_one_that_was_cancelled_is_not_asked() -> None:
    revising = Revising(lambda prompt, context: pytest.fail("it was asked"), "a bear", CONTEXT)
    revising.cancel()
    with pytest.raises(GenerationError) as raised:
        revising.run()
    assert raised.value.failure == "cancelled"


def test_a_template_puts_words_around_the_worker_s_and_reads_nothing_in_them() -> None:
    revise = build({"with": "template", "text": "{prompt}, in soft light. {prompt}!"})
    assert revise("a {prompt} bear", CONTEXT) == "a {prompt} bear, in soft light. a {prompt} bear!"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"with": "templat", "text": "x"}, "did you mean 'template'"),
        ({}, "possible: template, chat"),
        ({"with": "chta"}, "did you mean 'chat'"),
        ({"with": "template"}, "revise with 'template' does not take these options: text is missing"),
        ({"with": "template", "text": 7}, "text must be a text; not 7"),
        ({"with": "template", "text": "no place"}, "text must have {prompt}"),
        ({"with": "template", "text": "{prompt}", "model": "m"}, "does not take these options: model; possible: text"),
        ({"with": "chat"}, "model is missing; it is required / instruction is missing; it is required"),
        ({"with": "chat", **CHAT, "temprature": 1}, "temprature; did you mean 'temperature'?"),
        ({"with": "chat", **CHAT, "temperature": "hot"}, "temperature must be a number; not 'hot'"),
        ({"with": "chat", **CHAT, "temperature": -1}, "temperature must be 0 or more; not -1"),
        ({"with": "chat", **CHAT, "temperature": float("inf")}, "temperature must be 0 or more; not inf"),
        ({"with": "chat", **CHAT, "instruction": " "}, "instruction must say what to do with a prompt"),
        ({"with": "chat", **CHAT, "base_url": "127.0.0.1:8000"}, "base_url must be an address"),
    ],
)
def test_a_mistake_in_the_study_file_is_named(options: Any, says: str) -> None:
    with pytest.raises(ValueError) as raised:
        build(options)
    assert says in str(raised.value)


@pytest.mark.parametrize("option", ["key", "api_key", "token"])
def test_a_key_in_the_study_file_is_refused_and_not_repeated(option: str) -> None:
    with pytest.raises(ValueError, match="a key does not belong into a study file") as raised:
        build({"with": "chat", **CHAT, option: "sk-Secret"})
    assert "sk-Secret" not in str(raised.value)


def test_the_file_of_a_key_is_beside_the_study_file(tmp_path: Path) -> None:
    (tmp_path / "key.txt").write_text("sk-Secret")
    assert build({"with": "chat", **CHAT, "key_file": "key.txt"}, tmp_path)
    with pytest.raises(ValueError, match="key_file can't be read"):
        build({"with": "chat", **CHAT, "key_file": "other.txt"}, tmp_path)


def test_what_is_not_installed_is_told_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    for name in ("chat_reviser", "openai_images"):
        monkeypatch.delitem(sys.modules, f"imgloop_widgets.generators.backends.{name}", raising=False)
    with pytest.raises(ValueError, match=r"revise with 'chat' needs openai; .*'imgloop_widgets\[openai\]'"):
        build({"with": "chat", **CHAT})

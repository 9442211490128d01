"""What only ComfyUI has: workflows with marks, a queue, a web socket, and errors in its history."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.generators.backends.conftest import Ask
from unit.generators.backends.protocols import WORKFLOW, Comfy
from unit.generators.backends.service import Reply

from imgloop_widgets.errors import Failure
from imgloop_widgets.generators.backends import comfyui
from imgloop_widgets.generators.backends.comfyui import ComfyUI, fill, models_of

MARKS = {"%prompt%": "a bear", "%negative%": "blurry", "%seed%": 7}


def test_marks_are_filled_and_all_else_stays() -> None:
    filled = fill(WORKFLOW, MARKS)
    assert filled["3"]["inputs"] == {"seed": 7, "steps": 20, "model": ["4", 0]}
    assert filled["6"]["inputs"]["text"] == "a bear, masterpiece"
    assert filled["7"]["inputs"]["text"] == "blurry"
    assert filled["4"] == WORKFLOW["4"]


@given(st.text())
def test_whatever_a_worker_writes_is_a_text_of_the_workflow_and_nothing_else(prompt: str) -> None:
    filled = fill(WORKFLOW, {**MARKS, "%prompt%": prompt})
    assert filled["6"]["inputs"]["text"] == f"{prompt}, masterpiece"
    filled["6"]["inputs"]["text"] = WORKFLOW["6"]["inputs"]["text"]  # type: ignore[index]
    assert filled == fill(WORKFLOW, MARKS) | {"6": WORKFLOW["6"]}


def test_models_are_named() -> None:
    assert models_of(WORKFLOW) == ["sd15.safetensors"]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("{", "is no JSON"),
        ("[]", "is not in the API's format"),
        ('{"nodes": [], "links": []}', "is not in the API's format"),
        (json.dumps({"6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a bear"}}}), "has no %prompt%"),
    ],
)
def test_a_workflow_that_is_none_is_told_with_what_to_do(content: str, what: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text(content)
    with pytest.raises(ValueError, match=f"workflow 'mine.json' {what}"):
        ComfyUI(file)
    with pytest.raises(ValueError, match="can't be read"):
        ComfyUI(tmp_path / "missing.json")


def test_steps_and_previews_come_over_the_web_socket(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ask("comfyui")
    answer = asked.protocol.reply
    looks = 0

    def slowly(request: Any) -> Reply:
        """The image is there once the socket's messages have been passed on."""
        nonlocal looks
        reply = answer(request)
        if request.path.startswith("/history"):
            looks += 1
            if looks < 1000 and not any(preview for _, _, preview in asked.seen):
                return Reply(headers={"content-type": "application/json"}, body=b"{}")
        return reply

    monkeypatch.setattr(asked.protocol, "reply", slowly)
    monkeypatch.setattr(comfyui, "LOOK_S", 0.01)
    asked.make()
    assert (0.25, "Drawing", None) in asked.seen
    assert any(preview and preview.startswith(b"\x89PNG") for _, _, preview in asked.seen)


@pytest.mark.parametrize("place", ["queue_running", "queue_pending"])
def test_stopping_takes_out_this_image_alone(place: str, ask: Ask) -> None:
    asked = ask("comfyui")
    assert isinstance(asked.protocol, Comfy)
    asked.protocol.running = place
    asked.make()
    asked.protocol.fault = Reply(stalls=True)
    assert asked.failure(timeout_s=1).failure == "timeout"
    posts = [(r.path, r.body) for r in asked.protocol.requests if r.method == "POST" and r.path != "/prompt"]
    stopped = ("/interrupt", {"prompt_id": "id-1"}) if place == "queue_running" else ("/queue", {"delete": ["id-1"]})
    assert posts == [stopped]


@pytest.mark.parametrize(
    ("kind", "said", "failure"),
    [
        ("execution_error", {"exception_type": "RuntimeError", "exception_message": "shapes"}, "invalid_parameters"),
        ("execution_error", {"exception_type": "torch.OutOfMemoryError", "exception_message": "x"}, "transient"),
        ("execution_error", {}, "invalid_parameters"),
        ("execution_interrupted", {"node_id": "3"}, "cancelled"),
    ],
)
def test_an_error_in_the_history_has_its_class(kind: str, said: Any, failure: Failure, ask: Ask) -> None:
    asked = ask("comfyui")
    assert isinstance(asked.protocol, Comfy)
    asked.protocol.messages = (["execution_start", {}], [kind, said])
    error = asked.failure()
    assert error.failure == failure
    assert said.get("exception_message", "") in str(error)


@pytest.mark.parametrize("outputs", [{}, {"9": {}}, {"9": {"images": []}}, {"9": {"images": [{"type": "temp"}]}}, None])
def test_a_workflow_that_saves_no_image_is_a_refusal(outputs: Any, ask: Ask) -> None:
    """A filter among its nodes leaves the image out."""
    asked = ask("comfyui")
    assert isinstance(asked.protocol, Comfy)
    asked.protocol.outputs = outputs
    assert asked.failure().failure == "refused"

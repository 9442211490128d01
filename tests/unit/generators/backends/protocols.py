"""The protocols of the services, each with the backend that speaks it, and what an error looks like there.

To add a backend: a class here and its line in `PROTOCOLS`.
"""

import base64
import json
import struct
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import huggingface_hub.constants
import pytest
from huggingface_hub.hf_api import InferenceProviderMapping
from huggingface_hub.inference._providers._common import HARDCODED_MODEL_INFERENCE_MAPPING
from unit.generators.backends.service import KEY, Protocol, Reply, Request, as_json, png

from imgloop_widgets.generators.backends.comfyui import ComfyUI
from imgloop_widgets.generators.backends.hugging_face import HuggingFace
from imgloop_widgets.generators.backends.openai_images import OpenAIImages


class Spoken(Protocol):
    """A protocol with the backend that speaks it."""

    seeded = True
    prompt_and_seed: tuple[str, Any] = ("", None)

    def backend(self, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
        raise NotImplementedError

    def error(self, status: int, message: str, code: str, **headers: str) -> Reply:
        """What an error looks like."""
        raise NotImplementedError

    @property
    def sent_key(self) -> str:
        return self.requests[0].headers.get("authorization", "")


class Endpoint(Spoken):
    """An inference endpoint of Hugging Face's: JSON in, the bytes of a file out."""

    def backend(self, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
        monkeypatch.setenv("HF_TOKEN", KEY)
        options: dict[str, Any] = {"width": 32, "height": 24, "steps": 3, "guidance": 2.5, "key_env": "HF_TOKEN"}
        return HuggingFace(url, negative_prompt="blurry", price=0.01, **options)

    def reply(self, request: Request) -> Reply:
        if fault := self.asked():
            return fault
        given = request.body["parameters"]
        assert given["negative_prompt"] == "blurry"
        assert (given["width"], given["height"], given["num_inference_steps"], given["guidance_scale"]) == (
            32,
            24,
            3,
            2.5,
        )
        body = self.picture(request.body["inputs"], given["seed"])
        return Reply(headers={"content-type": "image/png", "x-request-id": "req-1"}, body=body)

    def error(self, status: int, message: str, code: str, **headers: str) -> Reply:
        return as_json({"error": message, **({"code": code} if code else {})}, status, **headers)


class Provider(Endpoint):
    """A provider behind Hugging Face's router (Together's protocol: JSON in, JSON with base64 out)."""

    def backend(self, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
        monkeypatch.setenv("HF_TOKEN", KEY)
        monkeypatch.setattr(huggingface_hub.constants, "INFERENCE_PROXY_TEMPLATE", url + "/{provider}")
        known = InferenceProviderMapping(
            provider="together", hf_model_id="a/model", providerId="the-model", status="live", task="text-to-image"
        )
        monkeypatch.setitem(HARDCODED_MODEL_INFERENCE_MAPPING, "together", {"a/model": known})
        return HuggingFace("a/model", provider="together", price=0.01)

    def reply(self, request: Request) -> Reply:
        if fault := self.asked():
            return fault
        assert request.path == "/together/v1/images/generations"
        assert request.body["model"] == "the-model"
        image = self.picture(request.body["prompt"], request.body["seed"])
        return as_json({"data": [{"b64_json": base64.b64encode(image).decode()}]}, x_request_id="req-1")


class OpenAI(Spoken):
    """OpenAI's images endpoint, or one that is compatible and takes a seed."""

    path = "/v1/images/generations"

    def backend(self, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        return OpenAIImages(
            "a-model",
            size="32x24",
            quality="low",
            base_url=f"{url}/v1",
            key_env="OPENAI_API_KEY",
            send_seed=True,
            price=0.01,
            extra={"steps": 3},
        )

    def reply(self, request: Request) -> Reply:
        if fault := self.asked():
            return fault
        assert request.path == self.path, request.path
        body = request.body
        assert (body["model"], body["size"], body["quality"], body["n"]) == ("a-model", "32x24", "low", 1)
        image = base64.b64encode(self.picture(body["prompt"], body.get("seed"))).decode()
        one = {"b64_json": image, "revised_prompt": f"{body['prompt']}, in oil"}
        return as_json({"created": 1, "data": [one]}, x_request_id="req-1")

    def error(self, status: int, message: str, code: str, **headers: str) -> Reply:
        error = {"message": message, "type": "image_generation_user_error", "param": None, "code": code or None}
        return as_json({"error": error}, status, **headers)


class Azure(OpenAI):
    """Azure's, where the deployment is in the path and the key in a header of its own."""

    path = "/openai/deployments/a-model/images/generations"
    seeded = False

    def backend(self, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
        monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
        return OpenAIImages(
            "a-model",
            size="32x24",
            quality="low",
            azure_endpoint=url,
            azure_api_version="2025-04-01-preview",
            price=0.01,
        )

    @property
    def sent_key(self) -> str:
        return self.requests[0].headers.get("api-key", "")


class ByAddress(OpenAI):
    """A service that answers with the address of the image."""

    def backend(self, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        self.url = url
        return OpenAIImages(
            "a-model",
            size="32x24",
            quality="low",
            response_format="url",
            base_url=f"{url}/v1",
            key_env="OPENAI_API_KEY",
            send_seed=True,
            price=0.01,
        )

    def reply(self, request: Request) -> Reply:
        if request.method == "POST":
            if fault := self.asked():
                return fault
            assert request.body["response_format"] == "url"
            self.prompt_and_seed = request.body["prompt"], request.body["seed"]
            one = {"url": f"{self.url}/files/1.png", "revised_prompt": f"{request.body['prompt']}, in oil"}
            return as_json({"created": 1, "data": [one]}, x_request_id="req-1")
        assert "authorization" not in request.headers
        image = self.picture(*self.prompt_and_seed)
        return Reply(headers={"content-type": "image/png", "x-request-id": "of another host"}, body=image)


class Streamed(OpenAI):
    """OpenAI's endpoint where previews are asked for: server-sent events."""

    def backend(self, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        return OpenAIImages(
            "a-model",
            size="32x24",
            quality="low",
            base_url=f"{url}/v1",
            key_env="OPENAI_API_KEY",
            send_seed=True,
            price=0.01,
            partial_images=2,
        )

    def reply(self, request: Request) -> Reply:
        if fault := self.asked():
            return fault
        body = request.body
        assert (body["stream"], body["partial_images"]) == (True, 2)
        about = {"background": "opaque", "created_at": 1, "output_format": "png", "quality": "low", "size": "32x24"}

        def event(kind: str, image: bytes, **more: Any) -> str:
            content = {
                "type": f"image_generation.{kind}",
                "b64_json": base64.b64encode(image).decode(),
                **about,
                **more,
            }
            return f"event: image_generation.{kind}\ndata: {json.dumps(content)}\n\n"

        events = [
            *(event("partial_image", png("preview", k), partial_image_index=k) for k in range(2)),
            event("completed", self.picture(body["prompt"], body["seed"]), usage={"total_tokens": 7}),
        ]
        headers = {"content-type": "text/event-stream", "x-request-id": "req-1"}
        return Reply(headers=headers, body="".join(events).encode())


WORKFLOW = {
    "3": {"class_type": "KSampler", "inputs": {"seed": "%seed%", "steps": 20, "model": ["4", 0]}},
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd15.safetensors"}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "%prompt%, masterpiece", "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "%negative%", "clip": ["4", 1]}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "study"}},
}


class Comfy(Spoken):
    """ComfyUI's server: a queue, a history, files, and a web socket for what happens."""

    running = "queue_running"
    client_id = ""
    messages: tuple[Any, ...] = ()
    outputs: Any = {"9": {"images": [{"filename": "study_1.png", "subfolder": "a b", "type": "output"}]}}  # noqa: RUF012  # never changed in place

    def backend(self, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
        monkeypatch.setenv("COMFYUI_KEY", KEY)
        file = tmp_path / "workflow.json"
        file.write_text(json.dumps(WORKFLOW))
        return ComfyUI(file, server=url, negative_prompt="blurry", price=0.01, key_env="COMFYUI_KEY")

    def reply(self, request: Request) -> Reply:
        place = (request.method, request.path.split("/")[1])
        if place == ("POST", "prompt"):
            nodes = request.body["prompt"]
            assert nodes["7"]["inputs"]["text"] == "blurry"
            assert nodes["6"]["inputs"]["text"].endswith(", masterpiece")
            self.prompt_and_seed = nodes["6"]["inputs"]["text"], nodes["3"]["inputs"]["seed"]
            self.client_id = request.body["client_id"]
            if fault := self.asked():
                return fault if not fault.stalls else as_json({"prompt_id": "id-1", "number": 1, "node_errors": {}})
            return as_json({"prompt_id": "id-1", "number": 1, "node_errors": {}})
        if place == ("GET", "history"):
            assert request.path == "/history/id-1"
            if self.fault is not None:
                return as_json({})
            for socket in self.sockets:
                socket.write_message(json.dumps({"type": "progress", "data": {"value": 5, "max": 20}}))
                socket.write_message(struct.pack(">II", 1, 2) + png("preview", 0), binary=True)
            status = {"status_str": "error" if self.messages else "success", "messages": list(self.messages)}
            return as_json({"id-1": {"status": status, "outputs": self.outputs}})
        if place == ("GET", "view"):
            query = {name: values[0] for name, values in parse_qs(request.query).items()}
            assert query == {"filename": "study_1.png", "subfolder": "a b", "type": "output"}
            body = self.picture(*self.prompt_and_seed)
            return Reply(headers={"content-type": "image/png", "x-request-id": "req-1"}, body=body)
        if place == ("GET", "queue"):
            queue: dict[str, list[Any]] = {"queue_running": [], "queue_pending": []}
            queue[self.running].append([1, "id-1", {}, {"client_id": self.client_id}, ["9"]])
            queue["queue_running"].append([2, "id-2", {}, {"client_id": "another"}, ["9"]])
            return as_json(queue)
        if place == ("POST", "interrupt") or place == ("POST", "queue"):
            assert request.body in ({"prompt_id": "id-1"}, {"delete": ["id-1"]}), "another one's"
            self.left.set()
        return Reply()

    def error(self, status: int, message: str, code: str, **headers: str) -> Reply:
        error = {
            "type": code or "prompt_outputs_failed_validation",
            "message": message,
            "details": "",
            "extra_info": {},
        }
        return as_json({"error": error, "node_errors": {}}, status, **headers)


PROTOCOLS: dict[str, type[Spoken]] = {
    "hugging_face": Endpoint,
    "hugging_face-provider": Provider,
    "openai": OpenAI,
    "openai-azure": Azure,
    "openai-by_address": ByAddress,
    "openai-streamed": Streamed,
    "comfyui": Comfy,
}

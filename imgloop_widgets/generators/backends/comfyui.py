"""`ComfyUI`: a workflow on a ComfyUI server, over its HTTP API.

    ComfyUI("workflow.json", server="http://127.0.0.1:8188", negative_prompt="blurry")

The workflow is saved with "Export (API)" and marked by hand: a text of it may hold `%prompt%` and `%negative%`, and an
input that is exactly `"%seed%"` becomes the seed, a number. What the first node with images has made is the image.

    POST /prompt ─► id      GET /history/id until it is there ─► GET /view      stopped: POST /queue, POST /interrupt
                    └─ /ws: steps and previews; without it the image comes all the same
"""

import asyncio
import contextlib
import json
import logging
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
from websockets.asyncio.client import connect

from imgloop_widgets.errors import GenerationError
from imgloop_widgets.generators.backends.answers import Answer
from imgloop_widgets.generators.backends.calls import PerLoop, ask, client, unwatched
from imgloop_widgets.generators.backends.keys import address, read_key
from imgloop_widgets.generators.backends.wishes import wishes_of
from imgloop_widgets.generators.contract import Context, Generated

SERVICE = "ComfyUI"
LOOK_S = 0.5
"""Seconds between looks whether the image is done, where /ws does not tell it."""

PROMPT, NEGATIVE, SEED = "%prompt%", "%negative%", "%seed%"


class ComfyUI:
    """A workflow of a ComfyUI server.

    workflow: a JSON file in the API's format, with the marks. server: its address. negative_prompt: for `%negative%`.
    price: US dollars for one image. key_env, key_file: where a key is (sent as a bearer token), where one is needed.

    Raises:
        ValueError: the file is no such workflow, or has no mark for the prompt; the key can't be read.
    """

    name = "comfyui"
    version = "1"

    def __init__(
        self,
        workflow: Path,
        *,
        server: str = "http://127.0.0.1:8188",
        negative_prompt: str = "",
        price: float | None = 0.0,
        key_env: str | None = None,
        key_file: Path | None = None,
    ) -> None:
        self._workflow = _read(Path(workflow))
        self.price, self._negative, self._server = price, negative_prompt, address(server, "server")
        self._key = read_key(key_env, key_file)
        self._web = PerLoop(client)
        self.settings = {"workflow": self._workflow, "negative_prompt": negative_prompt}

    async def __call__(self, prompt: str, context: Context, /) -> Generated:
        """Return the image of a prompt. Raises: GenerationError."""
        negative = wishes_of(context).get("negative_prompt", self._negative)
        marks = {PROMPT: prompt, NEGATIVE: negative, SEED: context.seed}
        filled = fill(self._workflow, marks)
        (image, node), answer = await ask(
            lambda: self._made(filled, context), service=SERVICE, context=context, key=self._key
        )
        return Generated(
            image=image,
            parameters={"workflow": self._workflow, "negative_prompt": negative, "node": node},
            model=", ".join(models_of(filled)),
            seed=context.seed,
            request_id=answer.request_id,
            cost=self.price,
        )

    async def _made(self, workflow: dict[str, Any], context: Context) -> tuple[bytes, str]:
        asked_as = uuid.uuid4().hex
        done = asyncio.Event()
        listening = asyncio.create_task(self._listen(asked_as, context, done))
        try:
            answer = await self._call("POST", "/prompt", json={"prompt": workflow, "client_id": asked_as})
            id = str(_table(answer).get("prompt_id") or "")
            if not id:
                raise GenerationError(f"{SERVICE} did not say under which id it draws", failure="bad_output")
            place = await self._finished(id, done, context)
            return (await self._call("GET", "/view", params=place[0])).content, place[1]
        except BaseException:
            await asyncio.shield(asyncio.create_task(self._stop(asked_as)))
            raise
        finally:
            listening.cancel()

    async def _finished(self, id: str, done: asyncio.Event, context: Context) -> tuple[dict[str, str], str]:
        """Return where the image is, and the node that made it, once it is there."""
        while True:
            entry = _table(await self._call("GET", f"/history/{id}")).get(id)
            if isinstance(entry, dict):
                return _image_of(entry)
            if context.cancelled():
                raise GenerationError("cancelled", failure="cancelled")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), LOOK_S)
            done.clear()

    async def _listen(self, asked_as: str, context: Context, done: asyncio.Event) -> None:
        """Pass steps and previews on; whatever goes wrong with them costs no image."""
        address = f"ws{self._server.removeprefix('http')}/ws?clientId={asked_as}"
        quiet = logging.Logger("comfyui", logging.WARNING)  # at DEBUG it would write the headers, with the key
        more: dict[str, Any] = {"additional_headers": self._headers, "max_size": 2**24, "open_timeout": 5}
        with contextlib.suppress(Exception):
            async with connect(address, logger=quiet, **more) as socket:
                async for message in socket:
                    if isinstance(message, bytes):
                        if message[:4] == b"\0\0\0\1":  # a preview: its kind and its format, then a JPEG or a PNG
                            context.progress(None, "Drawing", message[8:])
                        continue
                    event = json.loads(message)
                    data = event.get("data") or {}
                    if event["type"] == "progress":
                        context.progress(min(1.0, data["value"] / data["max"]), "Drawing")
                    elif event["type"] in {"execution_success", "execution_error", "execution_interrupted"} or (
                        event["type"] == "executing" and data.get("node") is None
                    ):
                        done.set()

    async def _stop(self, asked_as: str) -> None:
        """Take it from the queue, or interrupt it if it is the one that runs: never another one's.

        It is known by the client's id: the call may end before the server has told under which id it draws.
        """
        unwatched()
        with contextlib.suppress(Exception):
            async with asyncio.timeout(5):
                queue = _table(await self._call("GET", "/queue"))
                for _, id, _, extra, *_ in queue.get("queue_pending", []):
                    if extra.get("client_id") == asked_as:
                        await self._call("POST", "/queue", json={"delete": [id]})
                for _, id, _, extra, *_ in queue.get("queue_running", []):
                    if extra.get("client_id") == asked_as:
                        await self._call("POST", "/interrupt", json={"prompt_id": id})

    async def _call(self, method: str, path: str, **more: Any) -> httpx2.Response:
        response = await self._web.get().request(method, self._server + path, headers=self._headers, **more)
        response.raise_for_status()
        return response

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key.reveal()}"} if self._key else {}


def fill(part: Any, marks: Mapping[str, Any]) -> Any:
    """Return a workflow with its marks replaced. A prompt that has a mark in it stays as the worker wrote it."""
    if isinstance(part, dict):
        return {name: fill(value, marks) for name, value in part.items()}
    if isinstance(part, list):
        return [fill(value, marks) for value in part]
    if not isinstance(part, str):
        return part
    if part == SEED:
        return marks[SEED]
    pieces = part.split(PROMPT)
    return str(marks[PROMPT]).join(piece.replace(NEGATIVE, str(marks[NEGATIVE])) for piece in pieces)


def models_of(workflow: Mapping[str, Any]) -> list[str]:
    """Return the names of the model files that a workflow loads."""
    inputs = [node.get("inputs", {}) for node in workflow.values() if isinstance(node, dict)]
    return [str(each[name]) for each in inputs for name in ("ckpt_name", "unet_name", "lora_name") if name in each]


def _read(file: Path) -> dict[str, Any]:
    what = f"workflow {file.name!r}"
    try:
        content = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ValueError(f"{what} can't be read ({error.strerror}); name a JSON file") from None
    except ValueError:
        raise ValueError(f"{what} is no JSON; save it in ComfyUI with Export (API)") from None
    if not isinstance(content, dict) or not all(isinstance(n, dict) and "class_type" in n for n in content.values()):
        raise ValueError(f"{what} is not in the API's format; save it in ComfyUI with Export (API)")
    if PROMPT not in json.dumps(content):
        raise ValueError(f"{what} has no {PROMPT}; write it into the text that is the prompt")
    return content


def _table(response: httpx2.Response) -> dict[str, Any]:
    content = Answer(status=response.status_code, body=response.content).json
    if not isinstance(content, dict):
        raise GenerationError(f"{SERVICE} answered with something else than JSON", failure="bad_output")
    return content


def _image_of(entry: dict[str, Any]) -> tuple[dict[str, str], str]:
    """Return where the image of a finished entry of the history is. Raises: GenerationError: it has none."""
    status = entry.get("status") or {}
    for kind, said in status.get("messages", []):
        if kind == "execution_interrupted":
            raise GenerationError(f"{SERVICE} was interrupted", failure="cancelled")
        if kind == "execution_error":
            what = f"{SERVICE}: {said.get('exception_type', '')}: {said.get('exception_message', '')}"[:300]
            memory = "OutOfMemory" in what or "out of memory" in what.lower()
            raise GenerationError(what, failure="transient" if memory else "invalid_parameters")
    for node, made in (entry.get("outputs") or {}).items():
        for image in made.get("images", []):
            if image.get("type") != "temp":
                return {k: str(image.get(k, "")) for k in ("filename", "subfolder", "type")}, str(node)
    raise GenerationError(f"{SERVICE} made no image", failure="refused")

"""`OpenAIImages`: OpenAI's images endpoint, Azure's, and every server that speaks the same protocol.

    OpenAIImages("gpt-image-2", size="1024x1024", quality="medium", price=0.05)            key in OPENAI_API_KEY
    OpenAIImages("my-deployment", azure_endpoint="https://…", azure_api_version="2025-04-01-preview")
    OpenAIImages("sd-turbo", base_url="http://127.0.0.1:8900/v1", send_seed=True)          `imgloop generate-server`

OpenAI's own service takes no seed: the same prompt gives another image each time, and a replay can't repeat it. Servers
that take one (also a negative prompt, steps, …) get it by `send_seed` and `extra`.
"""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openai

from imgloop_widgets.errors import GenerationError
from imgloop_widgets.generators.backends.calls import NoImage, PerLoop, ask, client
from imgloop_widgets.generators.backends.keys import address, read_key
from imgloop_widgets.generators.backends.wishes import wishes_of
from imgloop_widgets.generators.contract import Context, Generated

SERVICE = "the images service"
OPENAI = "https://api.openai.com/v1"
"""Given, since the library takes another one from the environment: the study file says who is asked."""


class OpenAIImages:
    """An OpenAI-compatible images endpoint.

    model: its name at the service (Azure: of the deployment). size: such as "1024x1024". quality: as the service calls
    it. response_format: "b64_json" or "url", for servers that take it. send_seed: whether the server takes `seed`.
    extra: further fields of the request, JSON values. base_url: of another server than OpenAI's, up to and with /v1.
    azure_endpoint, azure_api_version: both, for Azure. partial_images: how many previews to ask for, 0 to 3. price: US
    dollars for one image. key_env, key_file: where the key is; None: in OPENAI_API_KEY or AZURE_OPENAI_API_KEY, and
    with a base_url there is none.

    Raises:
        ValueError: an option is not possible, or the key is missing.
    """

    name = "openai_images"
    version = "1"

    def __init__(
        self,
        model: str,
        *,
        size: str | None = None,
        quality: str | None = None,
        response_format: str | None = None,
        send_seed: bool = False,
        extra: Mapping[str, Any] | None = None,
        base_url: str | None = None,
        azure_endpoint: str | None = None,
        azure_api_version: str | None = None,
        partial_images: int = 0,
        price: float | None = None,
        key_env: str | None = None,
        key_file: Path | None = None,
    ) -> None:
        if response_format not in (None, "b64_json", "url"):
            raise ValueError(f"response_format must be 'b64_json' or 'url'; not {response_format!r}")
        if not 0 <= partial_images <= 3:
            raise ValueError(f"partial_images must be from 0 to 3; not {partial_images}")
        if (azure_endpoint is None) != (azure_api_version is None):
            raise ValueError("azure_endpoint and azure_api_version go together; give both")
        if azure_endpoint and base_url:
            raise ValueError("azure_endpoint and base_url exclude each other; give one")
        base_url = address(base_url, "base_url") if base_url else None
        azure_endpoint = address(azure_endpoint, "azure_endpoint") if azure_endpoint else None
        self.price, self._send_seed, self._partial_images = price, send_seed, partial_images
        asked = {"model": model, "size": size, "quality": quality, "response_format": response_format}
        self._asked = {name: value for name, value in asked.items() if value is not None}
        self._extra = dict(extra or {})
        self.settings = {**self._asked, **self._extra, "server": azure_endpoint or base_url or OPENAI}
        named = None if base_url else "AZURE_OPENAI_API_KEY" if azure_endpoint else "OPENAI_API_KEY"
        self._key = key = read_key(key_env or named, key_file)
        secret = key.reveal() if key else "none"

        def connect() -> openai.AsyncOpenAI:
            if azure_endpoint:
                return openai.AsyncAzureOpenAI(
                    azure_endpoint=azure_endpoint,
                    azure_deployment=model,
                    api_version=azure_api_version,
                    api_key=secret,
                    max_retries=0,
                    http_client=client(),
                )
            return openai.AsyncOpenAI(base_url=base_url or OPENAI, api_key=secret, max_retries=0, http_client=client())

        self._service, self._web = PerLoop(connect), PerLoop(client)

    async def __call__(self, prompt: str, context: Context, /) -> Generated:
        """Return the image of a prompt. Raises: GenerationError."""
        context.progress(None, "Waiting for the image service")
        extra = {**self._extra, **wishes_of(context), **({"seed": context.seed} if self._send_seed else {})}
        more: dict[str, Any] = {"extra_body": extra, "extra_headers": {"Idempotency-Key": context.idempotency_key}}
        call = self._streamed if self._partial_images else self._whole
        (image, found), answer = await ask(
            lambda: call(prompt, context, {**self._asked, **more}), service=SERVICE, context=context, key=self._key
        )
        return Generated(
            image=image,
            parameters={**self.settings, **extra, **found.get("parameters", {})},
            model=str(found.get("model") or self._asked["model"]),
            seed=context.seed if self._send_seed else None,
            revised_prompt=found.get("revised_prompt"),
            request_id=answer.request_id,
            cost=self.price,
            flags=tuple(found.get("flags") or ()),
        )

    async def _whole(self, prompt: str, context: Context, asked: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
        return await self._image_in(await self._service.get().images.generate(prompt=prompt, n=1, **asked))

    async def _image_in(self, response: openai.types.ImagesResponse) -> tuple[bytes, dict[str, Any]]:
        first = response.data[0] if response.data else None
        if first is None or not (first.b64_json or first.url):
            raise NoImage
        image = _decoded(first.b64_json) if first.b64_json else await self._fetched(str(first.url))
        usage = response.usage.model_dump(exclude_none=True) if response.usage else None
        extra = response.model_extra or {}
        return image, {
            "revised_prompt": first.revised_prompt,
            "flags": (first.model_extra or {}).get("flags"),
            "model": extra.get("model"),
            "parameters": {"usage": usage} if usage else {},
        }

    async def _streamed(self, prompt: str, context: Context, asked: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
        """Show what comes before the image is done; a server that does not stream sends only the last."""
        images, count = self._service.get().images, self._partial_images
        async with await images.generate(prompt=prompt, n=1, stream=True, partial_images=count, **asked) as stream:
            if "event-stream" not in stream.response.headers.get("content-type", ""):
                await stream.response.aread()
                whole = {"created": 0, **stream.response.json()}
                return await self._image_in(openai.types.ImagesResponse.model_validate(whole))
            async for event in stream:
                if event.type == "image_generation.partial_image":
                    share = (event.partial_image_index + 1) / (count + 1)
                    context.progress(min(share, 1.0), "Drawing", _decoded(event.b64_json))
                elif event.type == "image_generation.completed":
                    usage = event.usage.model_dump(exclude_none=True) if event.usage else None
                    return _decoded(event.b64_json), {"parameters": {"usage": usage} if usage else {}}
        raise NoImage

    async def _fetched(self, url: str) -> bytes:
        """Fetch an image from where the service put it, without the key: that is another host."""
        if not url.startswith(("https://", "http://")):
            raise GenerationError(f"{SERVICE} named no address of an image", failure="bad_output")
        response = await self._web.get().get(url)
        if response.is_error:
            what = f"the image could not be fetched: {response.status_code}"
            raise GenerationError(what, failure="transient" if response.status_code >= 500 else "bad_output")
        return response.content


def _decoded(text: str) -> bytes:
    """Return the bytes of base64, which some servers send as a data URL."""
    try:
        return base64.b64decode(text.partition(",")[2] if text.startswith("data:") else text)
    except ValueError:
        raise GenerationError(f"{SERVICE} sent an image that is no base64", failure="bad_output") from None

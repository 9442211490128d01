"""`HuggingFace`: any text-to-image model that Hugging Face's inference providers serve, or an endpoint of one's own.

    HuggingFace("black-forest-labs/FLUX.1-dev", provider="together", steps=28, guidance=3.5)      key in HF_TOKEN
    HuggingFace("https://….endpoints.huggingface.cloud", width=768, height=768, key_env="HF_TOKEN")

The first call with a model's name asks the hub which provider has it; a name that is an address is called as it is.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import httpx2
import huggingface_hub
from huggingface_hub.inference._providers import get_provider_helper
from PIL.Image import Image

from imgloop_widgets.errors import GenerationError
from imgloop_widgets.generators.backends.answers import refusal_in
from imgloop_widgets.generators.backends.calls import PerLoop, ask, client
from imgloop_widgets.generators.backends.keys import Key, address, read_key
from imgloop_widgets.generators.backends.wishes import wishes_of
from imgloop_widgets.generators.contract import Context, Generated

SERVICE = "Hugging Face"


class HuggingFace:
    """A model behind `huggingface_hub`'s client.

    model: its name on the hub, or the address of an inference endpoint. provider: who computes it; None: the first in
    the order of one's settings. negative_prompt: what not to draw. width, height: pixels. steps: of denoising.
    guidance: how close to the prompt. extra: further parameters of the provider's, JSON values. price: US dollars for
    one image. key_env, key_file: where the token is; None: in HF_TOKEN or saved by `hf auth login`, and for an address
    there is none.

    Raises:
        ValueError: an option is not possible, or the token is missing.
    """

    name = "hugging_face"
    version = "1"

    def __init__(
        self,
        model: str,
        *,
        provider: str | None = None,
        negative_prompt: str | None = None,
        width: int | None = None,
        height: int | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        extra: Mapping[str, Any] | None = None,
        price: float | None = None,
        key_env: str | None = None,
        key_file: Path | None = None,
    ) -> None:
        if by_address := "://" in model:
            model = address(model, "model")
        if by_address or key_env or key_file:
            key = read_key(key_env, key_file)
        else:
            saved = huggingface_hub.get_token()  # HF_TOKEN, or what `hf auth login` has saved
            key = Key(saved) if saved else read_key("HF_TOKEN", None)
        self.price, self._key, self._model = price, key, model
        given = {
            "negative_prompt": negative_prompt,
            "width": width,
            "height": height,
            "num_inference_steps": steps,
            "guidance_scale": guidance,
        }
        self._parameters: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        self._extra = dict(extra or {})
        self.settings = {"model": model, "provider": provider or "auto", **self._parameters, **self._extra}

        class Client(huggingface_hub.AsyncInferenceClient):
            """The library's, with a client whose answers are watched and limited."""

            async def _get_async_client(self) -> httpx2.AsyncClient:
                if self._async_client is None:
                    self._async_client = await self.exit_stack.enter_async_context(client())
                return self._async_client

        # without a token the library takes the saved one; a header that is None takes it out again
        headers: Any = {"authorization": None} if key is None else None
        token, by = key.reveal() if key else None, cast(Any, provider)  # the library says which providers there are
        self._service = PerLoop(lambda: Client(model, provider=by, token=token, headers=headers))

        def look_up() -> None:
            """Ask the hub who computes this model. The library keeps it, but would ask on the loop that all share."""
            helper = get_provider_helper(by, task="text-to-image", model=model)
            helper.prepare_request(inputs="", parameters={}, headers={}, model=model, api_key=token)

        self._look_up = None if by_address else look_up

    async def __call__(self, prompt: str, context: Context, /) -> Generated:
        """Return the image of a prompt. Raises: GenerationError."""
        context.progress(None, "Waiting for the image service")
        service = self._service.get()

        wishes = wishes_of(context)
        asked = {**self._parameters, **wishes}

        async def call() -> Image:
            if self._look_up:
                await asyncio.to_thread(self._look_up)
            return await service.text_to_image(prompt, seed=context.seed, extra_body=self._extra, **asked)

        image, answer = await ask(call, service=SERVICE, context=context, key=self._key)
        if refusal_in(answer.json):
            raise GenerationError(f"{SERVICE}: the image was moderated", failure="refused")
        return Generated(
            image=image,
            parameters={**self.settings, **wishes},
            model=self._model,
            seed=context.seed,
            request_id=answer.request_id,
            cost=self.price,
        )

"""`ChatReviser`: a language model that rewrites prompts, behind OpenAI's chat completions or a server like it.

    revise = { with = "chat", model = "gpt-5-mini", instruction = "Rewrite the prompt for an image model." }
    revise = { with = "chat", model = "llama", base_url = "http://127.0.0.1:8000/v1", instruction = "…" }

The instruction goes as the system's message, the worker's words alone as the user's. What comes back is the prompt that
is sent, as it is: quotes, fences or an apology that the model writes in it are sent too, so the instruction should say
that nothing but the prompt may be written.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openai

from imgloop_widgets.errors import GenerationError
from imgloop_widgets.generators.backends.calls import NoImage, PerLoop, ask, client
from imgloop_widgets.generators.backends.keys import address, read_key
from imgloop_widgets.generators.backends.openai_images import OPENAI
from imgloop_widgets.generators.contract import Context

SERVICE = "the revision service"


class ChatReviser:
    """A model behind an OpenAI-compatible endpoint for chat completions.

    model: its name at the service. instruction: what it is told to do with a prompt. temperature: 0 or more, as the
    service takes it; None: the service's own. send_seed: whether the server takes `seed`; it gets the attempt's.
    extra: further fields of the request, JSON values. base_url: of another server than OpenAI's, up to and with /v1.
    key_env, key_file: where the key is; None: in OPENAI_API_KEY, and with a base_url there is none.

    Raises:
        ValueError: an option is not possible, or the key is missing.
    """

    def __init__(
        self,
        model: str,
        *,
        instruction: str,
        temperature: float | None = None,
        send_seed: bool = False,
        extra: Mapping[str, Any] | None = None,
        base_url: str | None = None,
        key_env: str | None = None,
        key_file: Path | None = None,
    ) -> None:
        if not instruction.strip():
            raise ValueError("instruction must say what to do with a prompt; it is empty")
        if temperature is not None and not 0 <= temperature < math.inf:
            raise ValueError(f"temperature must be 0 or more; not {temperature}")
        base_url = address(base_url, "base_url") if base_url else OPENAI
        self._instruction, self._send_seed, self._extra = instruction, send_seed, dict(extra or {})
        self._asked: dict[str, Any] = {"model": model}
        if temperature is not None:
            self._asked["temperature"] = temperature
        named = "OPENAI_API_KEY" if base_url == OPENAI else None
        self._key = key = read_key(key_env or named, key_file)
        secret = key.reveal() if key else "none"

        def connect() -> openai.AsyncOpenAI:
            return openai.AsyncOpenAI(base_url=base_url, api_key=secret, max_retries=0, http_client=client())

        self._service = PerLoop(connect)

    async def __call__(self, prompt: str, context: Context, /) -> str:
        """Return the prompt to send. Raises: GenerationError.

        It says nothing of its progress: the worker must not see that there is a revision.
        """
        text, _ = await ask(lambda: self._revised(prompt, context), service=SERVICE, context=context, key=self._key)
        return text

    async def _revised(self, prompt: str, context: Context) -> str:
        response = await self._service.get().chat.completions.create(
            messages=[{"role": "system", "content": self._instruction}, {"role": "user", "content": prompt}],
            extra_body={**self._extra, **({"seed": context.seed} if self._send_seed else {})},
            extra_headers={"Idempotency-Key": f"{context.idempotency_key}/revise"},  # the image's own is without
            **self._asked,
        )
        if not response.choices:
            raise NoImage
        choice = response.choices[0]
        if choice.finish_reason == "content_filter" or choice.message.refusal:
            said = choice.message.refusal or "its filter stopped the answer"
            raise GenerationError(f"{SERVICE} refused: {said:.300}", failure="refused")
        text = choice.message.content
        if choice.finish_reason == "length":
            raise GenerationError(f"{SERVICE} cut its answer off; let it write more (see extra)", failure="bad_output")
        if not isinstance(text, str) or not text.strip():
            raise GenerationError(f"{SERVICE} sent no text", failure="bad_output")
        return text

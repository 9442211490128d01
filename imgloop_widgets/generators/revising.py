"""Hidden prompt revision: one call of what rewrites a prompt before it is sent, and the revisers a study file can name.

    [[arm]]
    revise = { with = "template", text = "{prompt}, detailed, soft light" }
    revise = { with = "chat", model = "gpt-5-mini", instruction = "Rewrite the prompt for an image model." }

| with | what rewrites | options |
| --- | --- | --- |
| `template` | words around the worker's own | `text` |
| `chat` | a language model behind an OpenAI-compatible endpoint | see `backends/chat_reviser.py` |

Options are those of the class, checked as a generator's are: by name and kind, when the study is opened.

The worker sees only their own words; the prompt that was sent is stored beside them (`ImageGenerated.sent_prompt`). A
reviser fails as a generator does (`GenerationError`), and is tried again by the same table. The limits and the price of
`[generation]` are those of images: a revision takes no turn, and its cost is not counted.

To add one that a study file can name: a class with `__call__(prompt, context) → str`, a function here that imports it,
and a line in `NAMED`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from imgloop_widgets.errors import GenerationError
from imgloop_widgets.generators.calling import Call
from imgloop_widgets.generators.contract import Context, Reviser
from imgloop_widgets.generators.named import Named, did_you_mean, made
from imgloop_widgets.plain import plain_text

PROMPT = "{prompt}"
LONGEST = 20_000
"""Characters of a prompt that is sent."""


class Revising(Call):
    """One call of a reviser. `run` blocks (any thread)."""

    def __init__(self, revise: Reviser, prompt: str, context: Context) -> None:
        super().__init__()
        self._revise, self._prompt, self._context = revise, prompt, context

    def run(self) -> str:
        """Return the prompt to send.

        Raises:
            GenerationError: the reviser said so, was cancelled, or returned what is no prompt. Any other exception is
                the reviser's own.
        """
        self.unless_cancelled()
        revised = self.waited_for(self._revise(self._prompt, self._context))
        if not isinstance(revised, str) or not revised.strip() or len(revised) > LONGEST:
            what = f"revise must return a text of 1 to {LONGEST} characters; not {revised!r:.200}"
            raise GenerationError(what, failure="bad_output")
        return plain_text(revised.strip())


class Template:
    """Words around the worker's own. text: has `{prompt}` where these stand."""

    def __init__(self, *, text: str) -> None:
        if PROMPT not in text:
            raise ValueError(f"text must have {PROMPT} where the worker's words stand; not {text!r}")
        self._text = text

    def __call__(self, prompt: str, context: Context, /) -> str:
        """Return the template with the prompt in it."""
        return self._text.replace(PROMPT, prompt)


def _template() -> type:
    return Template


def _chat() -> type:
    from imgloop_widgets.generators.backends.chat_reviser import ChatReviser

    return ChatReviser


NAMED: dict[str, Named] = {
    "template": Named(load=_template),
    "chat": Named(load=_chat, extra="openai"),
}


def build(options: Mapping[str, Any], folder: Path = Path()) -> Reviser:
    """Return the reviser that an arm names. options: `with`, its name, and what it takes. folder: of relative paths.

    Raises:
        ValueError: there is none of this name, its package is not installed, or it does not take these options.
    """
    name, rest = options.get("with"), {key: value for key, value in options.items() if key != "with"}
    if name not in NAMED:
        raise ValueError(f"revise with {name!r} is not known; {did_you_mean(str(name), NAMED)}")
    reviser: Reviser = made(f"revise with {name!r}", NAMED[name], rest, folder)
    return reviser

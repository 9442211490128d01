"""`DiffusersLocal`: a `diffusers` pipeline in this process.

    DiffusersLocal("models/sdxl-turbo", steps=4, guidance=0.0, device="cuda", dtype="float16")     a folder
    DiffusersLocal(my_pipeline, steps=30)                                                          an object

A kernel belongs to one worker: a pipeline in each would fill the machine. For more than one worker put it behind
`imgloop generate-server` and let the study ask that by `openai_images`. In one process the same model is loaded once,
and draws one batch at a time (a pipeline is not made for more); who waits can still cancel.

The seed is that of a generator on the CPU for each image, so an image does not depend on what is in its batch or on the
device's own way of drawing lots. (The last bits may still differ between devices and between sizes of a batch.)
"""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from imgloop_widgets.errors import Failure, GenerationError
from imgloop_widgets.generators.backends.wishes import wishes_of
from imgloop_widgets.generators.contract import Context, Generated

LOOK_S = 0.2
"""Seconds between looks whether somebody who waits for the pipeline has gone."""


class DiffusersLocal:
    """A text-to-image pipeline.

    model: its folder, its name on the hub, or a pipeline. device: such as "cuda" or "cpu"; None: the best there is.
    dtype: such as "float16"; None: as the pipeline is stored. negative_prompt: what not to draw. width, height: pixels.
    steps: of denoising. guidance: how close to the prompt. extra: further arguments of the pipeline's call.

    Raises:
        ValueError: the dtype is not known; or of width and height only one is given.
    """

    name = "diffusers"
    version = "1"
    price = 0.0

    def __init__(
        self,
        model: Any,
        *,
        negative_prompt: str | None = None,
        width: int | None = None,
        height: int | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        device: str | None = None,
        dtype: str | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        import diffusers  # noqa: F401  # a missing package is told when the study is opened, not at the first image
        import torch

        if dtype is not None and not isinstance(getattr(torch, dtype, None), torch.dtype):
            raise ValueError(f"dtype must be one of PyTorch's, such as 'float16'; not {dtype!r}")
        if (width is None) != (height is None):
            raise ValueError("width and height go together; give both")
        given = {
            "negative_prompt": negative_prompt,
            "width": width,
            "height": height,
            "num_inference_steps": steps,
            "guidance_scale": guidance,
        }
        self._parameters = {k: v for k, v in given.items() if v is not None} | dict(extra or {})
        self._model, self._device, self._dtype = model, device, dtype
        self.model = str(model) if isinstance(model, str | Path) else _name(model)
        self.settings = {"model": self.model, "dtype": dtype, **self._parameters}

    def __call__(self, prompt: str, context: Context, /) -> Generated:
        """Return the image of a prompt. Raises: GenerationError."""
        made = self.many([prompt], [context])[0]
        if isinstance(made, GenerationError):
            raise made
        return made

    def load(self) -> None:
        """Load now what the first image would load. Raises: GenerationError: it can't be."""
        _loaded(self._model, self._device, self._dtype)

    def many(self, prompts: Sequence[str], contexts: Sequence[Context]) -> list[Generated | GenerationError]:
        """Return the images of several prompts, drawn together, each with its own context's seed.

        Drawing ends when nobody waits any more. What a worker has set beside a prompt counts where it is drawn alone.

        Raises:
            GenerationError: none could be made.
        """
        watch = _Watch(contexts)
        with _turn(self._model, watch):
            pipeline = _loaded(self._model, self._device, self._dtype)
            wishes = wishes_of(contexts[0]) if len(contexts) == 1 else {}
            asked = {**self._parameters, **wishes}
            if isinstance(asked.get("negative_prompt"), str):
                asked["negative_prompt"] = [asked["negative_prompt"]] * len(prompts)
            output = _draw(pipeline, list(prompts), contexts, asked, watch)
            made_with = _made_with(pipeline)
        watch.check()
        flags = getattr(output, "nsfw_content_detected", None) or [False] * len(prompts)
        return [
            GenerationError("the safety checker blacked the image out", failure="refused")
            if flag
            else Generated(
                image=image, parameters={**self._parameters, **wishes, **made_with}, model=self.model, seed=context.seed
            )
            for image, flag, context in zip(output.images, flags, contexts, strict=True)
        ]


class _Watch:
    """Whether anybody still waits for what is being drawn."""

    def __init__(self, contexts: Sequence[Context]) -> None:
        self._contexts, self._ends = contexts, time.monotonic() + max(c.timeout_s for c in contexts)

    def over(self) -> Failure | None:
        """Why to stop; None: go on."""
        if all(context.cancelled() for context in self._contexts):
            return "cancelled"
        return "timeout" if time.monotonic() > self._ends else None

    def check(self) -> None:
        if why := self.over():
            raise GenerationError(f"the pipeline was stopped: {why}", failure=why)

    def tell(self, share: float | None, text: str) -> None:
        for context in self._contexts:
            context.progress(share, text)


def _draw(
    pipeline: Any, prompts: list[str], contexts: Sequence[Context], asked: Mapping[str, Any], watch: _Watch
) -> Any:
    import torch

    def stepped(pipe: Any, step: int, timestep: Any, values: dict[str, Any]) -> dict[str, Any]:
        watch.tell(min(1.0, (step + 1) / max(1, getattr(pipe, "num_timesteps", step + 1))), "Drawing")
        if watch.over():
            pipe._interrupt = True  # its documented way to stop: the remaining steps are passed over
        return values

    seeds = [torch.Generator("cpu").manual_seed(context.seed) for context in contexts]
    try:
        return pipeline(prompts, generator=seeds, callback_on_step_end=stepped, **asked)
    except torch.OutOfMemoryError as error:
        raise GenerationError(f"the model does not fit into memory: {error}", failure="transient") from error
    except (TypeError, ValueError) as error:  # its own checks of sizes and arguments
        raise GenerationError(f"the pipeline can't be asked so: {error}", failure="invalid_parameters") from error


_loading = threading.Lock()
_pipelines: dict[tuple[str, str | None, str | None], Any] = {}
_turns: dict[Any, threading.Lock] = {}


@contextmanager
def _turn(model: Any, watch: _Watch) -> Iterator[None]:
    """Wait for the pipeline to be free, as long as anybody waits for the image."""
    with _loading:
        turn = _turns.setdefault(str(model) if isinstance(model, str | Path) else id(model), threading.Lock())
    while not turn.acquire(timeout=LOOK_S):
        watch.check()
        watch.tell(None, "Waiting for the model")
    try:
        watch.check()
        yield
    finally:
        turn.release()


def _loaded(model: Any, device: str | None, dtype: str | None) -> Any:
    """Return the pipeline, loaded once in a process."""
    if not isinstance(model, str | Path):
        return model
    import torch
    from diffusers import DiffusionPipeline

    with _loading:
        found = _pipelines.get((str(model), device, dtype))
        if found is None:
            more = {"dtype": getattr(torch, dtype)} if dtype else {}
            load: Any = DiffusionPipeline.from_pretrained  # it carries no types
            try:
                found = load(str(model), **more)
                found.set_progress_bar_config(disable=True)
                found = found.to(device or _best_device())
            except Exception as error:  # of many libraries: no such folder, a file that is damaged, no such device
                what = f"the model {str(model)!r} can't be loaded: {error}"
                raise GenerationError(what, failure="invalid_parameters") from error
            _pipelines[str(model), device, dtype] = found
    return found


def _best_device() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _made_with(pipeline: Any) -> dict[str, str]:
    """What an image depends on beside what was asked: the same seed draws another one elsewhere."""
    import diffusers
    import torch

    return {
        "diffusers": diffusers.__version__,
        "torch": torch.__version__,
        "scheduler": type(getattr(pipeline, "scheduler", None)).__name__,
        "device": str(getattr(pipeline, "device", "")),
        "dtype": str(getattr(pipeline, "dtype", "")),
    }


def _name(pipeline: Any) -> str:
    """What a pipeline calls itself: where it was loaded from, or its class."""
    return str(getattr(pipeline, "name_or_path", "") or type(pipeline).__name__)

"""A local pipeline with weights by chance: what is asked of every backend, and what only a local one can do."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from unit.generators.backends.conftest import context

from imgloop_widgets.errors import Failure, GenerationError
from imgloop_widgets.generators.backends.diffusers_local import DiffusersLocal
from imgloop_widgets.generators.contract import Context, Generated
from imgloop_widgets.generators.making import Made, Making


@pytest.fixture
def backend(pipeline: Any) -> DiffusersLocal:
    return DiffusersLocal(pipeline, steps=3, guidance=2.0, negative_prompt="blurry")


def make(backend: DiffusersLocal, prompt: str = "a bear", **more: Any) -> Made:
    return Making(backend, prompt, context(timeout_s=120, **more)).run()


def failure(backend: DiffusersLocal, **more: Any) -> GenerationError:
    with pytest.raises(GenerationError) as raised:
        Making(backend, "a bear", context(**{"timeout_s": 120, **more})).run()
    return raised.value


def test_it_makes_an_image_and_tells_all_that_is_needed_to_make_it_again(backend: DiffusersLocal) -> None:
    made = make(backend)
    assert (made.width, made.height) == (32, 32)
    asked = {"num_inference_steps": 3, "guidance_scale": 2.0, "negative_prompt": "blurry"}
    assert asked.items() <= made.parameters.items()
    assert (made.parameters["scheduler"], made.parameters["device"]) == ("DDIMScheduler", "cpu")
    assert made.parameters["torch"]
    assert (made.model, made.seed, made.flags) == ("StableDiffusionPipeline", 7, ())
    assert (backend.name, backend.price) == ("diffusers", 0.0)


def test_the_same_seed_gives_the_same_image_and_another_seed_another(backend: DiffusersLocal) -> None:
    first, again, other, else_ = (make(backend, p, seed=s) for p, s in [("a", 1), ("a", 1), ("a", 2), ("b", 1)])
    assert first.webp == again.webp
    assert len({first.webp, other.webp, else_.webp}) == 3


def test_its_options_reach_the_pipeline(pipeline: Any) -> None:
    assert make(DiffusersLocal(pipeline, steps=1, width=48, height=16)).width == 48
    plain, negative = (
        make(DiffusersLocal(pipeline, steps=2, guidance=9.0, negative_prompt=n)) for n in (None, "a fox")
    )
    assert plain.webp != negative.webp
    assert make(DiffusersLocal(pipeline, steps=1, extra={"eta": 0.5})).parameters["eta"] == 0.5


def test_it_tells_each_step(backend: DiffusersLocal) -> None:
    seen: list[tuple[float | None, str]] = []
    make(backend, progress=lambda share=None, text="", preview=None: seen.append((share, text)))
    assert seen == [(pytest.approx(k / 3), "Drawing") for k in (1, 2, 3)]


def test_cancelling_stops_it_at_the_next_step(pipeline: Any) -> None:
    steps: list[float | None] = []
    error = failure(
        DiffusersLocal(pipeline, steps=50),
        progress=lambda share=None, text="", preview=None: steps.append(share),
        cancelled=lambda: len(steps) >= 2,
    )
    assert error.failure == "cancelled"
    assert len(steps) == 2


def test_its_time_runs_out_at_a_step(pipeline: Any) -> None:
    steps: list[float | None] = []

    def slow(share: float | None = None, text: str = "", preview: Any = None) -> None:
        steps.append(share)
        time.sleep(0.3)

    assert failure(DiffusersLocal(pipeline, steps=50), progress=slow, timeout_s=0.2).failure == "timeout"
    assert len(steps) <= 1


def test_an_interrupted_pipeline_draws_the_next_image_as_ever(backend: DiffusersLocal) -> None:
    before = make(backend)
    failure(backend, cancelled=lambda: True)
    assert make(backend).webp == before.webp


def test_several_prompts_are_drawn_together_and_each_has_its_own_seed(backend: DiffusersLocal) -> None:
    prompts, contexts = ["a bear", "a fox", "a bear"], [context(seed=k, timeout_s=120) for k in (1, 2, 3)]
    calls = counted(backend)
    together = backend.many(prompts, contexts)
    alone = [backend.many([p], [c])[0] for p, c in zip(prompts, contexts, strict=True)]
    assert calls == [3, 1, 1, 1]
    for one, other in zip(together, alone, strict=True):
        assert isinstance(one, Generated) and isinstance(other, Generated)
        assert apart(one.image, other.image) <= 2, "an image must not depend on its neighbours"
        assert one.seed == other.seed
    assert apart(together[0].image, together[2].image) > 2  # type: ignore[union-attr]  # by its seed


def counted(backend: DiffusersLocal) -> list[int]:
    """Note the size of each batch that the pipeline gets."""
    sizes: list[int] = []
    pipeline = backend._model

    class Counting:
        def __call__(self, prompts: list[str], **more: Any) -> Any:
            sizes.append(len(prompts))
            return pipeline(prompts, **more)

    backend._model = Counting()
    return sizes


def apart(one: Any, other: Any) -> int:
    """The largest difference of two images in any value, 0 to 255."""
    from PIL import ImageChops

    return max(high for _, high in ImageChops.difference(one, other).getextrema())


def test_a_black_image_with_a_flag_is_a_refusal_and_spares_its_neighbours(
    backend: DiffusersLocal, pipeline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def checker(images: Any, clip_input: Any) -> Any:
        images[0] = 0 * images[0]
        return images, [k == 0 for k in range(len(images))]

    class Extractor:
        def __call__(self, images: Any, return_tensors: str) -> Any:
            import torch
            from transformers import BatchFeature

            return BatchFeature({"pixel_values": torch.zeros(len(images), 3, 8, 8)})

    monkeypatch.setattr(pipeline, "safety_checker", checker)
    monkeypatch.setattr(pipeline, "feature_extractor", Extractor())
    assert failure(backend).failure == "refused"
    first, second = backend.many(["a", "b"], [context(timeout_s=120)] * 2)
    assert isinstance(first, GenerationError) and isinstance(second, Generated)


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"width": 33, "height": 33}, "invalid_parameters"),
        ({"extra": {"callback_on_step_end_tensor_inputs": ["colour"]}}, "invalid_parameters"),
        ({"extra": {"output_type": "latent"}}, "bad_output"),
    ],
)
def test_what_the_pipeline_can_t_do_has_its_class(options: dict[str, Any], kind: Failure, pipeline: Any) -> None:
    assert failure(DiffusersLocal(pipeline, steps=1, **options)).failure == kind


def test_a_memory_that_is_full_is_transient(pipeline: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    class Full:
        def __call__(self, *_: Any, **__: Any) -> Any:
            raise torch.OutOfMemoryError("CUDA out of memory")

    assert failure(DiffusersLocal(Full())).failure == "transient"


def test_a_pipeline_draws_one_at_a_time_and_who_waits_can_go(pipeline: Any) -> None:
    drawing, go_on = threading.Event(), threading.Event()

    def hold(share: float | None = None, text: str = "", preview: Any = None) -> None:
        drawing.set()
        assert go_on.wait(60)

    backend, told = DiffusersLocal(pipeline, steps=1), threading.Event()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(make, backend, progress=hold)
        assert drawing.wait(60)
        waits = lambda share=None, text="", preview=None: told.set()  # noqa: E731
        second = pool.submit(failure, backend, progress=waits, cancelled=told.is_set)
        assert second.result(60).failure == "cancelled"
        assert not first.done()
        go_on.set()
        assert first.result(60).webp


def test_a_model_of_a_folder_is_loaded_once(pipeline: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import diffusers

    pipeline.save_pretrained(tmp_path / "model")
    loaded: list[str] = []
    load = diffusers.DiffusionPipeline.from_pretrained
    monkeypatch.setattr(
        diffusers.DiffusionPipeline, "from_pretrained", lambda path, **more: loaded.append(path) or load(path, **more)
    )
    first, second = (DiffusersLocal(tmp_path / "model", steps=2, device="cpu", dtype="float32") for _ in range(2))
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda backend: make(backend).webp, (first, second))
    assert one == other == make(DiffusersLocal(pipeline, steps=2)).webp
    assert loaded == [str(tmp_path / "model")]
    assert first.model == str(tmp_path / "model")


def test_a_dtype_that_is_none_is_told(pipeline: Any) -> None:
    for dtype in ("half-ish", "Tensor", "nn"):
        with pytest.raises(ValueError, match="dtype must be one of PyTorch's"):
            DiffusersLocal(pipeline, dtype=dtype)


def test_one_side_alone_is_told(pipeline: Any) -> None:
    """The pipeline itself would pass over it in silence."""
    with pytest.raises(ValueError, match="width and height go together"):
        DiffusersLocal(pipeline, width=32)


def test_a_context_of_a_plain_call_is_enough(backend: DiffusersLocal) -> None:
    made = backend("a bear", Context(attempt=1, target_id="b", category="b", seed=1, idempotency_key="k"))
    assert isinstance(made, Generated)

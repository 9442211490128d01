"""One image from any generator: whatever it returns becomes a whole WebP, or an error that says what was wrong."""

import asyncio
import io
import json
import threading
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from imgloop_widgets.errors import FAILURES, GenerationError
from imgloop_widgets.generators import calling, making
from imgloop_widgets.generators.contract import Context, Generated, Preview
from imgloop_widgets.generators.making import MAX_PIXELS, Made, Making, encode, thumbnail

CONTEXT = Context(attempt=1, target_id="bear", category="bears", seed=7, idempotency_key="k")


def picture(size: tuple[int, int] = (32, 24), mode: str = "RGB", colour: Any = (200, 30, 30)) -> Image.Image:
    return Image.new(mode, size, colour)


def file_of(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def run(generator: Any) -> Made:
    return Making(generator, "a bear", CONTEXT).run()


def decoded(made: Made) -> Image.Image:
    image = Image.open(io.BytesIO(made.webp))
    assert image.format == "WEBP"
    image.load()
    assert image.size == (made.width, made.height)
    return image


def failure_of(returned: Any) -> GenerationError:
    with pytest.raises(GenerationError) as raised:
        run(lambda prompt, context: returned)
    return raised.value


class Called:
    def __call__(self, prompt: str, context: Context) -> Image.Image:
        return picture()


class CalledLater:
    async def __call__(self, prompt: str, context: Context) -> Image.Image:
        await asyncio.sleep(0)
        return picture()


async def later(prompt: str, context: Context) -> Image.Image:
    await asyncio.sleep(0)
    return picture()


@pytest.mark.parametrize("generator", [lambda prompt, context: picture(), later, Called(), CalledLater()])
def test_functions_async_functions_and_objects_are_generators(generator: Any) -> None:
    assert decoded(run(generator)).size == (32, 24)


def test_the_generator_gets_the_prompt_and_the_context() -> None:
    got: list[Any] = []

    def generator(prompt: str, context: Context) -> Image.Image:
        got.extend([prompt, context])
        return picture()

    run(generator)
    assert got == ["a bear", CONTEXT]


def test_an_image_may_come_as_pillow_bytes_path_or_generated(tmp_path: Path) -> None:
    path = tmp_path / "made.png"
    path.write_bytes(file_of(picture()))
    for image in (picture(), path.read_bytes(), path, str(path)):
        for returned in (image, Generated(image=image, parameters={"steps": 3})):
            assert decoded(run(lambda prompt, context, r=returned: r)).size == (32, 24)
    assert run(lambda prompt, context: Generated(image=path, parameters={"steps": 3})).parameters == {"steps": 3}


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_files_of_the_usual_kinds_are_read(kind: str) -> None:
    assert decoded(run(lambda prompt, context: file_of(picture(), kind))).size == (32, 24)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I", "F", "LAB", "HSV"])
def test_images_of_every_mode_become_rgb(mode: str) -> None:
    some = picture((8, 8), "L", 0)
    some.paste(255, (0, 0, 4, 8))
    image = decoded(
        run(lambda prompt, context: some.convert("RGB").convert(mode) if mode != "I" else some.convert("I"))
    )
    assert image.mode == "RGB"


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_becomes_white_not_black(mode: str) -> None:
    image = picture((32, 32), "RGBA", (200, 30, 30, 0))
    image.paste((0, 0, 0, 255), (16, 0, 32, 32))
    image = image.convert(mode)
    if mode == "P":
        image.info["transparency"] = image.getpixel((0, 0))
    made = decoded(encode(Generated(image=image)))
    assert min(made.getpixel((4, 16))) > 245
    assert max(made.getpixel((28, 16))) < 20


def test_a_photo_that_lies_on_its_side_is_set_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate by a quarter
    assert decoded(run(lambda prompt, context: file_of(picture((30, 20)), "JPEG", exif=exif))).size == (20, 30)


def test_what_is_written_into_a_file_beside_the_picture_is_left_out() -> None:
    """Local models write the prompt and the seed into the file; a worker's browser must not get them."""
    note = PngImagePlugin.PngInfo()
    note.add_text("parameters", "the secret words")
    exif = Image.Exif()
    exif[0x010E] = "the secret words"
    for data in (file_of(picture(), pnginfo=note), file_of(picture(), "WEBP", exif=exif, xmp=b"the secret words")):
        assert b"secret" in data
        assert b"secret" not in run(lambda prompt, context, d=data: d).webp


@pytest.mark.parametrize("garbage", [None, 7, True, [], {}, object(), picture, (picture(), 1), memoryview(b"x")])
def test_what_is_no_image_is_a_bad_output_that_says_what_came(garbage: Any) -> None:
    for returned in (garbage, Generated(image=garbage)):
        error = failure_of(returned)
        assert error.failure == "bad_output"
        assert type(garbage).__name__ in str(error)


@pytest.mark.parametrize("data", [b"", b"no image", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"<svg/>", b"GIF89a"])
def test_bytes_that_are_no_image_are_a_bad_output(data: bytes) -> None:
    assert failure_of(data).failure == "bad_output"


@pytest.mark.parametrize("path", ["missing.png", "", ".", "nul\0.png", Path("missing.png"), "x" * 5000])
def test_a_path_that_leads_nowhere_is_a_bad_output(path: Any) -> None:
    assert failure_of(path).failure == "bad_output"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_half_a_file_is_a_bad_output(kind: str, share: float) -> None:
    image = Image.effect_noise((64, 64), 80).convert("RGB")
    data = file_of(image, kind)
    assert failure_of(data[: int(len(data) * share)]).failure == "bad_output"


FILES = {
    kind: file_of(Image.effect_noise((24, 24), 80).convert("RGB"), kind) for kind in ("PNG", "JPEG", "WEBP", "GIF")
}


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(sorted(FILES)),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_a_damaged_file_is_an_image_or_a_bad_output_and_nothing_else(kind: str, changes: list[tuple[int, int]]) -> None:
    data = bytearray(FILES[kind])
    for place, value in changes:
        data[place % len(data)] = value
    try:
        decoded(run(lambda prompt, context: bytes(data)))
    except GenerationError as error:
        assert error.failure == "bad_output"


@pytest.mark.parametrize("size", [(4097, 4096), (16_384, 16), (16, 16_384)])
def test_an_image_that_is_too_large_is_refused_with_its_size(size: tuple[int, int]) -> None:
    image = Image.new("1", size)
    for returned in (image, file_of(image)):
        error = failure_of(returned)
        assert error.failure == "bad_output"
        assert f"{size[0]} x {size[1]}" in str(error)


def test_a_file_that_unfolds_to_a_giant_is_refused_before_it_is_unfolded() -> None:
    size = (30_000).to_bytes(4, "big")
    data = b"IHDR" + size * 2 + bytes([1, 0, 0, 0, 0])
    bomb = b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + data + zlib.crc32(data).to_bytes(4, "big")
    bomb += file_of(Image.new("1", (8, 8)))[33:]
    assert failure_of(bomb).failure == "bad_output"


def test_an_image_of_the_largest_size_is_taken() -> None:
    assert MAX_PIXELS == 4096 * 4096
    made = run(lambda prompt, context: picture((4096, 512)))
    assert (made.width, made.height) == (4096, 512)


@pytest.mark.parametrize("colour", ["black", "white", (3, 4, 2), (0, 0, 0, 0)])
def test_an_image_that_is_black_or_white_all_over_is_a_bad_output_and_with_a_flag_a_refusal(colour: Any) -> None:
    image = Image.new("RGBA" if len(colour) == 4 else "RGB", (64, 64), colour)
    assert failure_of(file_of(image)).failure == "bad_output"
    error = failure_of(Generated(image=image, flags=("nsfw",)))
    assert error.failure == "refused"
    assert "nsfw" in str(error)


def test_one_light_pixel_makes_a_black_image_a_picture() -> None:
    image = picture((64, 64), colour="black")
    image.putpixel((5, 5), (40, 40, 40))
    decoded(run(lambda prompt, context: image))


def test_a_flag_alone_is_noted_and_costs_nothing() -> None:
    assert run(lambda prompt, context: Generated(image=picture(), flags=("maybe",))).flags == ("maybe",)


def test_a_bomb_of_60_megapixels_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    data = file_of(Image.new("1", (10_000, 6_000)))
    assert len(data) < 20_000
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("it was decoded"))
    error = failure_of(data)
    assert error.failure == "bad_output"
    assert "10000 x 6000" in str(error)


def test_a_file_of_very_many_bytes_is_refused_before_it_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "MAX_BYTES", 100)
    monkeypatch.setattr(Image, "open", lambda *args, **more: pytest.fail("it was opened"))
    assert "101 bytes" in str(failure_of(b"x" * 101))


def test_a_page_of_html_is_a_bad_output_that_shows_how_it_begins() -> None:
    assert "<!doctype html>" in str(failure_of(b"<!doctype html><title>502 Bad Gateway</title>"))


def test_a_file_for_which_another_program_would_be_started_is_not_opened() -> None:
    assert failure_of(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n").failure == "bad_output"


def test_everything_that_is_noted_beside_an_image_comes_through() -> None:
    noted = {"model": "m@1", "seed": 5, "revised_prompt": "r", "sent_prompt": "s", "request_id": "q", "cost": 0.04}
    made = run(lambda prompt, context: Generated(image=picture(), **noted))
    assert {name: getattr(made, name) for name in noted} == noted


@pytest.mark.parametrize("wrong", [object(), "x", float("nan"), -1, [1], True])
def test_a_note_of_another_type_never_costs_the_image(wrong: Any) -> None:
    names = ("model", "seed", "revised_prompt", "sent_prompt", "request_id", "cost", "flags")
    made = run(lambda prompt, context: Generated(image=picture(), **dict.fromkeys(names, wrong)))
    json.dumps({name: getattr(made, name) for name in names}, allow_nan=False)


def previewing(context: Context, last: Any) -> Any:
    yield Preview(share=0.25, text="begun")
    yield Preview(image=picture(), share=0.5)
    yield last


async def previewing_later(context: Context, last: Any) -> Any:
    for item in previewing(context, last):
        await asyncio.sleep(0)
        yield item


@pytest.mark.parametrize("form", [previewing, previewing_later])
def test_a_generator_may_yield_previews_and_then_its_image(form: Any) -> None:
    seen: list[Any] = []
    context = replace(CONTEXT, progress=lambda share=None, text="", preview=None: seen.append((share, text, preview)))
    made = Making(lambda prompt, given: form(given, Generated(image=picture(), model="m")), "a bear", context).run()
    assert (decoded(made).size, made.model) == ((32, 24), "m")
    assert [(share, text, preview is not None) for share, text, preview in seen] == [
        (0.25, "begun", False),
        (0.5, "", True),
    ]


@pytest.mark.parametrize("form", [previewing, previewing_later])
def test_one_that_yields_no_image_is_a_bad_output_that_says_how_it_is_done(form: Any) -> None:
    error = failure_of_generator(lambda prompt, context: form(context, Preview(share=1.0)))
    assert error.failure == "bad_output"
    assert "yields the image last" in str(error)


def failure_of_generator(generator: Any) -> GenerationError:
    with pytest.raises(GenerationError) as raised:
        run(generator)
    return raised.value


def test_one_that_yields_is_closed_after_its_image() -> None:
    closed = []

    def generator(prompt: str, context: Context) -> Any:
        try:
            yield picture()
            pytest.fail("it was asked for more")
        finally:
            closed.append(True)

    async def later(prompt: str, context: Context) -> Any:
        try:
            yield picture()
        finally:
            await asyncio.sleep(0)
            closed.append(True)

    run(generator)
    run(later)
    assert closed == [True, True]


def test_one_that_yields_ends_at_its_next_preview_once_it_is_cancelled() -> None:
    def generator(prompt: str, context: Context) -> Any:
        one.cancel()
        yield Preview(share=0.5)
        pytest.fail("it went on")

    one = Making(generator, "a bear", CONTEXT)
    with pytest.raises(GenerationError) as raised:
        one.run()
    assert raised.value.failure == "cancelled"


def test_a_thumbnail_is_small_and_of_the_same_shape() -> None:
    small = Image.open(io.BytesIO(thumbnail(picture((1600, 800)))))
    assert (small.format, small.size) == ("WEBP", (512, 256))


def test_an_image_without_pixels_is_a_bad_output() -> None:
    assert failure_of(Image.new("RGB", (0, 5))).failure == "bad_output"


def test_a_pillow_image_whose_file_was_closed_is_a_bad_output(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(file_of(picture()))
    with Image.open(path) as image:
        pass
    assert failure_of(image).failure == "bad_output"


class Strange:
    def __str__(self) -> str:
        raise RuntimeError("no words")


circle: list[Any] = []
circle.append(circle)


@pytest.mark.parametrize(
    "parameters",
    [
        {"when": object()},
        {"path": Path("a/b")},
        {(1, 2): "tuple", 3: "number", None: "none"},
        {"nan": float("nan"), "inf": [float("inf")]},
        {"half": "\ud83d", "nul": "\0"},
        {"bytes": b"\xff"},
        {"set": {1, 2}},
        {"circle": circle},
        {"strange": Strange()},
        {Strange(): 1},
        {"huge": 10**5000},
        None,
        "text",
        7,
        [1, 2],
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_a_generator_notes_beside_its_image_never_costs_the_image(parameters: Any) -> None:
    made = run(lambda prompt, context: Generated(image=picture(), parameters=parameters))
    text = json.dumps(made.parameters, allow_nan=False, ensure_ascii=False)
    assert json.loads(text.encode()) == made.parameters
    decoded(made)


def test_plain_notes_are_kept_as_they_are() -> None:
    notes = {"model": "m", "steps": 30, "guidance": 7.5, "flags": [True, None], "size": {"w": 512}}
    assert encode(Generated(image=picture(), parameters=notes)).parameters == notes


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("awaited", [False, True])
def test_a_generator_says_which_kind_of_failure_it_was(failure: Any, awaited: bool) -> None:
    def sync(prompt: str, context: Context) -> Any:
        raise GenerationError("no", failure=failure)

    async def later(prompt: str, context: Context) -> Any:
        raise GenerationError("no", failure=failure)

    with pytest.raises(GenerationError) as raised:
        run(later if awaited else sync)
    assert raised.value.failure == failure


@pytest.mark.parametrize(
    "error", [ValueError("x"), TimeoutError(), KeyError("x"), ZeroDivisionError(), StopIteration()]
)
def test_any_other_error_of_a_generator_comes_through(error: Exception) -> None:
    def sync(prompt: str, context: Context) -> Any:
        raise error

    with pytest.raises(type(error)):
        run(sync)


def test_async_generators_share_one_loop_so_that_a_client_stays_connected() -> None:
    loops = []

    async def generator(prompt: str, context: Context) -> Image.Image:
        loops.append((asyncio.get_running_loop(), threading.current_thread()))
        await asyncio.sleep(0.01)
        return picture()

    threads = [threading.Thread(target=run, args=(generator,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loops) == 8
    assert len(set(loops)) == 1
    assert loops[0][1].daemon


def test_the_loop_is_started_once_by_whoever_comes_first() -> None:
    calling._loop_of.cache_clear()
    barrier = threading.Barrier(8)
    found = []

    def look() -> None:
        barrier.wait()
        found.append(calling._background_loop())

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1


def test_cancelling_reaches_an_async_generator() -> None:
    begun, seen = threading.Event(), threading.Event()

    async def generator(prompt: str, context: Context) -> Image.Image:
        begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            seen.set()
            raise
        return picture()

    one = Making(generator, "a bear", CONTEXT)
    threading.Thread(target=lambda: (begun.wait(5), one.cancel()), daemon=True).start()
    with pytest.raises(GenerationError) as raised:
        one.run()
    assert raised.value.failure == "cancelled"
    assert seen.wait(5)


def test_cancelling_before_it_began_asks_for_no_image() -> None:
    asked = []
    one = Making(lambda prompt, context: asked.append(prompt), "a bear", CONTEXT)
    one.cancel()
    with pytest.raises(GenerationError) as raised:
        one.run()
    assert raised.value.failure == "cancelled"
    assert asked == []


def test_an_async_generator_that_cancels_itself_was_not_cancelled_by_the_worker() -> None:
    async def generator(prompt: str, context: Context) -> Image.Image:
        raise asyncio.CancelledError

    with pytest.raises(GenerationError) as raised:
        run(generator)
    assert raised.value.failure == "transient"


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt()])
def test_an_async_generator_that_wants_to_end_the_process_does_not_end_the_loop_of_the_others(
    error: BaseException,
) -> None:
    async def generator(prompt: str, context: Context) -> Image.Image:
        raise error

    with pytest.raises(RuntimeError, match=type(error).__name__):
        run(generator)
    assert decoded(run(later)).size == (32, 24)


def test_a_stored_image_is_small() -> None:
    image = Image.effect_noise((512, 512), 40).convert("RGB")
    made = encode(Generated(image=image))
    assert len(made.webp) < len(file_of(image)) / 2

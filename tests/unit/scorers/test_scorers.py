"""What is asked of every scorer, and the values of each beside those of the library that it is made with."""

import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import imagehash
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity

from imgloop_widgets.scorers import NAMED, Scorer, as_scorer, build
from imgloop_widgets.scorers.contract import flat, one_size

ALONE = ("unsafe",)  # it looks at the image alone
ALIKE = ("ssim", "mse", "psnr", "phash", "dhash", "colours", "ciede2000", "open_nsfw")
READY = (*ALIKE, *ALONE)


def worse(scorer: Scorer, first: float, second: float, by: float = 1e-9) -> bool:
    """Whether the second value is not better than the first."""
    return second <= first + by if scorer.higher_is_better else second >= first - by


def colour_of(image: Image.Image) -> np.ndarray[Any, Any]:
    return np.asarray(image, dtype="float64") / 255


@pytest.mark.parametrize("name", ALIKE)
def test_an_image_has_the_best_value_beside_itself(name: str, bear: Image.Image, fox: Image.Image) -> None:
    scorer = build(name)
    same, other = scorer(bear, bear), scorer(fox, bear)
    best = scorer.range[1] if scorer.higher_is_better else scorer.range[0]
    assert same == pytest.approx(best, abs=1e-6)
    assert worse(scorer, same, other) and same != other


@pytest.mark.parametrize("name", ALIKE)
def test_it_does_not_matter_which_of_the_two_comes_first(name: str, bear: Image.Image, fox: Image.Image) -> None:
    scorer = build(name)
    assert scorer(bear, fox) == pytest.approx(scorer(fox, bear), abs=1e-6)
    small = fox.resize((96, 64))
    assert scorer(bear, small) == pytest.approx(scorer(small, bear), abs=1e-6)


@pytest.mark.parametrize("name", ["ssim", "mse", "psnr", "ciede2000"])
@pytest.mark.parametrize("damage", ["noisy", "blurred"])
def test_the_more_an_image_is_damaged_the_worse_is_its_value(
    name: str, damage: str, bear: Image.Image, request: pytest.FixtureRequest
) -> None:
    scorer = build(name)
    values = [scorer(image, bear) for image in request.getfixturevalue(damage)]
    assert all(worse(scorer, one, other, by=0) and one != other for one, other in pairwise(values))


@pytest.mark.parametrize("name", ["phash", "dhash", "colours", "open_nsfw"])
@pytest.mark.parametrize("damage", ["noisy", "blurred"])
def test_much_damage_is_worse_than_a_little_to_the_coarse_ones_too(
    name: str, damage: str, bear: Image.Image, request: pytest.FixtureRequest
) -> None:
    scorer = build(name)
    none, little, _, _, much = (scorer(image, bear) for image in request.getfixturevalue(damage))
    assert worse(scorer, none, little) and worse(scorer, little, much) and none != much


@pytest.mark.parametrize("name", READY)
def test_every_value_is_within_the_range_and_the_same_again(name: str, bear: Image.Image, fox: Image.Image) -> None:
    scorer = build(name)
    low, high = scorer.range
    white, black = (Image.new("RGB", (64, 64), name) for name in ("white", "black"))
    for one, other in [(bear, fox), (white, black), (black, bear), (white, white)]:
        value = scorer(one, other)
        assert low <= value <= high
        assert build(name)(one, other) == value


@pytest.mark.parametrize("name", READY)
def test_grey_transparent_and_palette_images_are_scored_as_what_they_look_like(name: str, bear: Image.Image) -> None:
    scorer = build(name)
    grey = bear.convert("L")
    assert scorer(grey, bear) == pytest.approx(scorer(grey.convert("RGB"), bear))
    glass = bear.convert("RGBA")
    glass.paste((0, 0, 0, 0), (0, 0, 64, 128))
    on_white = bear.copy()
    on_white.paste("white", (0, 0, 64, 128))
    assert scorer(glass, bear) == pytest.approx(scorer(on_white, bear))
    palette = bear.quantize(32)
    assert scorer(palette, bear) == pytest.approx(scorer(palette.convert("RGB"), bear))


@settings(max_examples=40, deadline=None)
@given(st.integers(11, 60), st.integers(11, 60), st.integers(11, 60), st.integers(11, 60), st.integers(0, 2**32 - 1))
def test_images_of_any_two_sizes_can_be_compared(a: int, b: int, c: int, d: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    one, other = (Image.fromarray(chance.integers(0, 256, (h, w, 3), dtype="uint8")) for w, h in ((a, b), (c, d)))
    for name in ("ssim", "mse", "psnr", "phash", "dhash", "colours", "ciede2000"):
        scorer = build(name)
        value = scorer(one, other)
        assert math.isfinite(value) and scorer.range[0] <= value <= scorer.range[1]
        assert value == pytest.approx(scorer(other, one), abs=1e-9)


def test_both_are_brought_to_the_smaller_width_and_height() -> None:
    wide, tall = Image.new("RGB", (90, 30)), Image.new("RGB", (40, 70))
    assert [image.size for image in one_size(wide, tall)] == [(40, 30), (40, 30)]


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("mse", lambda one, other: mean_squared_error(colour_of(one), colour_of(other))),
        ("psnr", lambda one, other: peak_signal_noise_ratio(colour_of(other), colour_of(one), data_range=1)),
        (
            "ssim",
            lambda one, other: structural_similarity(
                np.asarray(one), np.asarray(other), channel_axis=2, data_range=255, gaussian_weights=True, sigma=1.5,
                use_sample_covariance=False,
            ),
        ),
        ("ciede2000", lambda one, other: deltaE_ciede2000(rgb2lab(one), rgb2lab(other)).mean()),
        ("phash", lambda one, other: imagehash.phash(one) - imagehash.phash(other)),
        ("dhash", lambda one, other: imagehash.dhash(one) - imagehash.dhash(other)),
    ],
)  # fmt: skip
def test_a_value_is_that_of_the_library(
    name: str, theirs: Callable[[Image.Image, Image.Image], float], bear: Image.Image, fox: Image.Image
) -> None:
    assert build(name)(bear, fox) == pytest.approx(theirs(bear, fox), rel=1e-9)


def test_values_that_can_be_told_without_a_library() -> None:
    white, black, half = (Image.new("RGB", (40, 40), name) for name in ("white", "black", "black"))
    half.paste("white", (0, 0, 20, 40))
    assert build("mse")(white, black) == 1.0
    assert build("mse")(half, black) == 0.5
    assert build("psnr")(half, black) == pytest.approx(-10 * math.log10(0.5))
    assert build("colours")(half, black) == 0.5
    assert build("colours")(half, half.transpose(Image.Transpose.ROTATE_90)) == 1.0  # wherever they are
    assert build("ciede2000")(white, black) == pytest.approx(100, abs=1e-3)


def test_ssim_of_images_smaller_than_its_window_says_so() -> None:
    with pytest.raises(ValueError, match=r"SSIM needs 11 pixels on each side; the images have 9 x 30"):
        build("ssim")(Image.new("RGB", (9, 30)), Image.new("RGB", (40, 40)))


def test_images_come_as_bytes_and_paths_too(tmp_path: Path, bear: Image.Image, fox: Image.Image) -> None:
    file = tmp_path / "bear.png"
    bear.save(file)
    scorer = build("mse")
    assert scorer(file, fox) == scorer(file.read_bytes(), fox) == scorer(str(file), fox) == scorer(bear, fox)


@pytest.mark.parametrize(("bad", "said"), [(b"none", "the image can't be read"), (7, "takes Pillow images, bytes")])
def test_what_is_no_image_is_refused_in_plain_words(bad: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        build("mse")(bad, Image.new("RGB", (20, 20)))


def test_a_phones_picture_is_held_upright() -> None:
    lying = Image.new("RGB", (30, 20), "red")
    exif = Image.Exif()
    exif[0x0112] = 6
    lying.info["exif"] = exif.tobytes()
    lying.getexif()[0x0112] = 6
    assert flat(lying).size == (20, 30)


def test_greys_of_16_bits_keep_their_shades() -> None:
    values = np.linspace(0, 65535, 400).reshape(20, 20).astype("uint16")
    shades = np.asarray(flat(Image.fromarray(values)))[..., 0]
    assert (shades.min(), shades.max()) == (0, 255)
    assert len(np.unique(shades)) > 100


def test_a_plain_function_is_a_scorer() -> None:
    def redness(image: Image.Image, target: Image.Image) -> float:
        return float(np.asarray(image)[..., 0].mean())

    scorer = as_scorer(redness)
    assert (scorer.name, scorer.version, scorer.higher_is_better) == ("redness", "", True)
    assert scorer(Image.new("L", (5, 5), 40), Image.new("RGB", (5, 5))) == 40
    redness.name, redness.version, redness.higher_is_better, redness.range = "red", "2", False, (0, 255)  # type: ignore[attr-defined]
    named = as_scorer(redness)
    assert (named.name, named.version, named.higher_is_better, named.range) == ("red", "2", False, (0.0, 255.0))
    assert named.quality(51) == pytest.approx(0.8)
    assert as_scorer(named) is named


def test_a_scorer_without_a_range_has_no_quality_and_a_value_that_is_none_is_refused() -> None:
    scorer = Scorer(name="odd", version="1", measure=lambda image, target: math.nan)
    with pytest.raises(ValueError, match="'odd' must give a finite number; not nan"):
        scorer(Image.new("RGB", (5, 5)), Image.new("RGB", (5, 5)))
    with pytest.raises(ValueError, match="'odd' has no range"):
        scorer.quality(1)
    with pytest.raises(ValueError, match="must be a function of"):
        as_scorer("ssim")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("sism", {}, "'sism' is not known; did you mean 'ssim'?"),
        ("beauty", {}, "possible: ssim, mse, psnr"),
        ("ssim", {"window": 3}, "'ssim' does not take these options"),
        ("clip", {}, "'clip' needs path = a checkpoint of open_clip; no package on the registry carries its weights"),
        ("clip", {"path": "/nowhere/x.pt"}, "there is nothing at /nowhere/x.pt"),
        ("lpips", {"path": "/nowhere/x.pt"}, "there is nothing at /nowhere/x.pt"),
        ("lpips", {"net": "resnet"}, "net must be alex, vgg or squeeze; not 'resnet'"),
        ("dreamsim", {}, "'dreamsim' needs path = the folder of DreamSim's weights"),
        ("dreamsim", {"kind": "dino"}, "kind must be one of ensemble"),
    ],
)
def test_what_cannot_be_built_says_why(name: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("?", r"\?")):
        build(name, **options)


def test_dreamsim_is_not_let_download_what_the_folder_lacks(tmp_path: Path) -> None:
    (tmp_path / "clip_vitb32_single_lora").mkdir()
    with pytest.raises(ValueError, match=r"lacks clip_vitb32_pretrain.pth.tar, which 'clip_vitb32' needs"):
        build("dreamsim", path=tmp_path, kind="clip_vitb32")


def test_every_name_has_its_function() -> None:
    import importlib

    for name, module in NAMED.items():
        assert callable(getattr(importlib.import_module(f"imgloop_widgets.scorers.{module}"), name))

"""Targets come into a folder whole or not at all, its files stay as they were written, and prompts stay hidden."""

import hashlib
import io
import threading
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from imgloop_widgets.engines import engine
from imgloop_widgets.errors import ConfigurationError, ImgloopError
from imgloop_widgets.generators.scenes import Scenes
from imgloop_widgets.library import Library, load_library
from imgloop_widgets.scorers import build
from imgloop_widgets.scoring import Asked
from imgloop_widgets.targets import NewTarget, add, calibrate, make
from imgloop_widgets.targets import files as files_module
from imgloop_widgets.targets.calibrate import Drawer
from imgloop_widgets.targets.make import drawn

ABOUT = NewTarget(id="fox-1", category="foxes", source="own", licence="CC0-1.0", alt="A fox in its den.")


@pytest.fixture
def images(study_files: Callable[..., Path]) -> Path:
    """A folder of images with two targets, whose list has comments of its own."""
    folder = study_files().parent / "images"
    file = folder / "targets.toml"
    file.write_text(
        "# mine, with care\n" + file.read_text().replace('licence = "CC0', 'licence   =  "CC0') + "# the end\n"
    )
    return folder


def picture(kind: str = "PNG", size: tuple[int, int] = (80, 70), **more: Any) -> bytes:
    buffer = io.BytesIO()
    shades = np.linspace(0, 255, size[0] * size[1]).reshape(size[1], size[0]).astype("uint8")
    Image.fromarray(shades).convert("RGB").save(buffer, kind, **more)
    return buffer.getvalue()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize(("kind", "ending"), [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp")])
def test_an_image_is_added_as_it_is_and_the_list_stays_as_it_was(kind: str, ending: str, images: Path) -> None:
    before = contents(images)
    data = picture(kind)

    target = add(images, ABOUT, data)

    assert (target.file, target.file.read_bytes()) == (images / "targets" / f"fox-1.{ending}", data)
    assert target.sha256 == hashlib.sha256(data).hexdigest()
    assert (target.category, target.source, target.licence, target.alt) == ("foxes", "own", "CC0-1.0", ABOUT.alt)
    after = contents(images)
    assert after["targets.toml"].startswith(before["targets.toml"].removesuffix(b"# the end\n"))
    assert b"# the end\n" in after["targets.toml"]
    assert set(after) - set(before) == {f"targets/fox-1.{ending}"}
    assert [t.id for t in load_library(images, verify=True).targets] == ["bear", "cub", "fox-1"]


def test_what_is_written_beside_the_picture_is_left_out(images: Path) -> None:
    from PIL import PngImagePlugin

    notes = PngImagePlugin.PngInfo()
    notes.add_text("parameters", "the secret prompt")

    target = add(images, ABOUT, picture("PNG", pnginfo=notes))

    assert target.file.suffix == ".webp"
    assert b"secret" not in target.file.read_bytes()
    assert target.size == (80, 70)


def test_an_image_of_another_kind_is_stored_as_webp(images: Path) -> None:
    assert add(images, ABOUT, picture("TIFF")).file.suffix == ".webp"


def test_the_first_target_of_a_new_folder_makes_its_list(tmp_path: Path) -> None:
    add(tmp_path, ABOUT, picture())
    add(tmp_path, NewTarget(id="fox-2", category="foxes", source="own", licence="CC0-1.0", alt="Two."), picture())
    assert [t.id for t in load_library(tmp_path, verify=True).targets] == ["fox-1", "fox-2"]
    assert (tmp_path / "targets.toml").read_text().startswith("# The targets")


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_written(images: Path) -> None:
    before = contents(images)
    wrong = NewTarget(id="bear", category="b c", source=" ", licence="", alt="")
    with pytest.raises(ConfigurationError) as raised:
        add(images, wrong, picture(size=(80, 20)))
    assert [str(problem) for problem in raised.value.problems] == [
        "--category: must be letters, digits, - and _; not 'b c'",
        "--source: must not be empty; write a few words",
        "--licence: must not be empty; write a few words",
        "--alt: must not be empty; write a few words",
        "--id: 'bear' is that of a target already; choose another one",
        "the image: has 80 x 20 pixels; it must have 64 on each side, and 16777216 in all at most",
    ]
    assert contents(images) == before


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"no image", "is no image that can be read"),
        (picture()[:300], "can't be read"),
        (picture("GIF", append_images=[Image.new("RGB", (80, 70))], save_all=True), "moves (2 frames)"),
    ],
)
def test_an_image_that_workers_cannot_be_shown_is_refused(data: bytes, said: str, images: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        add(images, ABOUT, data)
    assert said in str(raised.value)


def test_mistakes_that_are_there_are_told_before_a_target_is_added(images: Path) -> None:
    file = images / "targets.toml"
    file.write_text(file.read_text().replace('alt = "A cub."', 'alt = ""'))
    with pytest.raises(ConfigurationError, match=r"target\[1\].alt: must not be empty"):
        add(images, ABOUT, picture())
    file.write_text("[[target]\n")
    with pytest.raises(ConfigurationError, match=r"targets.toml: can't be read .* correct it first"):
        add(images, ABOUT, picture())


def test_another_image_of_that_name_is_not_replaced(images: Path) -> None:
    (images / "targets" / "fox-1.png").write_bytes(b"somebody's")
    with pytest.raises(ConfigurationError, match="is there already, and is another image"):
        add(images, ABOUT, picture())
    assert (images / "targets" / "fox-1.png").read_bytes() == b"somebody's"


@pytest.mark.parametrize("stop", [1, 2, 3])
def test_whoever_is_interrupted_has_a_folder_that_loads_and_can_do_it_again(
    stop: int, images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes = 0
    real = files_module.write

    def write(file: Path, data: bytes) -> None:
        nonlocal writes
        writes += 1
        if writes == stop:
            raise KeyboardInterrupt
        real(file, data)

    monkeypatch.setattr(files_module, "write", write)
    with pytest.raises(KeyboardInterrupt):
        made(images)
    assert [t.id for t in load_library(images, verify=True).targets] == ["bear", "cub"]

    monkeypatch.setattr(files_module, "write", real)
    made(images)
    assert [t.id for t in load_library(images, verify=True).targets] == ["bear", "cub", "fox-1"]


def test_two_at_once_wait_for_each_other(images: Path) -> None:
    def one(number: int) -> None:
        about = NewTarget(id=f"f-{number}", category="foxes", source="own", licence="CC0-1.0", alt=f"Fox {number}.")
        add(images, about, picture(size=(80 + number, 70)))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {t.id for t in load_library(images, verify=True).targets} == {"bear", "cub", *(f"f-{k}" for k in range(6))}


PROMPT = "a red fox sleeps in the snow, two pines on the left"


def made(images: Path, **more: Any) -> Any:
    values = {"prompt": PROMPT, "seed": 7, "options": {"size": 64}, **more}
    about = NewTarget(id="fox-1", category="foxes", source="", licence="CC0-1.0", alt="A fox lies in a white field.")
    return make(images, about, Scenes(size=64), values["prompt"], values["seed"], values["options"])


def test_a_target_is_made_and_its_prompt_and_seed_are_where_no_worker_looks(images: Path) -> None:
    target = made(images)

    assert (target.source, target.size) == ("drawn by scenes 1", (64, 64))
    (row,) = tomllib.loads((images / "prompts.toml").read_text())["target"]
    assert row == {
        "id": "fox-1", "prompt": PROMPT, "seed": 7, "generator": "scenes", "version": "1", "options": {"size": 64},
    }  # fmt: skip
    assert PROMPT not in (images / "targets.toml").read_text()
    again, other = (Scenes(size=64).draw(PROMPT, seed) for seed in (7, 8))
    alike = build("ssim")
    assert alike(target.file, again) > 0.9 > alike(target.file, other)  # but for the compression of its file


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"prompt": " "}, "--prompt: must not be empty"),
        ({"prompt": "A fox lies in a WHITE field"}, "--alt: is the prompt itself, and workers are shown it"),
        ({"seed": 2**31}, "--seed: must be from 0 to 2147483647; not 2147483648"),
    ],
)
def test_a_target_that_would_give_itself_away_or_cannot_be_made_is_refused(
    more: dict[str, Any], said: str, images: Path
) -> None:
    before = contents(images)
    with pytest.raises(ConfigurationError, match=said):
        made(images, **more)
    assert contents(images) == before


def drawer(library: Library, size: int = 64, name: str = "scenes") -> Drawer:
    return Drawer(name=name, label=name, options={"size": size}, library=library, folder=Path())


def test_a_target_is_calibrated_by_the_best_of_its_seeds_and_its_own_is_not_tried(images: Path) -> None:
    target = made(images)
    library = load_library(images)

    (found,) = calibrate(library, [], drawer(library), "likeness", Asked(name="ssim"), engine("threads", 2), seeds=8)

    scorer, fox = build("ssim"), {"target_id": "fox-1", "category": "foxes", "options": {}}
    tried = {seed: drawn(Scenes(size=64), PROMPT, seed, **fox).webp for seed in (1, 2, 3, 4, 5, 6, 8, 9)}
    values = {seed: scorer(image, target.file) for seed, image in tried.items()}
    best = max(values, key=values.__getitem__)
    assert (found.target_id, found.seeds, found.seed) == ("fox-1", 8, best)
    assert found.value == values[best]
    assert found.mean == pytest.approx(sum(values.values()) / 8)
    assert found.worst == min(values.values())
    (row,) = tomllib.loads((images / "prompts.toml").read_text())["target"]
    (kept,) = row["calibration"]
    assert (kept["seed"], kept["scorer"], kept["version"], row["prompt"]) == (best, "likeness", "1", PROMPT)


def test_for_a_scorer_of_which_less_is_better_the_least_is_the_best(images: Path) -> None:
    made(images)
    library = load_library(images)
    (found,) = calibrate(library, ["fox-1"], drawer(library), "mse", Asked(name="mse"), engine("threads", 1), seeds=5)
    assert found.value < found.mean < found.worst


def test_calibrating_again_replaces_the_result_and_another_scorer_adds_to_it(images: Path) -> None:
    made(images)
    library = load_library(images)
    for metric, seeds in (("mse", 2), ("phash", 2), ("mse", 3)):
        calibrate(library, [], drawer(library), metric, Asked(name=metric), engine("threads", 1), seeds=seeds)
    (row,) = tomllib.loads((images / "prompts.toml").read_text())["target"]
    assert [(c["scorer"], c["seeds"]) for c in row["calibration"]] == [("phash", 2), ("mse", 3)]


def test_what_cannot_be_calibrated_says_why(images: Path) -> None:
    library = load_library(images)
    asked, one = Asked(name="mse"), engine("threads", 1)
    with pytest.raises(ConfigurationError, match="has no prompt of any target"):
        calibrate(library, [], drawer(library), "mse", asked, one, seeds=1)
    made(images)
    library = load_library(images)
    with pytest.raises(ConfigurationError, match="has no prompt of 'bear'"):
        calibrate(library, ["fox-1", "bear"], drawer(library), "mse", asked, one, seeds=1)
    with pytest.raises(ConfigurationError, match=r"there is no target 'fox'; did you mean"):
        calibrate(library, ["fox"], drawer(library), "mse", asked, one, seeds=1)
    with pytest.raises(ImgloopError, match=r"generator 'scnes': .*did you mean 'scenes'"):
        calibrate(library, [], drawer(library, name="scnes"), "mse", asked, one, seeds=1)

"""The folder of images: what loads, and what every mistake is told like."""

import subprocess
import sys
import tomllib
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from imgloop_widgets.errors import ConfigurationError
from imgloop_widgets.library import load_library

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path):
    """A folder of two targets in two categories, one library image each."""
    for name in ("targets/bears-01", "targets/foxes-01", "library/bears/01", "library/foxes/02", "library/foxes/01"):
        path = tmp_path / f"{name}.webp"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (12, 8), (len(name), 40, 90)).save(path)
    write(tmp_path)
    return tmp_path


def row(folder, name, /, **changes):
    file = f"targets/{name}-01.webp"
    values = {"id": f"{name}-01", "category": name, "file": file,
              "sha256": sha256((folder / file).read_bytes()).hexdigest(),
              "source": "drawn", "licence": "CC0-1.0", "alt": "An animal."} | changes  # fmt: skip
    return "[[target]]\n" + "".join(f"{key} = {value!r}\n" for key, value in values.items() if value is not None)


def write(folder, bears=None, foxes=None, more=""):
    text = row(folder, "bears", **(bears or {})) + row(folder, "foxes", **(foxes or {})) + more
    (folder / "targets.toml").write_text(text, encoding="utf-8")


def problems(folder, **how):
    with pytest.raises(ConfigurationError) as caught:
        load_library(folder, **how)
    return [str(problem) for problem in caught.value.problems]


def test_a_library_holds_its_targets_in_order(folder):
    library = load_library(folder)
    assert [t.id for t in library.targets] == ["bears-01", "foxes-01"]
    bear = library.target("bears-01")
    assert (bear.category, bear.size, bear.alt) == ("bears", (12, 8), "An animal.")
    assert bear.file == folder / "targets/bears-01.webp"
    assert library.categories == ("bears", "foxes")


def test_the_images_of_a_category_are_sorted(folder):
    (folder / "library/foxes/notes.txt").write_text("not an image")
    assert [p.name for p in load_library(folder).images("foxes")] == ["01.webp", "02.webp"]


def test_an_unknown_target_or_category_is_answered_with_the_nearest(folder):
    library = load_library(folder)
    with pytest.raises(ConfigurationError, match=r"there is no target 'bear-01'; did you mean 'bears-01'\?"):
        library.target("bear-01")
    with pytest.raises(ConfigurationError, match=r"there is no category 'fox'; did you mean 'foxes'\?"):
        library.images("fox")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sha256": "0" * 64}, "targets.toml target[0].sha256: is not that of targets/bears-01.webp; the file has "),
        ({"sha256": "abc"}, "targets.toml target[0].sha256: must be 64 hexadecimal digits (0-9, a-f); not 'abc'"),
        ({"alt": "  "}, "targets.toml target[0].alt: must not be empty; write a few words"),
        ({"alt": 3}, "targets.toml target[0].alt: must be text in quotes; not 3"),
        ({"licence": None}, "targets.toml target[0].licence: is missing; add it"),
        ({"licenc": "x"}, "targets.toml target[0].licenc: is not known here; did you mean 'licence'?"),
        ({"file": "targets/bear-01.webp"},
         "targets.toml target[0].file: there is no file 'targets/bear-01.webp'; did you mean 'targets/bears-01.webp'?"),
        ({"file": "../a.webp"},
         "targets.toml target[0].file: must lie within the folder of targets.toml; not '../a.webp'"),
        ({"file": "/a.webp"}, "targets.toml target[0].file: must lie within the folder of targets.toml; not '/a.webp'"),
        ({"id": "foxes-01"}, "targets.toml target[1].id: 'foxes-01' is that of target[0], too; give each its own"),
        ({"id": "a b"}, "targets.toml target[0].id: must be letters, digits, - and _; not 'a b'"),
        ({"category": "../up"}, "targets.toml target[0].category: must be letters, digits, - and _; not '../up'"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(folder, change, message):
    write(folder, bears=change)
    (found,) = problems(folder)
    assert found.startswith(message)


@pytest.mark.parametrize("written", [None, "todo", "0" * 64])
def test_a_hash_that_is_missing_or_wrong_can_be_copied_from_the_message(folder, written):
    write(folder, bears={"sha256": written})
    (found,) = problems(folder)
    assert sha256((folder / "targets/bears-01.webp").read_bytes()).hexdigest() in found


def test_all_mistakes_are_told_at_once(folder):
    write(folder, bears={"sha256": "0" * 64}, foxes={"alt": ""}, more="[targets]\n")
    assert [p.partition(":")[0] for p in problems(folder)] == [
        "targets.toml targets", "targets.toml target[0].sha256", "targets.toml target[1].alt",
    ]  # fmt: skip


def test_a_file_that_is_no_image_is_found(folder):
    broken = folder / "targets/bears-01.webp"
    broken.write_bytes(b"not an image")
    write(folder)
    (found,) = problems(folder)
    assert found.startswith("targets.toml target[0].file: targets/bears-01.webp is not an image that can be read")


def test_a_truncated_image_is_found(folder):
    Image.effect_noise((200, 200), 60).save(folder / "library/foxes/01.png")
    whole = (folder / "library/foxes/01.png").read_bytes()
    (folder / "library/foxes/01.png").write_bytes(whole[: len(whole) // 2])
    (found,) = problems(folder)
    assert found.startswith("library/foxes/01.png: is not an image that can be read")


def test_a_link_out_of_the_folder_is_refused(folder, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.webp"
    Image.new("RGB", (4, 4)).save(secret)
    (folder / "targets/bears-01.webp").unlink()
    (folder / "targets/bears-01.webp").symlink_to(secret)
    write(folder)
    (found,) = problems(folder)
    assert "must lie within the folder" in found


def test_toml_that_is_not_valid_is_told_with_its_line(folder):
    (folder / "targets.toml").write_text("[[target]]\nid = \n")
    (found,) = problems(folder)
    assert found.startswith("targets.toml: is not valid TOML:")
    assert "line 2" in found


@pytest.mark.parametrize("text", ["", "[target]\nid = 'x'\n", "target = [1]\n"])
def test_a_file_without_a_list_of_targets_is_refused(folder, text):
    (folder / "targets.toml").write_text(text)
    assert problems(folder)[0].startswith("targets.toml target: ")


def test_bytes_that_are_not_text_are_told(folder):
    (folder / "targets.toml").write_bytes(b"\xff\xfe\x00")
    assert problems(folder)[0].startswith("targets.toml: can't be read as UTF-8 text")


def test_a_missing_folder_and_a_missing_file_are_told(folder):
    assert "there is no such folder" in problems(folder / "nowhere")[0]
    (folder / "targets.toml").unlink()
    assert problems(folder)[0].startswith("targets.toml: is missing in ")


def test_without_a_check_nothing_is_hashed_or_decoded_but_presence_still_counts(folder):
    write(folder, bears={"sha256": "0" * 64})
    (folder / "targets/foxes-01.webp").write_bytes(b"not an image")
    assert len(load_library(folder, verify=False).targets) == 2
    (folder / "targets/foxes-01.webp").unlink()
    assert problems(folder, verify=False)[0].startswith("targets.toml target[1].file: there is no file")


def test_loading_a_library_imports_neither_pandas_nor_numpy():
    code = "import sys, imgloop_widgets.library; print({'numpy', 'pandas', 'matplotlib'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert done.stdout.strip() == "set()"


def test_the_committed_images_are_in_order():
    library = load_library(REPOSITORY / "images")
    assert len(library.targets) >= 12
    assert len(library.categories) == 4
    for category in library.categories:
        assert sum(t.category == category for t in library.targets) >= 3
        assert len(library.images(category)) == 6
    assert {t.size for t in library.targets} == {(512, 512)}
    assert sum(p.stat().st_size for p in (REPOSITORY / "images").rglob("*") if p.is_file()) < 3_000_000


def test_the_prompts_of_the_targets_stay_hidden():
    """No prompt stands in targets.toml, and no image carries metadata."""
    folder = REPOSITORY / "images"
    public = (folder / "targets.toml").read_text(encoding="utf-8")
    for entry in tomllib.loads((folder / "prompts.toml").read_text(encoding="utf-8"))["target"]:
        assert entry["prompt"] not in public
        assert entry["prompt"] != entry["alt"]
    for path in folder.rglob("*.webp"):
        with Image.open(path) as image:
            assert not image.getexif()
            assert not {"exif", "xmp", "comment"} & image.info.keys()


def test_the_size_of_a_picture_taken_upright_is_as_it_is_shown(folder):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    Image.new("RGB", (12, 8)).save(folder / "targets/bears-01.webp", exif=exif)
    assert load_library(folder, verify=False).targets[0].size == (8, 12)

"""The generators that a study file can name."""

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from imgloop_widgets.generators.contract import Context
from imgloop_widgets.generators.making import Making
from imgloop_widgets.generators.named import NAMED, build
from imgloop_widgets.library import Library

ROOT = Path(__file__).parents[3]
EMBEDDED = [name for name, named in NAMED.items() if named.extra is None]
SERVICES = [name for name, named in NAMED.items() if named.extra is not None]
SECRET = "sk-SecretSecret"
CONTEXT = Context(attempt=1, target_id="bear", category="bears", seed=7, idempotency_key="k")


@pytest.fixture
def library(tmp_path: Path, target: Any) -> Library:
    folder = tmp_path / "library" / "bears"
    folder.mkdir(parents=True)
    Image.new("RGB", (40, 30), "sienna").save(folder / "1.webp")
    return Library(folder=tmp_path, targets=(target,))


@pytest.mark.parametrize("name", EMBEDDED)
def test_every_name_gives_a_generator_that_makes_an_image(name: str, library: Library) -> None:
    generator: Any = build(name, library)
    assert generator.name == name
    assert str(generator.version)
    made = Making(generator, "a brown bear beside a river", CONTEXT).run()
    assert made.webp[8:12] == b"WEBP"


@pytest.mark.parametrize("name", EMBEDDED)
def test_a_repeated_request_gives_the_same_image(name: str, library: Library) -> None:
    first, second = (Making(build(name, library), "a brown bear", CONTEXT).run() for _ in range(2))
    assert first == second


def test_options_reach_the_generator(library: Library) -> None:
    with pytest.raises(ValueError, match="delay_s must be 0 or more"):
        build("local_images", library, delay_s=-1)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("local_image", "did you mean 'local_images'"),
        ("scene", "did you mean 'scenes'"),
        ("dall-e", "possible: local_images, scenes, hugging_face"),
        ("", "possible: local_images, scenes, hugging_face"),
        ("openai_image", "did you mean 'openai_images'"),
        ("huggingface", "did you mean 'hugging_face'"),
    ],
)
def test_a_name_that_is_not_known_is_told_with_what_is_possible(name: str, hint: str, library: Library) -> None:
    with pytest.raises(ValueError, match=hint):
        build(name, library)


@pytest.mark.parametrize("name", list(NAMED))
@pytest.mark.parametrize("option", ["speed", "name", "library", "images", "self"])
def test_options_that_it_does_not_take_are_told(name: str, option: str, library: Library) -> None:
    with pytest.raises(ValueError, match=rf"generator '{name}' does not take these options: .*{option}"):
        build(name, library, **{**REQUIRED[name], option: 1})


def test_local_images_says_where_images_are_missing(tmp_path: Path, target: Any) -> None:
    with pytest.raises(ValueError, match="library/bears; put at least one there"):
        build("local_images", Library(folder=tmp_path, targets=(target,)))


REQUIRED: dict[str, dict[str, Any]] = {
    "local_images": {},
    "scenes": {},
    "hugging_face": {"model": "a/model"},
    "openai_images": {"model": "a-model"},
    "comfyui": {"workflow": "workflow.json"},
    "diffusers": {"model": "a-model"},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study's folder, with a workflow and a key, and no key in the environment."""
    for name in ("OPENAI_API_KEY", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "COMFYUI_KEY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "workflow.json").write_text('{"6": {"class_type": "CLIPTextEncode", "inputs": {"text": "%prompt%"}}}')
    (tmp_path / "key").write_text(SECRET)
    return tmp_path


def built(name: str, library: Library, folder: Path, **options: Any) -> Any:
    if name in ("hugging_face", "openai_images"):
        options = {"key_file": "key", **options}
    return build(name, library, folder, **{**REQUIRED[name], **options})


@pytest.mark.parametrize("name", list(NAMED))
def test_every_name_gives_a_generator_that_says_what_its_images_depend_on(
    name: str, library: Library, folder: Path
) -> None:
    if name == "diffusers":
        pytest.importorskip("torch", reason="torch is not installed; it comes with the extra diffusers")
    generator = built(name, library, folder)
    assert generator.name == name
    assert str(generator.version)
    json.dumps(dict(getattr(generator, "settings", {})))
    assert getattr(generator, "price", None) is None or generator.price >= 0


@pytest.mark.parametrize("name", SERVICES)
def test_a_package_that_is_not_installed_is_told_with_how_to_install_it(
    name: str, library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = {"hugging_face": "huggingface_hub", "openai_images": "openai", "comfyui": "httpx2"}.get(name, "diffusers")
    for module in [m for m in sys.modules if m.startswith("imgloop_widgets.generators.backends")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    how = re.escape(f"install it with: pip install 'imgloop_widgets[{NAMED[name].extra}]'")
    with pytest.raises(ValueError, match=f"generator '{name}' needs {package}; {how}"):
        built(name, library, folder)


@pytest.mark.parametrize("name", SERVICES)
def test_the_extra_of_every_service_is_in_the_project(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert NAMED[name].extra in project["optional-dependencies"]


@pytest.mark.parametrize(
    ("name", "options", "what"),
    [
        ("hugging_face", {"step": 3}, "step; did you mean 'steps'?"),
        ("hugging_face", {"steps": "3"}, "steps must be a whole number; not '3'"),
        ("hugging_face", {"guidance": True}, "guidance must be a number; not True"),
        ("openai_images", {"send_seed": "yes"}, "send_seed must be true or false; not 'yes'"),
        ("openai_images", {"extra": [1]}, "extra must be a table; not [1]"),
        ("openai_images", {"api_key": SECRET}, "api_key: a key does not belong into a study file; see key_env"),
        ("openai_images", {"key_env": 7}, "key_env must be a text; not this"),
        ("openai_images", {"partial_images": 4}, "partial_images must be from 0 to 3; not 4"),
        ("openai_images", {"azure_endpoint": "https://x"}, "azure_endpoint and azure_api_version go together"),
        ("openai_images", {"response_format": "png"}, "response_format must be 'b64_json' or 'url'; not 'png'"),
        ("openai_images", {"base_url": "localhost:8900"}, "base_url must be an address that begins with http://"),
        ("openai_images", {"base_url": f"http://me:{SECRET}@host/v1"}, "base_url must not hold a name and a password"),
        ("comfyui", {"server": f"http://{SECRET}@host"}, "server must not hold a name and a password"),
        ("hugging_face", {"model": f"https://me:{SECRET}@host"}, "model must not hold a name and a password"),
        ("openai_images", {"key_file": "missing"}, "key_file can't be read"),
        ("scenes", {"quality": "best"}, "quality must be 'full' or 'basic'; not 'best'"),
        ("scenes", {"size": "512"}, "size must be a whole number; not '512'"),
    ],
)
def test_what_is_wrong_with_options_is_told(
    name: str, options: dict[str, Any], what: str, library: Library, folder: Path
) -> None:
    with pytest.raises(ValueError, match=re.escape(what)) as raised:
        built(name, library, folder, **options)
    assert SECRET not in str(raised.value)


def test_all_that_is_wrong_is_told_at_once(library: Library, folder: Path) -> None:
    with pytest.raises(ValueError, match=r"siz; .* / steps must be .* / model is missing; it is required"):
        build("hugging_face", library, folder, siz=1, steps="x")


def test_a_key_that_is_missing_is_told(library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    for name, variable in (("hugging_face", "HF_TOKEN"), ("openai_images", "OPENAI_API_KEY")):
        with pytest.raises(ValueError, match=f"the environment variable {variable} is not set"):
            build(name, library, folder, **REQUIRED[name])
        monkeypatch.setenv(variable, SECRET)
        build(name, library, folder, **REQUIRED[name])


def test_paths_are_relative_to_the_study_file(library: Library, folder: Path) -> None:
    build("comfyui", library, folder, workflow="workflow.json")
    build("comfyui", library, Path("/nowhere"), workflow=str(folder / "workflow.json"))
    with pytest.raises(ValueError, match=r"workflow 'workflow.json' can't be read"):
        build("comfyui", library, folder / "elsewhere", workflow="workflow.json")

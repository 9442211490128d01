"""The generators a study file can name, with their options.

    [[arm]]
    generator = "hugging_face"
    options = { model = "black-forest-labs/FLUX.1-dev", provider = "together", steps = 28 }

Options are those of the generator's class, checked by name and kind when the study is opened. Paths are relative to the
study file. A key is never among them: see `backends/keys.py`.

To add one: write its module, import it in a function here, add a line to `NAMED`.
"""

import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from imgloop_widgets.generators.contract import Generator
from imgloop_widgets.generators.local_images import LocalImages
from imgloop_widgets.library import Library


def _local_images() -> type:
    return LocalImages


def _scenes() -> type:
    from imgloop_widgets.generators.scenes import Scenes  # a study that brings its own model need not load it

    return Scenes


def _hugging_face() -> type:
    from imgloop_widgets.generators.backends.hugging_face import HuggingFace

    return HuggingFace


def _openai_images() -> type:
    from imgloop_widgets.generators.backends.openai_images import OpenAIImages

    return OpenAIImages


def _comfyui() -> type:
    from imgloop_widgets.generators.backends.comfyui import ComfyUI

    return ComfyUI


def _diffusers() -> type:
    from imgloop_widgets.generators.backends.diffusers_local import DiffusersLocal

    return DiffusersLocal


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """load: imports and returns its class. extra: of this package, that it needs; None: none."""

    load: Callable[[], type]
    extra: str | None = None


NAMED: dict[str, Named] = {
    "local_images": Named(load=_local_images),
    "scenes": Named(load=_scenes),
    "hugging_face": Named(load=_hugging_face, extra="huggingface"),
    "openai_images": Named(load=_openai_images, extra="openai"),
    "comfyui": Named(load=_comfyui, extra="comfyui"),
    "diffusers": Named(load=_diffusers, extra="diffusers"),
}
KEYS = {"key", "api_key", "token", "access_token", "secret", "password"}


def build(name: str, library: Library, folder: Path = Path(), /, **options: Any) -> Generator:
    """Return the generator of this name. folder: paths among the options are relative to it.

    Raises:
        ValueError: there is none of this name, its package is not installed, or it does not take these options.
    """
    if name not in NAMED:
        raise ValueError(f"generator {name!r} is not known; {did_you_mean(name, NAMED)}")
    own = {"images": lambda: _images(library)}
    generator: Generator = made(f"generator {name!r}", NAMED[name], options, folder, own=own)
    return generator


def made(
    what: str,
    named: Named,
    options: Mapping[str, Any],
    folder: Path,
    *,
    own: Mapping[str, Callable[[], Any]] = MappingProxyType({}),
) -> Any:
    """Return an object of what is named. what: in the words of an error. own: what the package itself gives, by option.

    Raises:
        ValueError: its package is not installed, or it does not take these options.
    """
    try:
        kind = named.load()
        fields = dict(inspect.signature(kind).parameters)
        given = {option: give() for option, give in own.items() if fields.pop(option, None)}
        return kind(**given, **_checked(what, kind, fields, options, folder))
    except ImportError as error:
        if named.extra is None:
            raise
        how = f"pip install 'imgloop_widgets[{named.extra}]'"
        raise ValueError(f"{what} needs {error.name or 'a package'}; install it with: {how}") from None


def _images(library: Library) -> Callable[[str], tuple[Path, ...]]:
    empty = [category for category in library.categories if not library.images(category)]
    if empty:
        raise ValueError(f"'local_images' finds no images in library/{empty[0]}; put at least one there")
    return library.images


def _checked(
    what: str, kind: type, fields: Mapping[str, inspect.Parameter], options: Mapping[str, Any], folder: Path
) -> dict[str, Any]:
    """Return the options, their paths resolved. Raises: ValueError: all that is wrong with their names and kinds."""
    hints: dict[str, Any] = get_type_hints(kind.__init__)  # type: ignore[misc]  # of the class itself
    wrong = []
    given: dict[str, Any] = {}
    for option, value in options.items():
        if option in KEYS:
            wrong.append(f"{option}: a key does not belong into a study file; see key_env and key_file")
        elif option not in fields:
            wrong.append(f"{option}; {did_you_mean(option, fields)}")
        else:
            given[option] = value = _path(value, hints[option], folder)
            try:
                TypeAdapter(hints[option]).validate_python(value, strict=True)
            except ValidationError:
                found = "this" if option.startswith("key_") else repr(value)  # it may be the key itself
                wrong.append(f"{option} must be {_words(hints[option])}; not {found}")
    wrong += [
        f"{field} is missing; it is required"
        for field, one in fields.items()
        if one.default is one.empty and field not in options
    ]
    if wrong:
        raise ValueError(f"{what} does not take these options: {' / '.join(wrong)}")
    return given


def _path(value: Any, hint: Any, folder: Path) -> Any:
    """Return a path's text as a path. A model's name may be one, or one of a hub's."""
    if not isinstance(value, str):
        return value
    path = folder / Path(value).expanduser()
    if hint in (Path, Path | None) or (hint is Any and path.exists()):
        return path
    return value


_KINDS: tuple[tuple[Any, str], ...] = (
    (bool, "true or false"),
    (int, "a whole number"),
    (float, "a number"),
    (str, "a text"),
    (Path, "a path"),
)


def _words(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return " or ".join(map(repr, get_args(hint)))
    return next((words for kind, words in _KINDS if hint in (kind, kind | None)), "a table")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the name that was meant perhaps, or all there are."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"possible: {', '.join(known)}"

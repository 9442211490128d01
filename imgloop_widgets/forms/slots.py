"""Places in an author's HTML where the page puts its own pictures.

    <img class="custom--task-image" …>        the target      <img src="{{ target_image }}" …>   the target too
    <img src="[[ image_url ]]" …>             the image of an attempt

The page shows these pictures in its own panels, with their alternative texts, so the elements are cut out of the
HTML, with a `<br>` directly behind. All the rest stays as it was written, however untidy.
"""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

TARGET_CLASS = "custom--task-image"
TARGET_TOKEN = "target_image"
IMAGE_TOKEN = "image_url"

_TARGET_SRC = re.compile(rf"\s*\{{\{{\s*{TARGET_TOKEN}\s*\}}\}}\s*")
_IMAGE_SRC = re.compile(rf"\s*\[\[\s*{IMAGE_TOKEN}\s*\]\]\s*")


@dataclass(frozen=True, slots=True)
class _Tag:
    """A start tag: where it stands in the text, and its attributes (the first of two with one name counts)."""

    name: str
    start: int
    end: int
    attributes: dict[str, str]


class _Tags(HTMLParser):
    """Collects the start tags of a text with their places."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[_Tag] = []
        self._lines = [0, *(m.end() for m in re.finditer("\n", text))]
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line, column = self.getpos()
        start = self._lines[line - 1] + column
        attributes = {name: value or "" for name, value in reversed(attrs)}
        self.tags.append(_Tag(tag, start, start + len(self.get_starttag_text() or ""), attributes))


def remove_slots(text: str) -> str:
    """Return the HTML without the elements whose pictures the page shows itself."""
    if "<" not in text:
        return text
    tags = _Tags(text).tags
    kept, at = [], 0
    for tag, following in zip(tags, [*tags, None][1:], strict=True):
        if not _is_slot(tag):
            continue
        kept.append(text[at : tag.start])
        at = tag.end
        if following and following.name == "br" and not text[tag.end : following.start].strip():
            at = following.end
    return "".join([*kept, text[at:]])


def _is_slot(tag: _Tag) -> bool:
    source = tag.attributes.get("src", "")
    return tag.name == "img" and bool(
        TARGET_CLASS in tag.attributes.get("class", "").split()
        or _TARGET_SRC.fullmatch(source)
        or _IMAGE_SRC.fullmatch(source)
    )


def unsafe_attributes(text: str) -> tuple[str, ...]:
    """Return a note on each HTML attribute in which a token can't be made safe by escaping it.

    These are attributes without quotes, where a space in the value would start a new attribute, and scripts
    (`onclick` and the like).
    """
    notes: list[str] = []
    for tag in _Tags(text).tags if "{{" in text else ():
        raw = text[tag.start : tag.end]
        if re.search(r"=\s*[^\s\"'>]*\{\{", _without_quoted(raw)):
            notes.append(f"put quotes around the value with a token in <{tag.name} …>")
        for name, value in tag.attributes.items():
            if name.startswith("on") and "{{" in value:
                notes.append(f"a token can't be used in `{name}` of <{tag.name} …>: it is a script")
    return tuple(notes)


def _without_quoted(tag: str) -> str:
    return re.sub(r"\"[^\"]*\"|'[^']*'", '""', tag)

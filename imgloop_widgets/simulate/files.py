"""Files that simulated workers give where a form asks for one: as small as they can be, and of the type they say."""

import io
import mimetypes
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from PIL import Image

PICTURES = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "gif": "GIF", "webp": "WEBP", "bmp": "BMP"}
"""Ending → Pillow's name of the format."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallFile:
    """name, type (MIME, or ""), data: as a worker's browser would send them."""

    name: str
    type: str
    data: bytes

    @property
    def answer(self) -> dict[str, Any]:
        """What a form's field holds for it."""
        digest = sha256(self.data).hexdigest()
        return {"name": self.name, "type": self.type, "size": len(self.data), "sha256": digest}


def small_file(ending: str, shade: int) -> SmallFile:
    """Return a file with this ending: a tiny picture where it is one of pictures, else a line of text.

    shade: 0 to 255; makes files differ.
    """
    name = f"simulated.{ending}"
    kind = mimetypes.guess_type(name)[0] or ""
    if ending not in PICTURES:
        return SmallFile(name=name, type=kind, data=f"simulated {shade}\n".encode())
    buffer = io.BytesIO()
    Image.new("RGB", (2, 2), (shade, 120, 200)).save(buffer, PICTURES[ending])
    return SmallFile(name=name, type=kind, data=buffer.getvalue())

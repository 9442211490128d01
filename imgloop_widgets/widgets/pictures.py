"""A picture's file as a worker's browser may have it: nothing in it but the picture.

Image generators write the prompt, the seed or a whole workflow into the files they make, and cameras write where they
were. Such a target would tell a worker, who only has to save it, the answer to the task.
"""

import io
from hashlib import sha256

from PIL import Image, ImageOps

# Under these names Pillow keeps how a picture is to be shown; under all others, what somebody wrote into its file.
_HOW_IT_IS_SHOWN = {
    *("adobe", "adobe_transform", "aspect", "background", "bbox", "blend", "chromaticity", "default_image", "disposal"),
    *("dpi", "duration", "extension", "gamma", "icc_profile", "icc_profile_name", "interlace", "jfif", "jfif_density"),
    *("jfif_unit", "jfif_version", "loop", "progression", "progressive", "srgb", "timestamp", "transparency"),
    "version",
}
_SEGMENTS = ("APP0", "APP2", "APP14")  # of a JPEG: density, colours, colours


MOST_KNOWN = 4096
"""Files that are known to hold nothing else; a kernel knows those that its parent has looked at."""

_bare: dict[bytes, None] = {}


def bare(data: bytes) -> bytes:
    """Return the file as it is where it holds nothing but a picture, else the same pixels in a lossless WebP.

    Raises:
        OSError: it is no picture that can be read.
    """
    digest = sha256(data).digest()
    if digest in _bare:
        return data
    with Image.open(io.BytesIO(data)) as image:
        image.load()  # a PNG may have its notes behind the picture
        notes = image.info.keys() - _HOW_IT_IS_SHOWN
        segments = {name for name, _ in getattr(image, "applist", ())}
        if not notes and segments <= set(_SEGMENTS) and not getattr(image, "private_chunks", ()):
            _note(digest)
            return data
        colours = image.info.get("icc_profile")
        upright = ImageOps.exif_transpose(image)
    upright = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    made = io.BytesIO()
    upright.save(made, "WEBP", lossless=True, exact=True, method=0, icc_profile=colours)
    return made.getvalue()


def _note(digest: bytes) -> None:
    while len(_bare) >= MOST_KNOWN:
        _bare.pop(next(iter(_bare)), None)
    _bare[digest] = None

"""A worker's browser gets a picture and nothing that was written into its file."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps, PngImagePlugin

from imgloop_widgets.widgets.pictures import bare

PICTURE = Image.effect_noise((30, 20), 60).convert("RGB")
SECRET = b"the true prompt"


def file_of(kind: str, image: Image.Image = PICTURE, **options: Any) -> bytes:
    made = io.BytesIO()
    image.save(made, kind, **options)
    return made.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def exif(orientation: int | None = None) -> Image.Exif:
    tags = Image.Exif()
    tags[0x010E] = SECRET.decode()
    if orientation:
        tags[0x0112] = orientation
    return tags


def text_chunks(*, compressed: bool = False, international: bool = False) -> PngImagePlugin.PngInfo:
    notes = PngImagePlugin.PngInfo()
    (notes.add_itxt if international else notes.add_text)("parameters", SECRET.decode(), zip=compressed)
    return notes


def private_chunk() -> PngImagePlugin.PngInfo:
    notes = PngImagePlugin.PngInfo()
    notes.add(b"prMp", SECRET, after_idat=True)
    return notes


WITH_NOTES = {
    "PNG text": lambda: file_of("PNG", pnginfo=text_chunks()),
    "PNG compressed text": lambda: file_of("PNG", pnginfo=text_chunks(compressed=True)),
    "PNG international text": lambda: file_of("PNG", pnginfo=text_chunks(international=True)),
    "PNG private chunk": lambda: file_of("PNG", pnginfo=private_chunk()),
    "PNG exif": lambda: file_of("PNG", exif=exif()),
    "JPEG exif": lambda: file_of("JPEG", exif=exif()),
    "JPEG comment": lambda: file_of("JPEG", comment=SECRET),
    "JPEG xmp": lambda: file_of("JPEG", xmp=SECRET),
    "WEBP exif": lambda: file_of("WEBP", exif=exif()),
    "WEBP xmp": lambda: file_of("WEBP", xmp=SECRET),
    "GIF comment": lambda: file_of("GIF", comment=SECRET),
}


@pytest.mark.parametrize("name", list(WITH_NOTES))
def test_what_is_written_into_a_file_is_left_out_and_every_pixel_stays(name: str) -> None:
    data = WITH_NOTES[name]()
    got = bare(data)
    assert SECRET not in got
    again = opened(got)
    assert not again.info.keys() & {"exif", "xmp", "comment", "parameters"}
    assert again.convert("RGB").tobytes() == opened(data).convert("RGB").tobytes()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_file_without_notes_stays_byte_for_byte(kind: str) -> None:
    data = file_of(kind)
    assert bare(data) == data


def test_how_a_picture_is_to_be_shown_is_no_note() -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for data in (file_of("PNG", dpi=(72, 72), icc_profile=profile), file_of("JPEG", dpi=(72, 72), icc_profile=profile)):
        assert bare(data) == data


def test_a_photo_that_lies_on_its_side_is_shown_upright() -> None:
    data = file_of("JPEG", exif=exif(orientation=6))
    got = opened(bare(data))
    assert got.size == (20, 30)
    assert got.tobytes() == ImageOps.exif_transpose(opened(data)).tobytes()


def test_transparency_stays() -> None:
    image = Image.new("RGBA", (4, 4), (10, 20, 30, 40))
    got = opened(bare(file_of("PNG", image, pnginfo=text_chunks())))
    assert got.convert("RGBA").getpixel((0, 0)) == (10, 20, 30, 40)


def test_what_is_no_picture_is_an_error() -> None:
    with pytest.raises(OSError):
        bare(b"no picture")


def test_the_targets_that_are_shipped_hold_nothing_but_their_pictures() -> None:
    files = sorted((Path(__file__).parents[3] / "images" / "targets").iterdir())
    assert files
    assert [file.name for file in files if bare(file.read_bytes()) != file.read_bytes()] == []

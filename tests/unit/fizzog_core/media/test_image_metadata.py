"""Invalid metadata never costs the pixels: the orientation alone is read."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin, TiffImagePlugin

from fizzog_core.media import images

ORIENTATION = (0x0112, 3, 1, struct.pack("<HH", 6, 0))
X_RESOLUTION_AS_TEXT = (0x011A, 2, 4, b"72\0\0")
RATIONAL_BEHIND_THE_END = (0x011A, 5, 1, struct.pack("<I", 0xFFFFFF00))
UNKNOWN_TYPE = (0x0110, 99, 1, b"\0\0\0\0")
HUGE_COUNT = (0x010F, 2, 0xFFFFFFFF, struct.pack("<I", 8))
ENDLESS_SUBDIRECTORY = (0x8769, 4, 1, struct.pack("<I", 8))
Entry = tuple[int, int, int, bytes]


def exif(*entries: Entry) -> bytes:
    """EXIF with one directory of ``entries``: tag, type, count, value or offset."""
    body = b"".join(struct.pack("<HHI", *entry[:3]) + entry[3] for entry in entries)
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, len(entries)) + body + b"\0\0\0\0"


def stored(form: str, metadata: bytes) -> bytes:
    """A 40 x 20 image, left half white."""
    pixels = np.zeros((20, 40, 3), np.uint8)
    pixels[:, :20] = 255
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form, exif=metadata)
    return file.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    "before",
    [
        (),
        (X_RESOLUTION_AS_TEXT,),
        (RATIONAL_BEHIND_THE_END,),
        (UNKNOWN_TYPE,),
        (HUGE_COUNT,),
        (ENDLESS_SUBDIRECTORY,),
        (HUGE_COUNT, RATIONAL_BEHIND_THE_END, X_RESOLUTION_AS_TEXT, UNKNOWN_TYPE),
    ],
    ids=["none", "text", "offset", "type", "count", "endless", "all"],
)
@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow warns of damaged EXIF
def test_a_broken_entry_before_the_orientation(form: str, before: Sequence[Entry]) -> None:
    frame = images.decode(stored(form, exif(*before, ORIENTATION)))
    assert frame.shape == (40, 20, 3)
    assert frame[4].mean() > 240
    assert frame[-4].mean() < 15


@pytest.mark.parametrize(
    "metadata",
    [
        b"Exif\0\0",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0ABCDEFGH",
        exif((0x0112, 3, 1, struct.pack("<HH", 0, 0))),
        exif((0x0112, 3, 1, struct.pack("<HH", 9, 0))),
        exif((0x0112, 5, 1, struct.pack("<I", 9999))),
        exif((0x0112, 2, 2, b"6\0\0\0")),
        exif(ORIENTATION)[:-8],
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_an_invalid_orientation_counts_as_upright(metadata: bytes) -> None:
    assert images.decode(stored("JPEG", metadata)).shape == (20, 40, 3)


@pytest.mark.parametrize(("kind", "form"), [(1, "<BBBB"), (4, "<I"), (8, "<hH")])
def test_other_integer_types_of_the_orientation(kind: int, form: str) -> None:
    values = (6, 0, 0, 0) if form == "<BBBB" else (6,) if form == "<I" else (6, 0)
    entry = (0x0112, kind, 1, struct.pack(form, *values))
    assert images.decode(stored("JPEG", exif(entry))).shape == (40, 20, 3)


def test_xmp_and_a_png_text_chunk() -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("XML:com.adobe.xmp", '<x tiff:Orientation="6"/>')
    file = io.BytesIO()
    Image.new("RGB", (40, 20)).save(file, "PNG", pnginfo=text)
    assert images.decode(file.getvalue()).shape == (40, 20, 3)
    profile = PngImagePlugin.PngInfo()
    profile.add_text("Raw profile type exif", "\nexif\n  10\n" + exif(ORIENTATION).hex())
    file = io.BytesIO()
    Image.new("RGB", (40, 20)).save(file, "PNG", pnginfo=profile)
    assert images.decode(file.getvalue()).shape == (40, 20, 3)
    broken = PngImagePlugin.PngInfo()
    broken.add_text("Raw profile type exif", "\nexif\n  10\nnot hexadecimal")
    file = io.BytesIO()
    Image.new("RGB", (40, 20)).save(file, "PNG", pnginfo=broken)
    assert images.decode(file.getvalue()).shape == (20, 40, 3)


@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_tiff_is_turned_once_whatever_its_other_tags_say(compression: str | None, orientation: int) -> None:
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[0x0112] = orientation
    info[0x010E] = "a description"
    file = io.BytesIO()
    Image.new("RGB", (40, 20)).save(file, "TIFF", tiffinfo=info, compression=compression)
    assert images.decode(file.getvalue()).shape == ((20, 40, 3) if orientation == 1 else (40, 20, 3))


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_shared_cases(shared_cases: Path) -> None:
    assert images.read(shared_cases / "exif_rational_minus_1_over_0.jpg").shape == (512, 512, 3)
    assert images.read(shared_cases / "exif_resolution_as_text_orientation_6.jpg").shape == (512, 512, 3)
    assert images.is_picture(shared_cases / "face.jfif")
    assert images.read(shared_cases / "face.jfif").shape == (512, 512, 3)
    assert images.read(shared_cases / "wide_15000x200.png").shape == (200, 15000, 3)

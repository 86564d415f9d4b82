"""The orientation of an image, read from EXIF or XMP without parsing anything else.

Pillow's ``exif_transpose`` parses and rewrites all EXIF entries, and fails on files whose other entries are invalid.
"""

from __future__ import annotations

import re
import struct
from typing import Any

from PIL import Image, TiffImagePlugin

TAG = 0x0112
"""Tag of the orientation in EXIF 2.3 and TIFF 6.0: 1 to 8, stored as a 16-bit integer."""
_TRANSPOSES = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_INTEGER_FORMATS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i"}
"""Numbers of TIFF's integer types, and ``struct``'s formats for them."""
_LARGEST_DIRECTORY = 1000


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """``image`` rotated and mirrored as ``orientation`` (1 to 8) says."""
    return image.transpose(_TRANSPOSES[orientation]) if orientation in _TRANSPOSES else image


def find(image: Image.Image) -> int:
    """The orientation, 1 to 8, of a loaded image; 1 if its metadata has none or an invalid one."""
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return _valid(image.tag_v2.get(TAG)) or 1
    return _from_exif(_exif_of(image.info)) or _from_xmp(image.info) or 1


def _exif_of(info: dict[Any, Any]) -> bytes:
    exif = info.get("exif")
    if isinstance(exif, bytes):
        return exif
    text = info.get("Raw profile type exif")  # a text chunk of PNG files that ImageMagick wrote
    try:
        return bytes.fromhex("".join(text.split("\n")[3:])) if isinstance(text, str) else b""
    except ValueError:
        return b""


def _from_exif(exif: bytes) -> int | None:
    """The orientation in the first directory of ``exif``; other entries are not read."""
    data = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        return None
    try:
        (start,) = struct.unpack_from(f"{order}I", data, 4)
        (count,) = struct.unpack_from(f"{order}H", data, start)
        for number in range(min(count, _LARGEST_DIRECTORY)):
            at = start + 2 + 12 * number
            tag, kind = struct.unpack_from(f"{order}HH", data, at)
            if tag == TAG and kind in _INTEGER_FORMATS:
                return _valid(struct.unpack_from(f"{order}{_INTEGER_FORMATS[kind]}", data, at + 8)[0])
    except struct.error:  # the directory is cut off
        return None
    return None


def _from_xmp(info: dict[Any, Any]) -> int | None:
    xmp = info.get("xmp") or info.get("XML:com.adobe.xmp") or b""
    text = xmp if isinstance(xmp, bytes) else str(xmp).encode(errors="replace")
    found = re.search(rb'tiff:Orientation(?:="|>)([1-8])', text)
    return int(found[1]) if found else None


def _valid(value: object) -> int | None:
    first = value[0] if isinstance(value, tuple) and value else value
    return first if isinstance(first, int) and 1 <= first <= 8 else None

"""Bytes or a file to an RGB frame, for every usual image format, and back."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from PIL import Image, JpegImagePlugin, TiffImagePlugin, UnidentifiedImageError

from fizzog_core import settings
from fizzog_core.errors import PictureError
from fizzog_core.media import colour, orientation
from fizzog_core.runtime.paths import read_bytes
from fizzog_core.types import Frame

FORMATS = (
    "jpg", "jpeg", "jfif", "jpe", "jif", "pjpeg", "png", "webp", "avif", "heic", "heif", "gif", "bmp", "tif", "tiff",
    "ico", "jp2", "j2k", "ppm", "pgm", "pbm", "tga",
)  # fmt: skip
"""File name endings that a page offers. The content decides which files can be read, see ``is_picture``."""

_PLUG_INS = (
    "JPEG", "PNG", "WEBP", "AVIF", "HEIF", "GIF", "BMP", "DIB", "TIFF", "ICO", "ICNS", "CUR", "PPM", "JPEG2000",
    "TGA", "PCX", "SGI", "SUN", "PSD", "DDS", "QOI", "XBM", "XPM", "MSP", "SPIDER", "FLI", "DCX", "IM", "BLP", "FTEX",
)  # fmt: skip
"""Pillow's readers that only decode. EPS is excluded: it would run Ghostscript on a visitor's file."""
_WITH_SIGNATURE = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "GIF", "BMP", "TIFF", "ICO", "JPEG2000", "PPM", "PSD", "QOI")
"""Readers that recognise their files by a signature; others accept some files of other kinds."""

_TIFF_SIGNATURES = (b"II*\0", b"MM\0*")
_WIDTH, _HEIGHT, _COMPRESSION, _PHOTOMETRIC = 256, 257, 259, 262
DRAFT_SCALES = (2, 4, 8)
"""Divisors at which libjpeg decodes a JPEG without its full-size pixels."""
LARGEST_DRAFT = 10
"""A JPEG with more than this number of ``max_pixels`` is refused: a progressive one needs memory for its full size."""
_PILLOWS_LIMIT = Image.MAX_IMAGE_PIXELS or 0
_EXPECTED = "Expected JPEG, PNG, WebP, AVIF, HEIC, GIF, BMP, TIFF or ICO."


def decode(data: bytes, *, max_pixels: int | None = None) -> Frame:
    """The image in ``data`` as a frame ``(H, W, 3)`` uint8 RGB, upright by its EXIF orientation.

    An animation or a multi-page file gives its first frame. Transparent pixels are blended with white. Deeper samples
    are scaled to 8 bits, see ``colour``. ``max_pixels`` (default: settings) is checked before pixels are decoded; a
    larger JPEG is decoded at a half, a quarter or an eighth of its size. Raises PictureError.
    """
    if not data:
        raise PictureError("The file is empty (0 bytes). Expected a picture, such as a JPEG or PNG.")
    limit = settings.get().max_pixels if max_pixels is None else max_pixels
    _register_heif()
    Image.MAX_IMAGE_PIXELS = max(LARGEST_DRAFT * limit, _PILLOWS_LIMIT)
    try:
        return _decode(data, limit)
    except PictureError:
        raise
    except UnidentifiedImageError:
        raise PictureError(f"The file is not a picture that can be read. {_EXPECTED}") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError(_too_large("more than that", limit)) from None
    except MemoryError:
        raise PictureError("There is not enough memory for this picture. Reduce its size and retry.") from None
    except Exception as error:  # decoders raise exceptions of every type on damaged bytes
        reason = str(error).strip() or type(error).__name__
        raise PictureError(f"The picture is damaged or cut short ({reason}). Save or download it again.") from None


def read(path: Path, *, max_pixels: int | None = None) -> Frame:
    """The image in the file at ``path``, as ``decode`` returns it. Raises PictureError."""
    return decode(read_bytes(path, PictureError, "a picture file"), max_pixels=max_pixels)


def encode(frame: Frame, form: Literal["JPEG", "PNG"]) -> bytes:
    """``frame`` ``(H, W, 3)`` uint8 RGB as a file."""
    file = io.BytesIO()
    Image.fromarray(frame).save(file, form, **({"quality": 92, "subsampling": 0} if form == "JPEG" else {}))
    return file.getvalue()


def is_picture(path: Path) -> bool:
    """Whether the content of the file at ``path`` begins as an image, whatever its name is."""
    _register_heif()
    try:
        with path.open("rb") as file, Image.open(file, formats=_WITH_SIGNATURE):
            return True
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return True
    except Exception:
        return False


def _decode(data: bytes, limit: int) -> Frame:
    try:
        image = Image.open(io.BytesIO(data), formats=_PLUG_INS)
    except UnidentifiedImageError:
        return _decode_other_tiff(data, limit)
    with image:
        if isinstance(image, JpegImagePlugin.JpegImageFile):
            _choose_draft(image, limit)
        _check_size(image.size, limit)
        if isinstance(image, TiffImagePlugin.TiffImageFile):
            _skip_metadata(image)
            if image.tag_v2.get(_PHOTOMETRIC) == 6 and image.tag_v2.get(_COMPRESSION, 1) == 1:  # uncompressed YCbCr
                return _decode_other_tiff(data, limit)
        image.load()
        _check_size(image.size, limit)  # an icon's image may be larger than its directory says
        return colour.to_rgb(orientation.upright(image, orientation.find(image)))


def _choose_draft(image: JpegImagePlugin.JpegImageFile, limit: int) -> None:
    """Reduces ``image.size`` to the largest draft within the limit, if there is one."""
    width, height = image.size
    if limit < width * height <= LARGEST_DRAFT * limit:
        fitting = (scale for scale in DRAFT_SCALES if -(-width // scale) * -(-height // scale) <= limit)
        scale = next(fitting, DRAFT_SCALES[-1])
        image.draft(image.mode, (width // scale, height // scale))


def _skip_metadata(image: TiffImagePlugin.TiffImageFile) -> None:
    """After a TIFF's pixels, Pillow parses and rewrites its metadata, which fails on invalid entries."""
    image.load_end = lambda: None


def _decode_other_tiff(data: bytes, limit: int) -> Frame:
    """A TIFF that Pillow cannot read, such as YCbCr or floating-point RGB, with OpenCV."""
    if data[:4] not in _TIFF_SIGNATURES:
        raise UnidentifiedImageError
    file = io.BytesIO(data)
    directory = TiffImagePlugin.ImageFileDirectory_v2(file.read(8))
    file.seek(directory.next)
    directory.load(file)
    _check_size((int(directory[_WIDTH]), int(directory[_HEIGHT])), limit)
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or not pixels.size:
        raise UnidentifiedImageError
    pixels = np.atleast_3d(pixels)
    pixels = np.repeat(pixels[:, :, :1], 3, axis=2) if pixels.shape[2] < 3 else pixels[:, :, 2::-1]
    rgb = pixels if pixels.dtype == np.uint8 else colour.scaled(pixels)
    return np.ascontiguousarray(rgb, dtype=np.uint8)


@lru_cache
def _register_heif() -> None:
    from pillow_heif import register_heif_opener

    register_heif_opener()


def _check_size(size: tuple[int, int], limit: int) -> None:
    width, height = size
    if width * height > limit:
        raise PictureError(_too_large(f"{width} x {height} = {width * height:,}", limit))


def _too_large(came: str, limit: int) -> str:
    return f"The picture is too large: expected at most {limit:,} pixels, got {came}. Reduce its size and retry."

"""Bytes or a file to an RGB frame, whatever the picture's format; every refusal is a sentence."""

from __future__ import annotations

import io
import struct
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from fizzog_core import settings
from fizzog_core.errors import PictureError
from fizzog_core.types import Frame

FORMATS = ("jpg", "jpeg", "png", "webp", "avif", "heic", "heif", "gif", "bmp", "tif", "tiff", "ico")
"""File name endings that a page or an open-file window offers; what is read is decided by the bytes."""

_PLUG_INS = (
    "JPEG", "PNG", "WEBP", "AVIF", "HEIF", "GIF", "BMP", "DIB", "TIFF", "ICO", "ICNS", "CUR", "PPM", "JPEG2000",
    "TGA", "PCX", "SGI", "SUN", "PSD", "DDS", "QOI", "XBM", "XPM", "MSP", "SPIDER", "FLI", "DCX", "IM", "BLP", "FTEX",
)  # fmt: skip
"""Pillow's readers that only decode: EPS, which would start Ghostscript on a visitor's file, is not among them."""

_DAMAGED = (OSError, SyntaxError, ValueError, IndexError, KeyError, EOFError, OverflowError, struct.error)
"""What Pillow's plug-ins raise on damaged bytes."""


def decode(data: bytes, *, max_pixels: int | None = None) -> Frame:
    """The picture in ``data`` as a frame ``(H, W, 3)`` uint8 RGB, upright by its EXIF orientation.

    An animation or a paged file gives its first frame; transparent pixels are laid on white; 16 bit becomes 8.
    ``max_pixels`` (default: settings) is checked before any pixel is decoded. Raises PictureError.
    """
    if not data:
        raise PictureError("The file is empty (0 bytes). Expected a picture, such as a JPEG or PNG.")
    return _decode(io.BytesIO(data), max_pixels)


def read(path: Path, *, max_pixels: int | None = None) -> Frame:
    """The picture in the file at ``path``, as ``decode`` gives it. Raises PictureError."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise PictureError(f"No file at {path}. Check the name.") from None
    except IsADirectoryError:
        raise PictureError(f"{path} is a folder. Expected a picture file; name the files in it instead.") from None
    except OSError as error:
        raise PictureError(f"{path} cannot be read: {error.strerror}. Check its permissions.") from None
    return decode(data, max_pixels=max_pixels)


def _decode(file: BinaryIO, max_pixels: int | None) -> Frame:
    limit = settings.get().max_pixels if max_pixels is None else max_pixels
    _register_heif()
    try:
        with Image.open(file, formats=_PLUG_INS) as image:
            _check_size(image.size, limit)
            image.load()
            return _to_rgb(ImageOps.exif_transpose(image))
    except UnidentifiedImageError:
        raise PictureError(
            "The file is not a picture that can be read. Expected JPEG, PNG, WebP, AVIF, HEIC, GIF, BMP, TIFF or ICO."
        ) from None
    except Image.DecompressionBombError:
        raise PictureError(_too_large("far more", limit)) from None
    except _DAMAGED as error:
        raise PictureError(f"The picture is damaged or cut short ({error}). Save or download it again.") from None
    except MemoryError:
        raise PictureError("There is not enough memory for this picture. Make it smaller and retry.") from None


@lru_cache
def _register_heif() -> None:
    from pillow_heif import register_heif_opener

    register_heif_opener()


def _check_size(size: tuple[int, int], limit: int) -> None:
    width, height = size
    if width * height > limit:
        raise PictureError(_too_large(f"{width} x {height} = {width * height / 1e6:.0f} million", limit))


def _too_large(came: str, limit: int) -> str:
    return (
        f"The picture is too large: expected at most {limit / 1e6:.0f} million pixels, this one has {came}. "
        "Make it smaller and retry."
    )


def _to_rgb(image: Image.Image) -> Frame:
    if image.mode.startswith("I") or image.mode == "F":
        return _deep_grey_to_rgb(np.asarray(image))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.array(image.convert("RGB"))


def _deep_grey_to_rgb(grey: np.ndarray) -> Frame:
    """Grey ``(H, W)`` of 16 or 32 bit integers, white at 65535, or floats, white at the largest, to RGB."""
    values = np.nan_to_num(grey.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0).clip(min=0)
    top = float(values.max())
    white = max(65535.0, top) if grey.dtype.kind in "iu" else top or 1.0
    return np.repeat(np.round(values * (255 / white)).astype(np.uint8)[:, :, None], 3, axis=2)

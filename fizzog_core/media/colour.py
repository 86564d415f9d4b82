"""Images of any mode to 8-bit RGB."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fizzog_core.types import Frame

_BITS_PER_SAMPLE, _MAX_SAMPLE_VALUE = 258, 281
_WHITE_LEVELS = (255, 1023, 4095, 16383, 65535)
"""White of 8, 10, 12, 14 and 16 bits, which 16-bit files store alike."""


def to_rgb(image: Image.Image) -> Frame:
    """``image`` as ``(H, W, 3)`` uint8 RGB. Transparent pixels are blended with white."""
    if image.mode.startswith("I") or image.mode == "F":
        grey = scaled(np.asarray(image)[:, :, None], _declared_white(image))
        return np.repeat(grey, 3, axis=2)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.array(image if image.mode == "RGB" else image.convert("RGB"))  # ``convert`` copies in any case


def scaled(values: NDArray[Any], white: float | None = None) -> Frame:
    """``(H, W, C)`` integers or floats to uint8; black is 0. Needs five bytes for each value.

    ``white``: the value that becomes 255. None: for integers the white of the smallest usual bit depth that holds the
    largest value, for floats the largest value. NaN and infinite values become black.
    """
    finite = np.nan_to_num(values.astype(np.float32), copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    np.maximum(finite, 0, out=finite)
    top = float(finite.max())
    if white is None and values.dtype.kind in "iu":
        white = next((level for level in _WHITE_LEVELS if top <= level), None)
    white = max(white or 0.0, top) or 1.0
    finite *= 255 / white
    return np.round(finite, out=finite).astype(np.uint8)


def _declared_white(image: Image.Image) -> float | None:
    """White as the file's header declares it, None if the header does not."""
    if image.format in ("PPM", "JPEG2000"):
        return 65535.0  # Pillow scales to 16 bits by the header
    tags: Any = getattr(image, "tag_v2", {})
    try:
        if declared := tags.get(_MAX_SAMPLE_VALUE):
            return float(declared[0] if isinstance(declared, tuple) else declared)
        bits = tags.get(_BITS_PER_SAMPLE, (16,))
        bits = int(bits[0] if isinstance(bits, tuple) else bits)
    except (TypeError, ValueError, IndexError):
        return None
    return 2.0**bits - 1 if 8 < bits < 16 else None

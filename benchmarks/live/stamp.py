"""Writes a frame's time into its lowest rows, as black and white blocks that remain readable after compression."""

from __future__ import annotations

import av
import numpy as np
from numpy.typing import NDArray

from fizzog_core.types import Frame

BITS = 20
HEIGHT_PX = 16


def write(frame: Frame, now_s: float) -> Frame:
    """Returns a copy of the frame with the time in ms, modulo 2**20 (17 minutes), in its last rows."""
    value = round(1000 * now_s) % 2**BITS
    bits = (value >> np.arange(BITS)) & 1
    stamped = frame.copy()
    stamped[-HEIGHT_PX:] = np.repeat(bits * 255, frame.shape[1] // BITS)[None, :, None]
    return stamped


def age_ms(frame: NDArray[np.uint8], now_s: float) -> float:
    """Returns the milliseconds from the stamp of an RGB frame, or of its grey values ``(H, W)``, to ``now_s``."""
    height, width = HEIGHT_PX // 2, frame.shape[1] // BITS
    blocks = frame[-height - 2 : -height + 2, width // 2 :: width]
    middles = blocks.mean(axis=(0, 2) if frame.ndim == 3 else 0)[:BITS]
    value = int(((middles > 127) << np.arange(BITS)).sum())
    return float((round(1000 * now_s) - value) % 2**BITS)


def grey(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """The grey values ``(H, W)`` of a decoded frame in YUV, without a copy."""
    plane = frame.planes[0]
    return np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]

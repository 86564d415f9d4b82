"""Writes a frame's time into its lowest rows, as black and white blocks that remain readable after compression."""

from __future__ import annotations

import numpy as np

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


def age_ms(frame: Frame, now_s: float) -> float:
    """Returns the milliseconds from the frame's stamp to ``now_s``."""
    height, width = HEIGHT_PX // 2, frame.shape[1] // BITS
    middles = frame[-height - 2 : -height + 2, width // 2 :: width].mean(axis=(0, 2))[:BITS]
    value = int(((middles > 127) << np.arange(BITS)).sum())
    return float((round(1000 * now_s) - value) % 2**BITS)

"""Video frames to RGB; HDR frames (HLG, PQ) are tone-mapped to BT.709.

PyAV's wheels have no ``zscale`` filter, so this is an approximation: the inverse transfer function of each channel, the
primaries of BT.2020 to BT.709, a curve that keeps values up to 70 % of diffuse white and compresses those above, and
the transfer function of BT.709. Diffuse white is 203 cd/m2 (ITU-R BT.2408).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorTrc, VideoReformatter
from numpy.typing import NDArray

from fizzog_core.types import Frame

_TO_BT709 = np.array(
    [[1.660491, -0.587641, -0.072850], [-0.124550, 1.132900, -0.008349], [-0.018151, -0.100579, 1.118730]], np.float32
)
"""Linear RGB of BT.2020 to that of BT.709: ITU-R BT.2087."""
_LEVELS = 1024
_HLG_PEAK = 1000 / 203
"""Peak of an HLG display of 1000 cd/m2, in diffuse whites."""
_PQ_PEAK = 10_000 / 203
_KNEE = 0.7


def to_rgb(decoded: av.VideoFrame, width: int, height: int, reformatter: VideoReformatter) -> Frame:
    """``decoded`` as ``(height, width, 3)`` uint8 RGB with the transfer function of BT.709."""
    curve = _CURVES.get(int(decoded.color_trc or 0))
    if curve is None:
        pixels: Any = reformatter.reformat(decoded, width, height, "rgb24").to_ndarray()
        return pixels
    deep: Any = reformatter.reformat(decoded, width, height, "rgb48le").to_ndarray()
    linear = _to_linear(curve)[deep >> 6] @ _TO_BT709.T
    return _to_gamma()[(_compressed(linear) * (4 * _LEVELS - 1)).astype(np.int32)]


def _compressed(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values of 0 to the peak to 0..1: equal below the knee, exponential above. Keeps the hue."""
    brightest = linear.max(axis=2, keepdims=True)
    target = np.where(
        brightest <= _KNEE, brightest, _KNEE + (1 - _KNEE) * -np.expm1(-(brightest - _KNEE) / (1 - _KNEE))
    )
    return np.clip(linear * (target / np.maximum(brightest, 1e-6)), 0, 1)


@lru_cache
def _to_linear(curve: str) -> NDArray[np.float32]:
    """Light in diffuse whites for each of ``_LEVELS`` code values."""
    code = np.linspace(0, 1, _LEVELS)
    if curve == "hlg":  # ITU-R BT.2100: inverse OETF, then the display's system gamma of 1.2 for each channel
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        scene = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
        light = scene**1.2 * _HLG_PEAK
    else:  # ITU-R BT.2100: the EOTF of SMPTE ST 2084
        m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
        power = code ** (1 / m2)
        light = (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1) * _PQ_PEAK
    return light.astype(np.float32)


@lru_cache
def _to_gamma() -> NDArray[np.uint8]:
    """8-bit code value for each of ``4 * _LEVELS`` steps of light in 0..1: the inverse EOTF of a BT.709 display."""
    light = np.linspace(0, 1, 4 * _LEVELS)
    return np.round(255 * light ** (1 / 2.4)).astype(np.uint8)


_CURVES = {int(ColorTrc.SMPTE2084): "pq", int(ColorTrc.ARIB_STD_B67): "hlg"}

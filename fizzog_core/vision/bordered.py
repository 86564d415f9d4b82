"""Detection on a picture with a replicated border: without one the detectors miss faces and hands that fill the frame.

Measurements behind the constants: docs/decisions/002-detectors.md.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from fizzog_core.types import Detection, Frame

BORDER = 0.3
"""Replicated border of the second pass, in sides of the picture."""
WIDE_BORDER = 0.6
"""Replicated border of the third pass for hands, which runs if the other passes find none. The third pass finds half
of the hands that the others miss."""
LEAST_SIDE_PX = 480
"""Smallest long side of the picture with its border; smaller pictures are enlarged."""


def with_border(frame: Frame, border: float = BORDER) -> tuple[Frame, float, tuple[int, int]]:
    """The picture with a replicated border of ``border`` sides, enlarged if small; its scale, and the border's width
    and height in pixels of ``frame``."""
    height, width = frame.shape[:2]
    right, down = round(border * width), round(border * height)
    wide = cv2.copyMakeBorder(frame, down, down, right, right, cv2.BORDER_REPLICATE)
    scale = max(1.0, LEAST_SIDE_PX / max(wide.shape[:2]))
    if scale > 1:
        wide = cv2.resize(wide, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    return np.asarray(wide, dtype=np.uint8), scale, (right, down)


def find_with_border(frame: Frame, find: Callable[[Frame], list[Detection]], border: float = BORDER) -> list[Detection]:
    """Runs ``find`` on the picture with a replicated border; returns detections in frame pixels."""
    wide, scale, (right, down) = with_border(frame, border)
    found = find(wide)
    return [detection.moved((1 / scale, 1 / scale), (-right, -down)) for detection in found]

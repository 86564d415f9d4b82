"""Converts camera frames for analysis and display."""

from __future__ import annotations

import dataclasses
from typing import Any

import av
import cv2
import numpy as np

from fizzog_core.drawing import overlay
from fizzog_core.drawing.mirroring import mirrored
from fizzog_core.types import Frame, TrackedResult

MAX_SIDE_PX = 960
"""Larger frames are scaled down to this long side."""


def to_rgb(frame: av.VideoFrame) -> Frame:
    """``(H, W, 3)`` uint8 RGB, with a long side of at most ``MAX_SIDE_PX``."""
    scale = min(1.0, MAX_SIDE_PX / max(frame.width, frame.height))
    width, height = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
    pixels: Any = frame.to_ndarray(format="rgb24", width=width, height=height)
    return pixels


def mirror(picture: Frame) -> Frame:
    """The horizontally flipped picture. OpenCV takes 1/80 of numpy's time and releases the interpreter's lock."""
    return np.asarray(cv2.flip(picture, 1), dtype=np.uint8)


def drawn(picture: Frame, seen: TrackedResult, keypoints: bool) -> Frame:
    """The mirrored picture with ``seen`` drawn on it, which is a result of its size. ``keypoints``: with the points."""
    result = seen.result
    if not keypoints and result.faces is not None:
        faces = tuple(dataclasses.replace(face, keypoints=None) for face in result.faces)
        result = dataclasses.replace(result, faces=faces)
    return overlay.draw(mirror(picture), mirrored(result), seen.smoothed)

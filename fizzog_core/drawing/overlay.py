"""Draws a result on a copy of its frame."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from fizzog_core.drawing import palette
from fizzog_core.drawing.captions import Caption, caption, smoothed_caption
from fizzog_core.types import Box, FaceResult, Frame, FrameResult, HandResult, ItemResult, SmoothedLabel, TrackKey

FINGERS = ((0, 1, 2, 3, 4), (0, 5, 6, 7, 8), (5, 9, 10, 11, 12), (9, 13, 14, 15, 16), (13, 17, 18, 19, 20), (0, 17))
"""Indices of MediaPipe's 21 hand landmarks, as the lines that are drawn."""
FONT = Path(__file__).with_name("DejaVuSans.ttf")
"""The font of the captions; its licence lies beside it."""
_SHIFT = 4
"""Fractional bits of OpenCV's coordinates: lines are drawn at 1/16 pixel."""


def draw(frame: Frame, result: FrameResult, smoothed: Mapping[TrackKey, SmoothedLabel] | None = None) -> Frame:
    """A copy of ``frame`` with corners around each face and hand, points, and a caption.

    Line widths and text sizes follow the frame's size. ``smoothed``: labels to write in place of the frame's own.
    """
    picture = frame.copy()
    captions = []
    for item in (*(result.hands or ()), *(result.faces or ())):
        text, color = _caption(item, smoothed)
        if isinstance(item, HandResult):
            _draw_hand(picture, item, color)
        else:
            _draw_face(picture, item, color)
        captions.append((item.detection.box, text, color))
    _write(picture, [entry for entry in captions if entry[1]])
    return picture


def _caption(item: ItemResult, smoothed: Mapping[TrackKey, SmoothedLabel] | None) -> Caption:
    if smoothed is None:
        return caption(item)
    return smoothed_caption(item, smoothed.get((item.detection.kind, item.track_id or 0)))


def _draw_face(picture: Frame, face: FaceResult, color: str) -> None:
    _draw_corners(picture, face.detection.box, color)
    if face.keypoints is not None:
        radius = max(1.0, 0.015 * face.detection.box.width)
        for point in face.keypoints.xy_px:
            _dot(picture, point, radius + max(1.0, radius / 2), (0, 0, 0))
            _dot(picture, point, radius, (255, 255, 255))


def _draw_hand(picture: Frame, hand: HandResult, color: str) -> None:
    landmarks = hand.detection.landmarks_px
    if landmarks is not None:
        width = max(1, round(0.01 * hand.detection.box.width))
        for finger in FINGERS:
            cv2.polylines(
                picture, [_fixed(landmarks[list(finger), :2])], False, (0, 0, 0), width + 2, cv2.LINE_AA, _SHIFT
            )
            line = [_fixed(landmarks[list(finger), :2])]
            cv2.polylines(picture, line, False, palette.rgb(color), width, cv2.LINE_AA, _SHIFT)
    _draw_corners(picture, hand.detection.box, color)


def _draw_corners(picture: Frame, box: Box, color: str) -> None:
    """Two strokes at each corner, a dark one under a coloured one for contrast on any background."""
    length = 0.22 * min(box.width, box.height)
    width = max(1, round(0.02 * min(box.width, box.height)))
    width = min(width, max(2, round(0.006 * max(picture.shape[:2]))))
    strokes = [
        _fixed(np.array([(x, y + down * length), (x, y), (x + right * length, y)]))
        for x, right in ((box.x1, 1), (box.x2, -1))
        for y, down in ((box.y1, 1), (box.y2, -1))
    ]
    cv2.polylines(picture, strokes, False, (0, 0, 0), width + 2, cv2.LINE_AA, _SHIFT)
    cv2.polylines(picture, strokes, False, palette.rgb(color), width, cv2.LINE_AA, _SHIFT)


def _dot(picture: Frame, point: np.ndarray, radius: float, color: tuple[int, int, int]) -> None:
    x, y = _fixed(point).tolist()
    cv2.circle(picture, (x, y), round(radius * 2**_SHIFT), color, cv2.FILLED, cv2.LINE_AA, _SHIFT)


def _fixed(points: np.ndarray) -> np.ndarray:
    """Frame pixels to OpenCV's fixed point, where the centre of the first pixel is 0."""
    return np.round((np.asarray(points, dtype=np.float64) - 0.5) * 2**_SHIFT).astype(np.int32)


def _write(picture: Frame, labels: list[tuple[Box, str, str]]) -> None:
    """Draws each text on a plate of its colour above its box, or inside the box at the frame's upper border."""
    height, width = picture.shape[:2]
    for box, text, color in labels:
        size = round(min(max(0.17 * box.width, 0.012 * max(height, width), 9), max(0.03 * max(height, width), 9)))
        plate = _plate(text, color, size)[:height, :width]
        down, along = plate.shape[:2]
        left = round(min(max(box.x1, 0), width - along))
        top = round(min(box.y1 - down if box.y1 >= down else max(box.y1, 0), height - down))
        below = picture[top : top + down, left : left + along]
        opaque = plate[..., 3:].astype(np.uint16)
        below[:] = (plate[..., :3] * opaque + below * (255 - opaque)) // 255


@lru_cache(maxsize=256)
def _plate(text: str, color: str, size: int) -> NDArray[np.uint8]:
    """The text on its plate, ``(h, w, 4)`` RGBA. Cached: a stream repeats the same few texts in each frame."""
    font = label_font(size)
    rim = max(1, size // 5)
    shape = math.ceil(font.getlength(text)) + 2 * rim, sum(font.getmetrics()) + rim
    image = Image.new("RGBA", shape)
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((0, 0, shape[0] - 1, shape[1] - 1), radius=rim, fill=color)
    pen.text((rim, rim / 2), text, font=font, fill=palette.text_on(color))
    return np.asarray(image)


@lru_cache(maxsize=64)
def label_font(size: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans: Pillow's built-in font has no accented letters."""
    return ImageFont.truetype(FONT, size)

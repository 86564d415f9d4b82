"""Draws a result on a copy of its frame."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from fizzog_core.drawing import palette
from fizzog_core.types import Box, FaceResult, Frame, FrameResult, HandResult, Scores

FINGERS = ((0, 1, 2, 3, 4), (0, 5, 6, 7, 8), (5, 9, 10, 11, 12), (9, 13, 14, 15, 16), (13, 17, 18, 19, 20), (0, 17))
"""MediaPipe's 21 hand landmarks, joined as drawn lines."""

_SHIFT = 4
"""OpenCV draws at 1/16 pixel."""


def label(thing: FaceResult | HandResult) -> tuple[str, str]:
    """What is written at a face or hand, and its colour ``"#RRGGBB"``."""
    return face_label(thing) if isinstance(thing, FaceResult) else hand_label(thing)


def draw(
    frame: Frame, result: FrameResult, label_of: Callable[[FaceResult | HandResult], tuple[str, str]] = label
) -> Frame:
    """A copy of ``frame`` with corners around each face and hand, points, and a label; sizes follow the picture.

    ``label_of`` gives a text and a colour ``"#RRGGBB"``.
    """
    picture = frame.copy()
    labels = []
    for hand in result.hands or ():
        text, color = label_of(hand)
        _draw_hand(picture, hand, color)
        labels.append((hand.detection.box, text, color))
    for face in result.faces or ():
        text, color = label_of(face)
        _draw_face(picture, face, color)
        labels.append((face.detection.box, text, color))
    _write(picture, [entry for entry in labels if entry[1]])
    return picture


def face_label(face: FaceResult) -> tuple[str, str]:
    """What is written at a face, and its colour ``"#RRGGBB"``."""
    text, color = _answer(face.emotion)
    return _numbered(text, face.track_id), color


def hand_label(hand: HandResult) -> tuple[str, str]:
    """What is written at a hand, and its colour ``"#RRGGBB"``."""
    text, color = _answer(hand.gesture)
    side = f"{hand.handedness} hand" if hand.handedness else "hand"
    return _numbered(f"{text}, {side}" if text else side, hand.track_id), color


def _answer(scores: Scores | None) -> tuple[str, str]:
    if scores is None:
        return "", palette.UNSURE
    if not scores.is_sure:
        return "not sure", palette.UNSURE
    return f"{scores.label} {scores.score:.0%}", palette.LABEL_COLORS.get(scores.label, palette.UNSURE)


def _numbered(text: str, track_id: int | None) -> str:
    return text if track_id is None else f"#{track_id} {text}".rstrip()


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
    """Two strokes at each corner, dark below and coloured above, so that they show on any ground."""
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
    """Frame pixels to OpenCV's fixed point, where the middle of the first pixel is 0."""
    return np.round((np.asarray(points, dtype=np.float64) - 0.5) * 2**_SHIFT).astype(np.int32)


def _write(picture: Frame, labels: list[tuple[Box, str, str]]) -> None:
    """Each text on a plate of its colour above its box, or inside it where the picture ends."""
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
    """The text on its plate, ``(h, w, 4)`` RGBA. Kept: a stream writes the same few words thirty times a second."""
    font = _font(size)
    rim = max(1, size // 5)
    shape = math.ceil(font.getlength(text)) + 2 * rim, sum(font.getmetrics()) + rim
    image = Image.new("RGBA", shape)
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((0, 0, shape[0] - 1, shape[1] - 1), radius=rim, fill=color)
    pen.text((rim, rim / 2), text, font=font, fill=palette.text_on(color))
    return np.asarray(image)


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which matplotlib ships and MediaPipe brings: Pillow's own font has no accents."""
    import matplotlib

    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", size)

"""Cuts the hands of two sets, and squares without a hand, out of their pictures.

The landmarks are MediaPipe's, stored with the sets. Test rows are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from fizzog_core.media import images
from fizzog_core.types import Box, Frame
from fizzog_core.vision.anchor_detector import AnchorDetector
from fizzog_core.vision.hand_detection import PALM, hand_square
from fizzog_core.vision.hand_landmarks import next_square
from fizzog_core.vision.sampling import Square, sample
from training.data.hand_crops import CONTEXT, SIDE_PX, UNKNOWN, HandCrops
from training.data.people import FALSE, People, PeoplePicture
from training.data.sets import SPLITS, load_gestures

TRAINED = SPLITS[:2]
PALM_SCORE = 0.2
"""Of the proposals that are kept; the product needs 0.3 and more."""
RANDOM_SQUARES = 4
"""Squares out of each picture without a hand."""
AWAY = (0.7, 1.3)
"""Distance of a square beside a hand from the hand's, in its sides."""
OVERLAP = 0.05
"""Squares around faces, and proposals, that overlap a hand's box by more are left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One row of HandCrops without its names; ``points_unit`` is None for a square without a hand."""

    pixels: Frame
    points_unit: NDArray[np.float32] | None = None
    right: bool = False
    gesture: int = UNKNOWN
    proposed: bool = False


def hand_row(frame: Frame, points_px: NDArray[np.float32], right: bool, gesture: int = UNKNOWN) -> Row:
    """The row of the hand with the landmarks ``(21, 3)``."""
    outer = _wider(next_square(points_px))
    points = np.concatenate([outer.from_frame(points_px[:, :2]), points_px[:, 2:] / outer.side], axis=1)
    return Row(sample(frame, outer, SIDE_PX), points.astype(np.float32), right, gesture)


def of_gesture_picture(
    frame: Frame, points_px: NDArray[np.float32], right: bool, gesture: int, rng: np.random.Generator
) -> Iterator[Row]:
    """The hand, and a square beside it."""
    yield hand_row(frame, points_px, right, gesture)
    yield Row(sample(frame, _wider(_beside(next_square(points_px), rng)), SIDE_PX))


def of_people_picture(picture: PeoplePicture, palms: Iterable[Square], rng: np.random.Generator) -> Iterator[Row]:
    """The hands that the teacher found twice, and squares without a hand: false finds, faces, random squares, and those
    of ``palms``, the palm detector's proposals, where the teacher found none."""
    frame, others = picture.frame, []
    for hand in picture.hands:
        if hand.certain:
            yield hand_row(frame, hand.landmarks_px, hand.handedness == "right")
        elif hand.flag == FALSE:
            others.append(next_square(hand.landmarks_px))
    real = [hand.box for hand in picture.hands if hand.flag != FALSE]
    around = [_around(face.box, rng) for face in picture.faces if face.certain]
    others += [square for square in around if not any(_upright_box(square).iou(box) > OVERLAP for box in real)]
    if picture.kind == "negative" and not real:
        others += [_anywhere(frame, rng) for _ in range(RANDOM_SQUARES)]
    yield from (Row(sample(frame, _wider(square), SIDE_PX)) for square in others)
    proposed = (square for square in palms if not any(_upright_box(square).iou(box) > OVERLAP for box in real))
    yield from (Row(sample(frame, _wider(square), SIDE_PX), proposed=True) for square in proposed)


def _wider(square: Square) -> Square:
    return replace(square, side=CONTEXT * square.side)


def _beside(square: Square, rng: np.random.Generator) -> Square:
    angle, distance = rng.uniform(0, 2 * math.pi), rng.uniform(*AWAY) * square.side
    x, y = square.center_x + distance * math.cos(angle), square.center_y + distance * math.sin(angle)
    return Square(x, y, square.side * math.exp(rng.uniform(-0.5, 0.1)), rng.uniform(-math.pi, math.pi))


def _around(box: Box, rng: np.random.Generator) -> Square:
    side = max(box.width, box.height) * math.exp(rng.uniform(-0.2, 0.7))
    x, y = np.array(box.center) + rng.uniform(-0.2, 0.2, 2) * side
    return Square(float(x), float(y), side, rng.uniform(-math.pi, math.pi))


def _anywhere(frame: Frame, rng: np.random.Generator) -> Square:
    height, width = frame.shape[:2]
    side = min(height, width) * rng.uniform(0.2, 1.0)
    return Square(rng.uniform(0, width), rng.uniform(0, height), side, rng.uniform(-math.pi, math.pi))


def _upright_box(square: Square) -> Box:
    half = square.side / 2
    return Box(square.center_x - half, square.center_y - half, square.center_x + half, square.center_y + half)


Named = tuple[Row, str, str, str]
"""A row with its source, split and path."""


def build(gestures: Path, people: Path, seed: int = 1) -> HandCrops:
    """The training and validation rows of both sets. Raises DataError if a set is not in its folder."""
    rng = np.random.default_rng(seed)
    return stacked([*_of_gestures(gestures, rng), *_of_people(people, rng)])


def _of_gestures(folder: Path, rng: np.random.Generator) -> Iterator[Named]:
    data = load_gestures(folder)
    chosen = np.flatnonzero(np.isin(data.split, TRAINED) & data.found)
    for i in _shown(chosen.tolist(), "gestures"):
        frame = images.read(folder / str(data.path[i]))
        right = bool(data.handedness[i] == "Left")  # MediaPipe's name is that of the mirrored picture
        for row in of_gesture_picture(frame, data.landmarks_px[i], right, int(data.gesture[i]), rng):
            yield row, str(data.source[i]), str(data.split[i]), str(data.path[i])


def _of_people(folder: Path, rng: np.random.Generator) -> Iterator[Named]:
    palms = AnchorDetector(PALM, PALM_SCORE)
    for picture in _shown(People(folder).pictures(*TRAINED), "people"):
        for row in of_people_picture(picture, map(hand_square, palms.find(picture.frame)), rng):
            yield row, picture.source, picture.split, picture.name


def stacked(rows: list[Named]) -> HandCrops:
    """The rows as arrays; at least one row."""
    found, source, split, path = zip(*rows, strict=True)
    nothing = np.zeros((21, 3), np.float32)
    return HandCrops(
        pixels=np.stack([row.pixels for row in found]),
        points_unit=np.stack([nothing if row.points_unit is None else row.points_unit for row in found]),
        hand=np.array([row.points_unit is not None for row in found]),
        right=np.array([row.right for row in found]),
        proposed=np.array([row.proposed for row in found]),
        gesture=np.array([row.gesture for row in found], np.int64),
        source=np.array(source),
        split=np.array(split),
        path=np.array(path),
    )


def _shown(items: Iterable, what: str) -> Iterable:
    return track(items, what, console=Console(stderr=True))

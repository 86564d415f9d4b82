"""Hand landmark networks, run by LiteRT: MediaPipe's for pictures and videos, a smaller one for live video."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fizzog_core.networks.litert import Program
from fizzog_core.types import Frame
from fizzog_core.vision.anchor_detector import WEIGHTS
from fizzog_core.vision.sampling import Square, sample

FILE, LIVE_FILE = "hand_landmark_full.tflite", "hand_landmarks_live.tflite"
DEPTH_SCALE = 0.4
"""The network's z in units of its x and y, as MediaPipe's graph has it."""
LEAST_PRESENCE = {FILE: 0.5, LIVE_FILE: 0.65}
"""Below this score the square shows no hand: a hand that is followed has left. 0.5 is MediaPipe's. At 0.65 our network
takes no more of the palm detector's mistakes in validation pictures for a hand than MediaPipe's does."""
STABLE_POINTS = (0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18)
"""Wrist, thumb without its tip, and the two lower joints of each finger: they give the next square."""
NEXT_SCALE, NEXT_RISE = 2.0, 0.1
"""The next square in units of the box around those points: its side, and its shift towards the fingers."""


@dataclass(frozen=True, slots=True, eq=False)
class HandLandmarks:
    """21 landmarks ``(21, 3)`` float32 in frame pixels, z too (negative is nearer than the wrist).

    ``score`` 0.5..1 is the network's certainty of ``handedness``, the subject's own hand.
    """

    points_px: NDArray[np.float32]
    handedness: Literal["left", "right"]
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class HandOutputs:
    """What the network predicts for one square, a hand or not.

    ``points_px`` ``(21, 3)`` float32 as in HandLandmarks; ``presence`` and ``right``: probabilities 0..1 that the
    square shows a hand, and that it is a right hand.
    """

    points_px: NDArray[np.float32]
    presence: float
    right: float


class HandLandmarker:
    """The landmark network with its weights; any thread may call it."""

    def __init__(self, path: Path = WEIGHTS / FILE) -> None:
        """``path``: FILE or LIVE_FILE. Raises ModelError if the file is missing or damaged."""
        self._run = Program(path)
        self._side = self._run.input_shape[0]
        self._least_presence = LEAST_PRESENCE[path.name]

    def locate(self, frame: Frame, square: Square) -> HandLandmarks | None:
        """The hand in ``square`` of ``frame`` ``(H, W, 3)`` uint8 RGB; None if there is none."""
        seen = self.predict(frame, square)
        if not seen.presence > self._least_presence:
            return None
        handedness = "right" if seen.right >= 0.5 else "left"
        return HandLandmarks(seen.points_px, handedness, max(seen.right, 1 - seen.right))

    def predict(self, frame: Frame, square: Square) -> HandOutputs:
        """The network's outputs for ``square`` of ``frame`` ``(H, W, 3)`` uint8 RGB."""
        pixels = sample(frame, square, self._side).astype(np.float32)
        # landmarks, presence, right hand: three outputs of MediaPipe's network, one of ours
        row = np.concatenate(self._run(pixels[None] / np.float32(255))[:3], axis=1)[0].astype(np.float64)
        points = row[:63].reshape(21, 3) / self._side
        depth = points[:, 2:] / DEPTH_SCALE * square.side
        in_frame = np.concatenate([square.to_frame(points[:, :2]), depth], axis=1).astype(np.float32)
        # MediaPipe names the last output "Left": it assumes a mirrored picture
        return HandOutputs(in_frame, float(row[63]), float(row[64]))


def next_square(points_px: NDArray[np.float32]) -> Square:
    """The square in which the hand with the landmarks ``(21, 3)`` or ``(21, 2)`` is expected in the next frame.

    Upright in it is the line from the wrist to the middle of the index, middle (twice) and ring finger's knuckles.
    """
    points = points_px[:, :2].astype(np.float64)
    knuckles = (points[5] + points[13]) / 4 + points[9] / 2
    rotation = upright_rotation(points[0], knuckles)
    cos, sin = math.cos(rotation), math.sin(rotation)
    turn = np.array([[cos, -sin], [sin, cos]])  # upright coordinates to the frame's
    upright = points[list(STABLE_POINTS)] @ turn
    low, high = upright.min(axis=0), upright.max(axis=0)
    middle = (low + high) / 2 - (0, NEXT_RISE * (high - low)[1])
    center = turn @ middle
    return Square(float(center[0]), float(center[1]), NEXT_SCALE * float((high - low).max()), rotation)


def upright_rotation(start: NDArray[np.float64], end: NDArray[np.float64]) -> float:
    """Clockwise angle in radians, -pi..pi, of a square in which the line from ``start`` to ``end`` goes straight up."""
    x, y = (end - start).tolist()
    turn = math.pi / 2 - math.atan2(-y, x)
    return turn - 2 * math.pi * math.floor((turn + math.pi) / (2 * math.pi))

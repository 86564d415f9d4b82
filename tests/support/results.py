"""Faces and hands with a chosen label."""

import numpy as np

from fizzog_core.labels import EMOTIONS, GESTURES
from fizzog_core.types import FaceResult, HandResult, Keypoints, Scores
from tests.support.fakes import make_face, make_hand


def face(label: str = "happy", score: float = 0.9, x: float = 100, side: float = 80) -> FaceResult:
    rest = (1 - score) / 6
    scores = Scores(EMOTIONS, np.array([score if e == label else rest for e in EMOTIONS], np.float32), 0.5)
    points = np.column_stack([np.linspace(x, x + side, 15), np.linspace(60, 140, 15)]).astype(np.float32)
    return FaceResult(make_face(x, side=side), Keypoints(points), scores)


def hand(label: str = "victory", score: float = 0.9, x: float = 200, side: float = 60) -> HandResult:
    rest = (1 - score) / 4
    scores = Scores(GESTURES, np.array([score if g == label else rest for g in GESTURES], np.float32), 0.5)
    return HandResult(make_hand(x, side=side), scores)

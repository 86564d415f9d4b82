"""Gestures in streams that show one picture."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy.hand_streams import FRAMES, Shown, Streams, figures, moving
from fizzog_core import settings
from fizzog_core.media import images
from fizzog_core.networks import loading
from fizzog_core.types import Frame
from fizzog_core.vision.hand_landmarks import HandLandmarker, HandLandmarks
from fizzog_core.vision.sampling import Square
from training.data.sets import NONE


def test_the_frames_differ_and_show_the_picture_at_first(astronaut: Frame) -> None:
    frames = list(moving(astronaut))
    height, width = astronaut.shape[:2]
    down, right = round(0.3 * height), round(0.3 * width)
    assert len(frames) == FRAMES
    assert (frames[0][down : down + height, right : right + width] == astronaut).all()
    assert all((one != other).any() for one, other in itertools.pairwise(frames))


def test_small_pictures_are_enlarged() -> None:
    assert next(moving(np.zeros((50, 100, 3), np.uint8))).shape == (240, 480, 3)


@pytest.fixture(scope="module")
def thumb(shared_data: Path) -> Frame:
    """The inner side of a hand with the thumb up and the fingers to the right of the picture: a left hand."""
    return images.read(shared_data / "samples" / "pictures" / "hands" / "mps_hand_thumb_up.jpg")


class UntilFrame(HandLandmarker):
    """The landmark network, which finds no hand after ``calls`` calls."""

    def __init__(self, calls: int) -> None:
        super().__init__()
        self.calls = calls

    def locate(self, frame: Frame, square: Square) -> HandLandmarks | None:
        self.calls -= 1
        return super().locate(frame, square) if self.calls >= 0 else None


@pytest.mark.parametrize(("calls", "found"), [(0, False), (FRAMES - 1, False), (10 * FRAMES, True)])
def test_the_hand_of_the_last_frame_counts(calls: int, found: bool, thumb: Frame) -> None:
    shown = Streams(UntilFrame(calls), loading.load(settings.get().models / "gesture")).show(thumb)
    assert (shown.gesture is not None) is found
    assert bool(shown.handedness) is found


def test_figures() -> None:
    gesture = np.array([0, 0, NONE, NONE])
    shown = [Shown(0, "left", 0), Shown(None, "", 0), Shown(NONE, "right", 2), Shown(1, "right", 0)]
    assert figures(gesture, ["left", "left", "left", ""], shown) == {
        "balanced_accuracy": 0.5,
        "hands_missed": 0.25,
        "other_hands_taken_for_a_sign": 0.5,
        "handedness_accuracy": 0.5,
        "changes_a_stream": 0.5,
    }

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from fizzog_core.types import Frame
from fizzog_core.vision.sampling import LARGEST_SIDE_PX, Square, enclosing_square, sample, within_limits


@pytest.mark.parametrize(
    ("rotation", "top_left"), [(0, (-5, -5)), (math.pi / 2, (5, -5)), (math.pi, (5, 5)), (-math.pi / 2, (-5, 5))]
)
def test_a_square_turns_clockwise_about_its_centre(rotation: float, top_left: tuple[int, int]) -> None:
    square = Square(100, 50, 10, rotation)
    assert square.to_frame(np.array([0.5, 0.5])).tolist() == [100, 50]
    assert square.to_frame(np.array([0.0, 0.0])) - (100, 50) == pytest.approx(np.array(top_left))


def test_an_upright_square_of_the_frames_size_is_the_picture(frame: Frame) -> None:
    part = sample(frame, Square(100, 100, 64), 64)
    assert np.array_equal(part, frame[68:132, 68:132])


def test_a_square_upside_down_is_the_turned_picture(frame: Frame) -> None:
    part = sample(frame, Square(100, 100, 64, math.pi), 64).astype(int)
    assert np.abs(part - frame[69:133, 69:133][::-1, ::-1]).max() <= 1


@pytest.mark.parametrize(("border", "expected"), [(cv2.BORDER_CONSTANT, 0), (cv2.BORDER_REPLICATE, 200)])
def test_the_border_fills_what_is_outside(border: int, expected: int) -> None:
    white = np.full((20, 60, 3), 200, dtype=np.uint8)
    part = sample(white, enclosing_square(20, 60), 30, border)
    assert part.shape == (30, 30, 3)
    assert (part[12:17] == 200).all()
    assert (part[:8] == expected).all()


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((1, 1), (1, 1)),
        ((480, 640), (480, 640)),
        ((1, LARGEST_SIDE_PX), (1, LARGEST_SIDE_PX)),
        ((200, 2 * LARGEST_SIDE_PX), (100, LARGEST_SIDE_PX)),
        ((5 * LARGEST_SIDE_PX, 1), (LARGEST_SIDE_PX, 1)),
    ],
)
def test_only_larger_frames_are_shrunk(shape: tuple[int, int], expected: tuple[int, int]) -> None:
    frame = np.zeros((*shape, 3), dtype=np.uint8)
    smaller, scale_x, scale_y = within_limits(frame)
    assert smaller.shape == (*expected, 3)
    assert (scale_y * expected[0], scale_x * expected[1]) == pytest.approx(shape)
    assert smaller is frame or shape != expected

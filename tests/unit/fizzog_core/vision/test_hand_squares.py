from __future__ import annotations

import math

import numpy as np
import pytest

from fizzog_core.vision.anchor_detector import Found
from fizzog_core.vision.hand_detection import distinct, hand_square
from fizzog_core.vision.hand_landmarks import next_square, upright_rotation
from fizzog_core.vision.sampling import Square


@pytest.mark.parametrize(
    ("end", "degrees"), [((0, -1), 0), ((1, -1), 45), ((1, 0), 90), ((-1, 0), -90), ((0, 1), -180), ((0, 0), 90)]
)
def test_a_line_goes_up_in_the_turned_square(end: tuple[float, float], degrees: float) -> None:
    assert math.degrees(upright_rotation(np.zeros(2), np.array(end, dtype=np.float64))) == pytest.approx(degrees)


@pytest.mark.parametrize(
    ("squares", "kept"),
    [
        ([], []),
        ([Square(0, 0, 10)], [0]),
        ([Square(0, 0, 10), Square(0, 0, 10, 1.0)], [1]),  # the later one stays, whatever its rotation
        ([Square(0, 0, 10), Square(4, 0, 10)], [0, 1]),  # IoU 0.43
        ([Square(0, 0, 10), Square(3, 0, 10)], [1]),  # IoU 0.54
        ([Square(0, 0, 10), Square(0, 0, 2)], [0, 1]),  # a small one inside
        ([Square(0, 0, 10), Square(50, 0, 10), Square(1, 0, 10)], [1, 2]),
    ],
)
def test_of_overlapping_squares_the_last_is_used(squares: list[Square], kept: list[int]) -> None:
    assert distinct(squares) == [squares[i] for i in kept]


@pytest.mark.parametrize(("up", "rotation"), [((0, -1), 0.0), ((1, 0), math.pi / 2), ((0, 1), -math.pi)])
def test_a_palms_square_reaches_towards_the_fingers(up: tuple[int, int], rotation: float) -> None:
    points = np.zeros((7, 2)) + 100
    points[2] += np.array(up) * 20
    square = hand_square(Found(np.array([80.0, 80, 120, 120]), points, 0.9))
    assert (square.center_x, square.center_y) == pytest.approx((100 + 20 * up[0], 100 + 20 * up[1]))
    assert square.side == pytest.approx(2.6 * 40)
    assert square.rotation == pytest.approx(rotation)


@pytest.mark.parametrize("rotation", [0.0, 0.7, -2.0])
def test_the_next_square_turns_and_moves_with_the_hand(rotation: float, rng: np.random.Generator) -> None:
    hand = rng.random((21, 3)) * (60, 100, 10)
    hand[0], hand[[5, 9, 13], 1] = (30, 100, 0), 50.0
    hand[[5, 9, 13], 0] = 20.0, 30.0, 40.0  # the knuckles are straight above the wrist
    upright = next_square(hand.astype(np.float32))
    assert upright.rotation == pytest.approx(0, abs=1e-6)
    cos, sin = math.cos(rotation), math.sin(rotation)
    turned = hand[:, :2] @ np.array([[cos, sin], [-sin, cos]]) + (500, 300)
    square = next_square(turned.astype(np.float32))
    assert square.rotation == pytest.approx(rotation, abs=1e-5)
    assert square.side == pytest.approx(upright.side, rel=1e-5)
    expected = np.array([upright.center_x, upright.center_y]) @ np.array([[cos, sin], [-sin, cos]]) + (500, 300)
    assert (square.center_x, square.center_y) == pytest.approx(expected.tolist(), abs=1e-3)

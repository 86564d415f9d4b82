"""Augmented squares of hands, and the loss."""

from dataclasses import replace

import numpy as np
import pytest

from fizzog_core.errors import DataError
from fizzog_core.vision.sampling import Square
from tests.support import tiny_data
from training.data.hand_crops import UNKNOWN
from training.fit import hand_landmarks
from training.networks.hand_landmarks import GESTURE, OUTPUTS, POINTS, PRESENCE, RIGHT

CONFIG = hand_landmarks.find("hand_landmarks_live", smoke=True)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("square", [Square(0.5, 0.5, 1.0), Square(0.45, 0.55, 0.7, 0.6), Square(0.6, 0.5, 0.8, -1.0)])
def test_the_points_move_with_the_pixels(square: Square, mirrored: bool) -> None:
    pixels = np.zeros((192, 192, 3), np.uint8)
    pixels[94:99, 104:109] = 255
    points = np.zeros((21, 3), np.float32)
    points[:, 0], points[:, 1], points[:, 2] = 106 / 192, 96 / 192, 0.1
    picture, moved = hand_landmarks.crop(pixels, points, square, 96, mirrored)
    ys, xs = np.nonzero(picture[..., 0] > 127)
    np.testing.assert_allclose(moved[0, :2] * 96, [xs.mean(), ys.mean()], atol=0.75)
    np.testing.assert_allclose(moved[:, 2], 0.1 / square.side, rtol=1e-6)


def test_half_of_the_rows_without_a_hand_are_proposed_ones() -> None:
    data = tiny_data.hand_crops()
    data.pixels[data.proposed] = 0  # they stay black under every change of light but noise
    make, _ = hand_landmarks.batches(data, replace(CONFIG, others=1.0))
    pixels, targets = make(np.random.default_rng(0), np.arange(8).repeat(50))
    assert not targets[:, PRESENCE].any()
    black = (pixels.mean(axis=(1, 2, 3)) < 30).mean()
    assert black == pytest.approx(0.75, abs=0.08)  # of two others one is proposed: half, and half of the other half


def test_batches_hold_both_kinds_and_repeat_with_the_seed() -> None:
    make, rows = hand_landmarks.batches(tiny_data.hand_crops(), replace(CONFIG, others=0.5))
    assert rows == 8
    pixels, targets = make(np.random.default_rng(3), np.arange(8))
    again, _ = make(np.random.default_rng(3), np.arange(8))
    np.testing.assert_array_equal(pixels, again)
    assert pixels.shape == (8, CONFIG.side, CONFIG.side, 3)
    assert targets.shape == (8, OUTPUTS)
    is_hand = targets[:, PRESENCE] == 1
    assert 0 < is_hand.sum() < 8
    assert not targets[~is_hand][:, POINTS].any()
    assert set(targets[is_hand][:, GESTURE].sum(axis=1)) == {0.0, 1.0}  # half of the tiny hands have no label
    other, _ = make(np.random.default_rng(4), np.arange(8))
    assert not np.array_equal(pixels, other)


def test_rows_of_one_kind_are_refused() -> None:
    data = tiny_data.hand_crops()
    with pytest.raises(DataError, match="without one"):
        hand_landmarks.batches(replace(data, hand=np.ones_like(data.hand)), CONFIG)


def test_a_pasted_hand_keeps_its_pixels_and_takes_the_background_of_another() -> None:
    hand, background = np.full((128, 128, 3), 200, np.uint8), np.full((128, 128, 3), 30, np.uint8)
    points = tiny_data.hand_crops().points_unit[0]
    picture = hand_landmarks.pasted(hand, points, background)
    at = np.round(points[:, :2] * 128).astype(int)
    assert (picture[at[:, 1], at[:, 0]] > 150).all()
    assert (picture[[0, 0, -1, -1], [0, -1, 0, -1]] == 30).all()


def test_the_loss_counts_points_of_hands_only() -> None:
    points = np.random.default_rng(0).uniform(0, 1, (21, 3)).astype(np.float32)
    truth = np.stack(
        [hand_landmarks.target(points, True, True, 1), hand_landmarks.target(0 * points, False, False, UNKNOWN)]
    )
    right = np.where(truth > 0, 30, -30).astype(np.float32)
    right[:, POINTS] = truth[:, POINTS]
    assert np.abs(np.asarray(hand_landmarks.loss(truth, right))).max() < 1e-4
    moved = right.copy()
    moved[:, POINTS] += 0.1
    on_hand, without = np.asarray(hand_landmarks.loss(truth, moved)).tolist()
    assert on_hand == pytest.approx(hand_landmarks.POINT_LOSS * 0.1 * (2 + hand_landmarks.DEPTH_SHARE) / 3, rel=1e-3)
    assert abs(without) < 1e-4
    for column, rows in ((PRESENCE, [0, 1]), (RIGHT, [0])):
        wrong = right.copy()
        wrong[:, column] *= -1
        assert (np.asarray(hand_landmarks.loss(truth, wrong))[rows] > 5).all()
    np.testing.assert_allclose(np.asarray(hand_landmarks.point_error(truth, moved)), [0.1 * 2**0.5, 0], atol=1e-5)

"""The hand landmark network with MediaPipe's weights."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from keras import layers

from fizzog_core.media import images
from fizzog_core.vision.hand_landmarks import DEPTH_SCALE, HandLandmarker
from fizzog_core.vision.sampling import enclosing_square, sample
from training.networks import hand_landmarks

pytestmark = pytest.mark.slow
SAMPLE = Path(__file__).parents[4] / "samples" / "astronaut.png"


def test_with_all_blocks_and_pixels_it_answers_as_mediapipe() -> None:
    rng = np.random.default_rng(0)
    network = hand_landmarks.build(224, len(hand_landmarks.FULL))
    network.set_weights(hand_landmarks.teacher_weights(len(hand_landmarks.FULL), rng))
    photo = images.read(SAMPLE)
    noise = np.asarray(cv2.GaussianBlur(rng.integers(0, 256, (300, 300, 3), dtype=np.uint8), (0, 0), 9), np.uint8)
    for frame in (photo, noise):
        square = enclosing_square(*frame.shape[:2])
        expected = HandLandmarker().predict(frame, square)
        row = np.asarray(network(sample(frame, square, 224)[None].astype(np.float32)))[0]
        points = row[hand_landmarks.POINTS].reshape(21, 3)
        np.testing.assert_allclose(square.to_frame(points[:, :2]), expected.points_px[:, :2], atol=0.01 * square.side)
        np.testing.assert_allclose(points[:, 2] * square.side, expected.points_px[:, 2], atol=0.01 * square.side)
        probabilities = 1 / (1 + np.exp(-row[[hand_landmarks.PRESENCE, hand_landmarks.RIGHT]]))
        np.testing.assert_allclose(probabilities, [expected.presence, expected.right], atol=1e-3)
    assert DEPTH_SCALE < 1  # else the test would pass without the scale


def test_a_block_of_the_lite_network_that_halves_the_picture_keeps_a_shortcut() -> None:
    network = hand_landmarks.build(32, 2, "lite")
    added = [layer for layer in network.layers if isinstance(layer, layers.Add)]
    assert [layer.output.shape[1:] for layer in added] == [(8, 8, 16), (8, 8, 16)]
    assert any(isinstance(layer, layers.MaxPooling2D) for layer in network.layers)
    assert hand_landmarks.build(32, 14, "lite").count_params() == pytest.approx(1.0e6, rel=0.1)


def test_the_first_blocks_and_what_is_before_them_stay_as_they_are() -> None:
    network = hand_landmarks.build(32, 11)
    hand_landmarks.freeze(network, 2)
    frozen = [layer for layer in network.layers if layer.weights and not layer.trainable]
    assert len(frozen) == 3 + 2 * 3
    assert frozen[-1].output.shape[-1] == hand_landmarks.FULL[1].width
    assert len(network.trainable_weights) == len(network.weights) - 2 * len(frozen)

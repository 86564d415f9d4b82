"""A trained landmark network in the product's detector: with MediaPipe's weights it finds what the product finds."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from fizzog_core.errors import DataError
from fizzog_core.media import images
from fizzog_core.vision.detector import Detector
from fizzog_core.vision.hand_landmarks import HandLandmarker, next_square
from fizzog_core.vision.sampling import Square
from training.fit import configs
from training.fit.hand_landmarks import CONFIGS
from training.networks import hand_landmarks
from training.release.trained_landmarker import TrainedLandmarker, detector

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def landmarker(tmp_path_factory: pytest.TempPathFactory) -> TrainedLandmarker:
    """The network of a run with all of MediaPipe's layers, weights and input pixels."""
    folder = tmp_path_factory.mktemp("run")
    config = replace(CONFIGS["hand_landmarks"], side=224, blocks=len(hand_landmarks.FULL))
    configs.write(folder, config, "float32")
    network = hand_landmarks.build(config.side, config.blocks)
    network.set_weights(hand_landmarks.teacher_weights(config.blocks, np.random.default_rng(0)))
    network.save_weights(folder / "best.weights.h5")
    return TrainedLandmarker(folder)


HANDS = ("mps_hand_thumb_up.jpg", "four_077fa4bf.jpg")


@pytest.mark.parametrize("name", HANDS)
def test_it_finds_the_hand_that_the_product_finds(name: str, landmarker: TrainedLandmarker, shared_data: Path) -> None:
    frame = images.read(shared_data / "samples" / "pictures" / "hands" / name)
    with Detector() as product, detector(landmarker) as ours:
        (expected,), (found,) = product.find_hands(frame), ours.find_hands(frame)
    assert found.handedness == expected.handedness
    assert found.box.iou(expected.box) > 0.8


@pytest.mark.parametrize("name", HANDS)
def test_the_second_look_is_at_the_square_of_the_first_landmarks(
    name: str, landmarker: TrainedLandmarker, shared_data: Path
) -> None:
    frame = images.read(shared_data / "samples" / "pictures" / "hands" / name)
    with Detector() as product:
        (hand,) = product.find_hands(frame)
    assert hand.landmarks_px is not None
    start = next_square(hand.landmarks_px)
    mediapipe = HandLandmarker()
    expected = mediapipe.predict(frame, next_square(mediapipe.predict(frame, start).points_px))
    found = landmarker.locate(frame, start)
    assert found is not None
    gap = np.abs(found.points_px - expected.points_px).max()
    assert gap < 0.03 * start.side  # large squares are averaged, MediaPipe's are not


def test_the_gesture_is_a_distribution_that_does_not_depend_on_the_size(
    landmarker: TrainedLandmarker, shared_data: Path
) -> None:
    frame = images.read(shared_data / "samples" / "pictures" / "hands" / HANDS[0])
    with Detector() as product:
        (hand,) = product.find_hands(frame)
    assert hand.landmarks_px is not None
    larger = np.asarray(cv2.resize(frame, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR), np.uint8)
    first, second = landmarker.gesture(frame, hand.landmarks_px), landmarker.gesture(larger, 2 * hand.landmarks_px)
    assert first.sum() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(first, second, atol=0.02)


def test_it_sees_no_hand_where_there_is_none(landmarker: TrainedLandmarker) -> None:
    frame = np.full((300, 300, 3), 128, np.uint8)
    assert landmarker.locate(frame, Square(150, 150, 250)) is None


def test_the_landmarks_do_not_depend_on_the_turn_of_the_picture(
    landmarker: TrainedLandmarker, shared_data: Path
) -> None:
    frame = images.read(shared_data / "samples" / "pictures" / "hands" / "mps_hand_thumb_up.jpg")
    with Detector() as product:
        (hand,) = product.find_hands(frame)
    assert hand.landmarks_px is not None
    square = next_square(hand.landmarks_px)
    height = frame.shape[0]
    turned = np.ascontiguousarray(np.rot90(frame, -1))  # clockwise: (x, y) comes to (height - y, x)
    there = Square(height - square.center_y, square.center_x, square.side, square.rotation + np.pi / 2)
    first, second = landmarker.locate(frame, square), landmarker.locate(turned, there)
    assert first is not None
    assert second is not None
    back = np.stack([second.points_px[:, 1], height - second.points_px[:, 0]], axis=1)
    assert np.abs(back - first.points_px[:, :2]).max() < 0.02 * square.side
    assert HandLandmarker().locate(turned, there) is not None


def test_another_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not the folder of a training run"):
        TrainedLandmarker(tmp_path)

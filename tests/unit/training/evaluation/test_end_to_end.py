"""Figures through our own detector and on worse pictures."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from fizzog_core import settings
from fizzog_core.errors import DataError
from fizzog_core.networks import loading
from fizzog_core.networks.predictor import Networks
from fizzog_core.types import Frame
from tests.support import tiny_data
from tests.support.detectors import WhiteSquare
from training.data import redetected_hands
from training.data.sets import NONE, KeypointData
from training.evaluation import end_to_end

pytestmark = pytest.mark.slow


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """The astronaut, who smiles, under two labels, and a picture without a face."""
    rows = [("astronaut.png", "happy"), ("astronaut.png", "sad"), ("grey.png", "happy")]
    (tmp_path / "astronaut.png").write_bytes((settings.ROOT / "samples" / "astronaut.png").read_bytes())
    Image.fromarray(np.full((100, 100, 3), 128, np.uint8)).save(tmp_path / "grey.png")
    with (tmp_path / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "label", "source"])
        writer.writerows((path, label, "space") for path, label in rows)
    return tmp_path


def test_a_missed_face_is_an_error(pictures: Path) -> None:
    network = loading.load(settings.ROOT / "models" / "emotion")
    metrics = end_to_end.emotion(network, None, pictures)
    assert metrics["as_used_accuracy"].value == pytest.approx(1 / 3)
    assert metrics["as_used_accuracy_space"].rows == 3
    assert metrics["as_used_faces_missed"].value == pytest.approx(1 / 3)


def test_a_folder_without_a_manifest_is_refused(tiny_networks: Networks, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="whole pictures"):
        end_to_end.emotion(tiny_networks.emotion, None, tmp_path)


def test_keypoints_are_measured_on_faces_that_our_detector_found(astronaut: Frame) -> None:
    network = loading.load(settings.ROOT / "models" / "keypoints")
    face = cv2.resize(cv2.cvtColor(astronaut[40:240, 130:330], cv2.COLOR_RGB2GRAY), (128, 128))
    rows = np.stack([face, face, np.zeros_like(face)]).astype(np.uint8)
    wild = np.array([end_to_end.IN_THE_WILD, "lfw", end_to_end.IN_THE_WILD])
    points = np.tile(np.linspace((84, 50), (44, 100), 15, dtype=np.float32), (3, 1, 1))
    who = np.array(["a", "b", "c"])
    metrics = end_to_end.keypoints(network, KeypointData(rows, points, 16, who, wild, np.array(["test"] * 3)))
    assert metrics["test_own_detector_faces_missed"].value == 0.5
    assert metrics["test_own_detector_median_error"].rows == 1
    assert metrics["test_own_detector_median_error"].value > 0


def test_worse_pictures_keep_their_shape_and_are_worse(rng: np.random.Generator) -> None:
    pixels = rng.integers(0, 256, (2, 48, 48), dtype=np.uint8)
    for name, change in end_to_end.WORSE_FOR_EMOTIONS.items():
        changed = end_to_end.worse(pixels, change, 48)
        assert changed.shape == (2, 48, 48, 1), name
        assert np.abs(changed[..., 0] - pixels).mean() > 5, name
    assert end_to_end.worse(pixels, end_to_end.WORSE["at_a_quarter_of_the_light"], 48).mean() == pytest.approx(
        pixels.mean() / 4, rel=0.05
    )


def test_a_missed_hand_is_an_error_in_every_view(
    tiny_networks: Networks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(end_to_end, "Detector", WhiteSquare)
    picture = np.zeros((200, 300, 3), np.uint8)
    data = tiny_data.gesture_data()
    for name in data.path.tolist():
        Image.fromarray(picture).save(tmp_path / name)
    with pytest.raises(DataError, match="other hands"):
        end_to_end.gesture(tiny_networks.gesture, data, tmp_path, tmp_path)
    (tmp_path / "manifest.csv").write_text("path\npictures/0.jpg\n")
    metrics = end_to_end.gesture(tiny_networks.gesture, data, tmp_path, tmp_path)
    for view in redetected_hands.VIEWS:
        assert metrics[f"test_own_detector_{view}_hands_missed"].value == 1
        assert metrics[f"test_own_detector_{view}_balanced_accuracy"].value == 0
        assert metrics[f"test_own_detector_{view}_false_alarms_on_none"].value == 0
    assert metrics["as_used_false_alarms_on_other_hands"].rows == 1
    assert metrics["as_used_false_alarms_on_other_hands"].value == 0


def test_a_hand_that_is_seen_is_named_and_may_be_a_false_alarm(
    tiny_networks: Networks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(end_to_end, "Detector", WhiteSquare)
    data = tiny_data.gesture_data()
    for name in data.path.tolist():
        Image.fromarray(np.full((100, 100, 3), 255, np.uint8)).save(tmp_path / name)
    (tmp_path / "manifest.csv").write_text("path\n0.jpg\n")
    metrics = end_to_end.gesture(tiny_networks.gesture, data, tmp_path, tmp_path)
    hand = np.full((1, 21, 3), (50, 50, 0), np.float32)
    alarm = tiny_networks.gesture.predict(hand)[0].argmax() != NONE
    assert metrics["as_used_false_alarms_on_other_hands"].value == alarm
    assert metrics["test_own_detector_as_is_false_alarms_on_none"].value == alarm
    assert metrics["test_own_detector_as_is_balanced_accuracy"].value == pytest.approx(0.2)

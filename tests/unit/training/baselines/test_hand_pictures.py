"""Pictures of hands are cut out around their landmarks; the backbone's features are computed once."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from fizzog_core.errors import DataError
from training.baselines import hand_pictures
from training.baselines.configs import BASELINES

pytestmark = pytest.mark.slow

HEAD = replace(BASELINES["baseline_gesture_vgg16"], backbone_weights="none")


@pytest.fixture
def kaggle(tmp_path: Path) -> Path:
    """Two numbered frames of each of five letters, one of them late in the film."""
    rng = np.random.default_rng(0)
    for letter in "ABFLV":
        (tmp_path / "asl" / letter).mkdir(parents=True)
        for number in (7, 2401):
            picture = rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)
            cv2.imwrite(str(tmp_path / "asl" / letter / f"{letter}{number}.png"), picture)
    return tmp_path / "asl"


def test_kaggles_folder_is_split_at_frame_2400_and_its_features_are_kept(kaggle: Path, tmp_path: Path) -> None:
    data = hand_pictures.load(kaggle, HEAD, tmp_path / "run")
    assert data.inputs.shape == (8, 6, 6, 512)
    assert data.letter.tolist() == list("AAFFLLVV")
    assert data.split.tolist() == ["train", "validation"] * 4
    assert [HEAD.labels[i] for i in data.label[::2]] == ["punch", "super", "loser", "victory"]
    stored = tmp_path / "run" / "features.npy"
    np.save(stored, np.zeros((8, 6, 6, 512), np.float16))
    assert not hand_pictures.load(kaggle, HEAD, tmp_path / "run").inputs.any()


def test_a_hand_is_cut_out_around_its_points(tmp_path: Path) -> None:
    frame = np.zeros((200, 300, 3), np.uint8)
    frame[80:121, 200:241] = 255
    cv2.imwrite(str(tmp_path / "hand.png"), frame)
    points = np.array([[200, 80], [240, 120]], np.float32)
    cut = hand_pictures.cut_square(tmp_path / "hand.png", points, 72)
    assert cut.shape == (72, 72, 3)
    assert cut[36, 36].tolist() == [255, 255, 255]
    assert (cut > 127).any(axis=2).mean() == pytest.approx((41 / 72) ** 2, abs=0.03)
    whole = hand_pictures.cut_square(tmp_path / "hand.png", None, 60)
    assert whole.shape == (60, 60, 3)
    assert whole[30, 44].max() == 255


def test_a_folder_without_letters_and_missing_weights_are_said(tmp_path: Path, kaggle: Path) -> None:
    (tmp_path / "other" / "Q").mkdir(parents=True)
    with pytest.raises(DataError, match="A, F, L, V"):
        hand_pictures.load(tmp_path / "other", HEAD, tmp_path / "run")
    with pytest.raises(DataError, match="No backbone weights"):
        hand_pictures.load(kaggle, replace(HEAD, backbone_weights=str(tmp_path / "none.weights.h5")), tmp_path / "run")

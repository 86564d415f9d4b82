from __future__ import annotations

import numpy as np
import pytest

from fizzog_core.networks import preprocessing
from fizzog_core.networks.model_card import CropGeometry
from fizzog_core.types import Frame
from fizzog_core.vision import crops
from tests.support.fakes import make_card, make_face, make_hand


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("count", [0, 1, 5])
def test_shape_and_type(frame: Frame, count: int, channels: int) -> None:
    card = make_card("emotion", channels=channels)
    cut = [crops.cut(frame, make_face(10 * i), card.crop_geometry, card.input_size) for i in range(count)]
    batch = preprocessing.to_batch(cut, card)
    assert batch.shape == (count, 48, 48, channels)
    assert batch.dtype == np.float32


def test_pixels_stay_0_to_255_and_grey_is_luma(frame: Frame) -> None:
    card = make_card("emotion")
    crop = crops.cut(frame, make_face(), card.crop_geometry, 48)
    grey = preprocessing.to_batch([crop], card)[0, :, :, 0]
    luma = crop.pixels @ np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
    assert np.abs(grey - luma).max() <= 1
    color = preprocessing.to_batch([crop], make_card("emotion", channels=3))[0]
    assert np.array_equal(color, crop.pixels)


def test_a_grey_picture_passes_unchanged(rng: np.random.Generator) -> None:
    grey = rng.integers(0, 256, (48, 48, 1), dtype=np.uint8)
    exact = CropGeometry(margin=0.0)
    crop = crops.cut(np.repeat(grey, 3, axis=2), make_face(0, 0, 48), exact, 48)
    assert np.array_equal(preprocessing.to_batch([crop], make_card())[0], grey)


def test_a_crop_of_another_size_is_refused(frame: Frame) -> None:
    card = make_card("emotion")
    crop = crops.cut(frame, make_face(), card.crop_geometry, 47)
    with pytest.raises(ValueError, match=r"takes crops \(48, 48, 3\), got \(47, 47, 3\)"):
        preprocessing.to_batch([crop], card)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_landmarks_are_passed_in_pixels(count: int) -> None:
    hands = [make_hand(x=50 * i) for i in range(count)]
    batch = preprocessing.to_landmark_batch(hands, make_card("gesture"))
    assert batch.shape == (count, 21, 3)
    assert batch.dtype == np.float32
    for row, hand in zip(batch, hands, strict=True):
        assert hand.landmarks_px is not None
        assert np.array_equal(row, hand.landmarks_px)


def test_a_face_is_no_hand() -> None:
    with pytest.raises(ValueError, match=r"takes landmarks \(21, 3\), got \(6, 2\)"):
        preprocessing.to_landmark_batch([make_face()], make_card("gesture"))

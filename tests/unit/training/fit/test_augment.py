from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fizzog_core.datasets import augmentation
from fizzog_core.labels import KEYPOINT_NAMES
from training.fit import augment, configs

KEYPOINTS = configs.CONFIGS["keypoints_heatmap"]
STILL = replace(KEYPOINTS, shift=0.0, scale=0.0, rotation=0.0, erase=0.0, light=0.0)


def test_mirror_order_exchanges_left_and_right_names_only() -> None:
    for i, j in enumerate(augmentation.MIRROR_ORDER):
        own, other = KEYPOINT_NAMES[i], KEYPOINT_NAMES[j]
        assert augmentation.MIRROR_ORDER[j] == i
        assert ("left" in own) == ("right" in other)
        assert own.replace("left", "").replace("right", "") == other.replace("left", "").replace("right", "")


@given(st.integers(0, 2**32 - 1))
def test_points_move_with_their_pixels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = augment.random_affine(rng, replace(KEYPOINTS, rotation=20, shift=0.05), 128, 96)
    point = rng.uniform(52, 76, 2)
    picture = np.zeros((128, 128), np.uint8)
    y, x = np.round(point[::-1]).astype(int)
    picture[y - 2 : y + 3, x - 2 : x + 3] = 255
    points = np.full((15, 2), [x, y], np.float32)
    moved = augment.warp_points(points, matrix)[10]
    seen = augment.warp(picture, matrix, 96).astype(float)
    rows, columns = np.mgrid[:96, :96]
    middle = np.array([(seen * columns).sum(), (seen * rows).sum()]) / seen.sum()
    assert np.hypot(*(middle - moved)) < 0.3


@given(st.integers(0, 2**32 - 1))
def test_a_mirror_swaps_names_and_twice_is_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, 95, (15, 2)).astype(np.float32)
    mirror = np.array([[-1.0, 0, 95], [0, 1, 0]])
    once = augment.warp_points(points, mirror)
    left, right = KEYPOINT_NAMES.index("left_eye_center"), KEYPOINT_NAMES.index("right_eye_center")
    np.testing.assert_allclose(once[left], [95 - points[right, 0], points[right, 1]], rtol=1e-5)
    np.testing.assert_allclose(augment.warp_points(once, mirror), points, rtol=1e-4, atol=1e-4)


def test_missing_points_stay_missing_under_the_other_name() -> None:
    points = np.zeros((15, 2), np.float32)
    points[KEYPOINT_NAMES.index("left_eyebrow_outer_end")] = np.nan
    moved = augment.warp_points(points, np.array([[-1.0, 0, 95], [0, 1, 0]]))
    assert np.flatnonzero(np.isnan(moved).all(axis=1)).tolist() == [KEYPOINT_NAMES.index("right_eyebrow_outer_end")]


def test_without_changes_the_middle_is_cut_out_plain_or_mirrored() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (128, 128), dtype=np.uint8)
    middle = picture[16:112, 16:112]
    seen = [augment.picture_and_points(np.random.default_rng(i), STILL, picture, None, 96)[0] for i in range(8)]
    kinds = {
        ("plain" if (s == middle).all() else "mirrored" if (s == middle[:, ::-1]).all() else "other") for s in seen
    }
    assert kinds == {"plain", "mirrored"}


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_erase_changes_a_rectangle_or_nothing_and_never_its_input(share: float) -> None:
    picture = np.full((48, 48), 7, np.uint8)
    erased = augment.erase(np.random.default_rng(3), replace(STILL, erase=share), picture)
    assert (picture == 7).all()
    assert (erased != 7).any() == bool(share)


def test_light_stays_in_range() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)
    for seed in range(20):
        changed = augment.change_light(np.random.default_rng(seed), replace(STILL, light=1.0), picture)
        assert changed.dtype == np.uint8
        assert np.corrcoef(changed.ravel(), picture.ravel())[0, 1] > 0.5 or changed.std() < 30


def test_hands_are_sized_alike_and_seldom_the_same() -> None:
    hands = np.random.default_rng(0).uniform(0, 300, (50, 21, 3)).astype(np.float32)
    changed = augment.hand(np.random.default_rng(1), configs.CONFIGS["gesture_landmarks"], hands)
    size = np.sqrt((changed**2).sum(axis=(1, 2)) / 21)
    assert changed.shape == hands.shape
    assert changed.dtype == np.float32
    assert (abs(size - 1) < 0.35).all()
    assert not np.allclose(
        changed[0], augment.hand(np.random.default_rng(2), configs.CONFIGS["gesture_landmarks"], hands)[0]
    )


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 2))
def test_mixed_pictures_and_targets_share_the_same_two_rows(seed: int, mixup: float) -> None:
    config = replace(KEYPOINTS, mixup=mixup)
    marks = np.eye(6, dtype=np.float32)
    pictures, targets = augment.mix(np.random.default_rng(seed), config, marks.reshape(6, 2, 3, 1), marks)
    np.testing.assert_allclose(pictures.reshape(6, 6), targets, atol=1e-6)
    np.testing.assert_allclose(targets.sum(axis=1), 1, atol=1e-6)
    assert ((targets > 0).sum(axis=1) <= 2).all()


def test_without_mixup_nothing_is_mixed() -> None:
    marks = np.eye(6, dtype=np.float32)
    pictures, targets = augment.mix(np.random.default_rng(0), KEYPOINTS, marks[..., None], marks)
    np.testing.assert_array_equal(targets, marks)
    np.testing.assert_array_equal(pictures[..., 0], marks)

import numpy as np
import pytest

from fizzog_core.datasets import augmentation
from fizzog_core.labels import KEYPOINT_NAMES


@pytest.fixture
def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (96, 96), dtype=np.uint8)


def test_nothing_changes_without_amounts(picture: np.ndarray) -> None:
    matrix = augmentation.affine(96, 96)
    np.testing.assert_allclose(matrix, [[1, 0, 0], [0, 1, 0]], atol=1e-12)
    assert (augmentation.warp(picture, matrix, 96) == picture).all()
    assert (augmentation.light(picture, 1.0, 0.0) == picture).all()


def test_mirroring_turns_the_picture_over_and_exchanges_the_names(picture: np.ndarray) -> None:
    matrix = augmentation.affine(96, 96, mirrored=True)
    assert (augmentation.warp(picture, matrix, 96) == picture[:, ::-1]).all()
    points = np.random.default_rng(1).uniform(0, 95, (15, 2)).astype(np.float32)
    moved = augmentation.warp_points(points, matrix)
    left, right = KEYPOINT_NAMES.index("left_eye_center"), KEYPOINT_NAMES.index("right_eye_center")
    np.testing.assert_allclose(moved[left], (95 - points[right, 0], points[right, 1]), atol=1e-4)


def test_a_shift_is_a_share_of_the_side() -> None:
    assert augmentation.affine(96, 96, shift=(0.25, -0.5))[:, 2] == pytest.approx([24, -48])


def test_a_larger_square_is_cut_from_its_middle() -> None:
    middle = augmentation.affine(128, 96, angle_deg=30, zoom=1.2) @ (63.5, 63.5, 1)
    assert middle == pytest.approx([47.5, 47.5])


@pytest.mark.parametrize(("contrast", "brightness", "expected"), [(0, 0, 100), (1, 500, 255), (1, -500, 0)])
def test_light(contrast: float, brightness: float, expected: int) -> None:
    picture = np.array([[80, 120]], dtype=np.uint8)
    assert (augmentation.light(picture, contrast, brightness) == expected).all()


def test_erasing_leaves_the_rest_and_the_original(picture: np.ndarray) -> None:
    before = picture.copy()
    noise = np.full((10, 20), 7, dtype=np.uint8)
    erased = augmentation.erase(picture, 30, 40, noise)
    assert (erased[40:50, 30:50] == 7).all()
    assert (picture == before).all()
    erased[40:50, 30:50] = before[40:50, 30:50]
    assert (erased == before).all()

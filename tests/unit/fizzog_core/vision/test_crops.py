from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fizzog_core.networks.model_card import CropGeometry
from fizzog_core.types import Box, Detection, Frame
from fizzog_core.vision import crops
from tests.support.fakes import make_face, make_hand

PLAIN = CropGeometry(margin=0.0)
numbers = st.floats(-200, 500)
faces = st.builds(make_face, x=numbers, y=numbers, side=st.floats(5, 300))
geometries = st.builds(
    CropGeometry, margin=st.floats(-0.2, 1), shift_down=st.floats(-0.5, 0.5), aligned=st.booleans()
)  # fmt: skip


def turned(face: Detection, angle: float) -> Detection:
    """The face with its landmarks turned clockwise around the box's middle; the box stays."""
    assert face.landmarks_px is not None
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = np.array(face.box.center)
    return Detection("face", face.box, face.score, ((face.landmarks_px - middle) @ turn.T + middle).astype(np.float32))


def blob(x: float, y: float, height: int = 240, width: int = 320) -> Frame:
    """A soft white spot whose middle is at (x, y) frame pixels."""
    rows, columns = np.mgrid[0:height, 0:width] + 0.5
    spot = 255 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 6**2))
    return np.repeat(spot[:, :, None], 3, axis=2).astype(np.uint8)


def spot_unit(pixels: Frame) -> np.ndarray:
    """Where the spot is in a crop, in 0..1."""
    weights = pixels[:, :, 0].astype(np.float64)
    places = (np.arange(len(weights)) + 0.5) / len(weights)
    return np.array([weights.sum(axis=0) @ places, weights.sum(axis=1) @ places]) / weights.sum()


def test_an_exact_square_is_copied(frame: Frame) -> None:
    face = Detection("face", Box(40, 30, 88, 78), 1.0)
    crop = crops.cut(frame, face, PLAIN, 48)
    assert np.array_equal(crop.pixels, frame[30:78, 40:88])
    assert crop.box == face.box


def test_margin_and_shift_are_in_box_sides(frame: Frame) -> None:
    face = Detection("face", Box(100, 100, 150, 150), 1.0)
    crop = crops.cut(frame, face, CropGeometry(margin=0.1, shift_down=0.2), 48)
    assert (crop.box.x1, crop.box.y1, crop.box.x2, crop.box.y2) == pytest.approx((95, 105, 155, 165))


def test_a_long_box_is_cut_by_its_longer_side(frame: Frame) -> None:
    crop = crops.cut(frame, Detection("hand", Box(100, 100, 120, 160), 1.0), PLAIN, 21)
    assert (crop.box.width, crop.box.height) == pytest.approx((60, 60))
    assert crop.box.center == pytest.approx((110, 130))


def test_over_the_border_its_pixels_are_repeated(frame: Frame) -> None:
    crop = crops.cut(frame, Detection("face", Box(-40, -40, 40, 40), 1.0), PLAIN, 80)
    assert (crop.pixels[:40, :40] == frame[0, 0]).all()
    assert np.array_equal(crop.pixels[40:, 40:], frame[:40, :40])


def test_the_frame_is_not_changed(frame: Frame) -> None:
    before = frame.copy()
    crops.cut(frame, make_face(), CropGeometry(margin=0.2, aligned=True), 48)
    assert np.array_equal(frame, before)


def test_shrinking_averages_as_area_does(rng: np.random.Generator) -> None:
    noise = rng.integers(0, 256, (480, 480, 3), dtype=np.uint8)
    crop = crops.cut(noise, Detection("face", Box(0, 0, 480, 480), 1.0), PLAIN, 48)
    expected = cv2.resize(noise, (48, 48), interpolation=cv2.INTER_AREA)
    assert np.abs(crop.pixels.astype(int) - expected).max() <= 1


@given(faces, geometries)
@settings(deadline=None)
def test_to_frame_maps_the_corners_to_a_square_of_the_crops_size(face: Detection, geometry: CropGeometry) -> None:
    crop = crops.cut(np.zeros((20, 20, 3), np.uint8), face, geometry, 8)
    corners = crop.to_frame(np.array([(0, 0), (1, 0), (0, 1), (1, 1)])).astype(np.float64)
    side = max(face.box.width, face.box.height) * (1 + 2 * geometry.margin)
    assert np.hypot(*(corners[1] - corners[0])) == pytest.approx(side, abs=1e-3)
    assert np.hypot(*(corners[2] - corners[0])) == pytest.approx(side, abs=1e-3)
    assert (corners[1] - corners[0]) @ (corners[2] - corners[0]) == pytest.approx(0, abs=0.1)
    assert corners[0] + corners[3] == pytest.approx(corners[1] + corners[2], abs=1e-2)
    assert (crop.box.x1, crop.box.y1) == pytest.approx(tuple(corners.min(axis=0)), abs=1e-2)


@given(
    x=st.floats(110, 170), y=st.floats(80, 130), margin=st.floats(0.1, 0.4), shift=st.floats(-0.1, 0.1),
    angle=st.floats(-0.6, 0.6), size=st.sampled_from((48, 96)),
)  # fmt: skip
@settings(deadline=None, max_examples=40)
def test_to_frame_is_the_inverse_of_cutting(
    x: float, y: float, margin: float, shift: float, angle: float, size: int
) -> None:
    face = turned(make_face(80, 45, 120), angle)
    crop = crops.cut(blob(x, y), face, CropGeometry(margin=margin, shift_down=shift, aligned=True), size)
    assert crop.to_frame(spot_unit(crop.pixels)) == pytest.approx((x, y), abs=0.75)


@given(st.floats(-1.5, 1.5), st.floats(-0.3, 0.3))
@settings(deadline=None)
def test_aligned_eyes_are_level_in_the_crop(angle: float, shift: float) -> None:
    face = turned(make_face(80, 45, 120), angle)
    crop = crops.cut(np.zeros((20, 20, 3), np.uint8), face, CropGeometry(margin=0.1, shift_down=shift, aligned=True), 8)
    inverse = np.linalg.inv(np.vstack([crop.to_frame_matrix, (0, 0, 1)]))
    assert face.landmarks_px is not None
    right_eye, left_eye = np.column_stack([face.landmarks_px[:2], (1, 1)]) @ inverse[:2].T
    assert right_eye[1] == pytest.approx(left_eye[1], abs=1e-4)
    assert right_eye[0] < left_eye[0]


@pytest.mark.parametrize("detection", [Detection("face", Box(10, 10, 50, 50), 1.0), make_hand()])
def test_without_eyes_nothing_is_turned(frame: Frame, detection: Detection) -> None:
    level = crops.cut(frame, detection, CropGeometry(margin=0.1), 24)
    aligned = crops.cut(frame, detection, CropGeometry(margin=0.1, aligned=True), 24)
    assert np.array_equal(level.pixels, aligned.pixels)

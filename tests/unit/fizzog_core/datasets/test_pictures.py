from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fizzog_core.datasets import pictures as samples
from fizzog_core.errors import DataError
from training.data.sets import load_gestures


def test_nothing_is_available_without_the_data(tmp_path: Path) -> None:
    for name in samples.NEEDED:
        assert not samples.available(None, name)
        assert not samples.available(tmp_path, name)


def test_a_missing_or_wrong_mosaic_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No file at"):
        samples.fer2013(tmp_path, [0])
    (tmp_path / "fer2013").mkdir()
    Image.new("L", (96, 48)).save(tmp_path / "fer2013" / "faces_00.webp", lossless=True)
    with pytest.raises(DataError, match="is 96 x 48 pixels"):
        samples.fer2013(tmp_path, [0])


@pytest.mark.parametrize("name", ["keypoints", "gestures"])
def test_missing_labels_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        getattr(samples, name)(tmp_path, [0])


def test_no_rows(shared_data: Path) -> None:
    assert samples.fer2013(shared_data, []).shape == (0, 48, 48)
    pictures, points = samples.keypoints(shared_data, [])
    assert (pictures.shape, points.shape) == ((0, 96, 96), (0, 15, 2))
    assert samples.gestures(shared_data, []) == []
    assert samples.expressions(shared_data, []).shape == (0, 96, 96)


def test_fer2013_rows_are_those_of_the_mosaics(shared_data: Path) -> None:
    sheet = np.asarray(Image.open(shared_data / "fer2013" / "faces_01.webp").convert("L"))
    faces = samples.fer2013(shared_data, [1936 + 45, 1936])
    assert (faces[0] == sheet[48:96, 48:96]).all()
    assert (faces[1] == sheet[:48, :48]).all()


def test_expression_rows_are_those_of_the_mosaics(tmp_path: Path) -> None:
    (tmp_path / "expressions").mkdir()
    values = np.arange(64, dtype=np.uint8)  # two rows of 32 faces, each of one grey
    sheet = np.repeat(np.repeat(values.reshape(2, 32), 96, axis=0), 96, axis=1)
    Image.fromarray(sheet).save(tmp_path / "expressions" / "faces_01.webp", lossless=True)
    assert samples.available(tmp_path, "expressions") is False
    faces = samples.expressions(tmp_path, [1024 + 33, 1024])
    assert faces.shape == (2, 96, 96)
    assert [np.unique(face).tolist() for face in faces] == [[33], [0]]
    with pytest.raises(DataError, match=r"faces_01.webp has no face 64"):
        samples.expressions(tmp_path, [1024 + 64])


def test_keypoint_rows_are_kaggles_square(shared_data: Path) -> None:
    stored = np.load(shared_data / "keypoints" / "labels.npz")
    pictures, points = samples.keypoints(shared_data, [7000])
    whole = np.asarray(Image.open(shared_data / "keypoints" / stored["path"][7000]).convert("L"))
    assert (pictures[0] == whole[16:112, 16:112]).all()
    np.testing.assert_array_equal(points[0], stored["keypoints_px"][7000] - 16)


def test_gesture_landmarks_are_those_of_training(shared_data: Path) -> None:
    data = load_gestures(shared_data / "gestures")
    rows = [0, int(np.flatnonzero(~data.found)[0]), int(np.flatnonzero(data.found)[-1])]
    found = samples.gestures(shared_data, rows)
    assert [landmarks is not None for _, landmarks in found] == data.found[rows].tolist()
    for row, (_, landmarks) in zip(rows, found, strict=True):
        if landmarks is not None:
            np.testing.assert_allclose(landmarks, data.landmarks_px[row, :, :2], atol=0.01)

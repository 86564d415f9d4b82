import numpy as np
import pytest

from fizzog_core.errors import DataError
from fizzog_core.networks.model_card import CropGeometry
from fizzog_core.types import Box, Detection
from fizzog_core.vision import crops
from tests.support import tiny_data
from tests.support.expression_folder import written
from training.data import expressions

GEOMETRY = CropGeometry(margin=0.1, shift_down=-0.05, aligned=True)


def test_no_rows_are_cut_to_none() -> None:
    faces = expressions.cut(tiny_data.expression_data(), np.array([], np.int64), GEOMETRY, 48)
    assert faces.shape == (0, 48, 48)


def test_a_folder_is_read_face_by_face(tmp_path) -> None:
    faces = written(tmp_path)
    data = expressions.load_expressions(tmp_path)
    np.testing.assert_array_equal(data.crops, faces)
    assert data.split[:4].tolist() == ["train", "validation", "test", "train"]
    assert data.source[:2].tolist() == ["first", "second"]
    assert data.level_rad[0] == pytest.approx(np.arctan2(10, 30))
    assert data.level_rad[1] == 0
    data.save(tmp_path / "again.npz")
    np.testing.assert_array_equal(expressions.load_expressions(tmp_path / "again.npz").crops, faces)


def test_a_folder_without_faces_is_refused(tmp_path) -> None:
    with pytest.raises(DataError, match=r"Expected faces_\*\.webp"):
        expressions.load_expressions(tmp_path)


def test_a_row_is_cut_as_the_product_cuts_a_face(tmp_path) -> None:
    written(tmp_path)
    data = expressions.load_expressions(tmp_path)
    frame = np.repeat(data.crops[0][..., None], 3, axis=2)
    eyes = np.zeros((6, 2), np.float32)
    eyes[0], eyes[1] = (30, 40), (60, 50)
    face = Detection(kind="face", box=Box(16, 16, 80, 80), score=1.0, landmarks_px=eyes)
    product = crops.cut(frame, face, GEOMETRY, 48).pixels[..., 0]
    ours = expressions.cut(data, np.array([0]), GEOMETRY, 48)[0]
    assert np.abs(product.astype(int) - ours.astype(int)).mean() < 1

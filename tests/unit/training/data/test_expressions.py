from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fizzog_core.errors import DataError
from fizzog_core.networks.model_card import CropGeometry
from fizzog_core.types import Box, Detection
from fizzog_core.vision import crops
from tests.support import tiny_data
from training.data import expressions

GEOMETRY = CropGeometry(margin=0.1, shift_down=-0.05, aligned=True)


def written(folder: Path, count: int = 40) -> np.ndarray:
    """A folder of the given form with ``count`` faces; gives their pixels."""
    faces = np.random.default_rng(0).integers(0, 256, (64, 96, 96), dtype=np.uint8)
    sheet = faces.reshape(2, 32, 96, 96).swapaxes(1, 2).reshape(192, 32 * 96)
    Image.fromarray(sheet).save(folder / "faces_00.webp", lossless=True)
    landmarks = np.zeros((count, 6, 2), np.float32)
    landmarks[:, 0], landmarks[:, 1] = (30, 40), (60, 50)
    landmarks[1] = np.nan
    np.savez(
        folder / "labels.npz",
        emotion=np.arange(count) % 7, split=np.arange(count) % 3, source=np.arange(count) % 2,
        source_names=np.array(["first", "second"]), subject=np.array([""] * count), landmarks=landmarks,
    )  # fmt: skip
    return faces[:count]


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

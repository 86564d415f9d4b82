"""Loading and saving of the data sets."""

import numpy as np
import pytest

from fizzog_core.errors import DataError
from tests.support import tiny_data
from training.data.sets import EmotionData, load_emotion, load_gestures, load_keypoints

EMOTION = tiny_data.emotion_data(63)


def test_stored_data_comes_back(tmp_path) -> None:
    EMOTION.save(tmp_path / "fer.npz")
    back = load_emotion(tmp_path / "fer.npz")
    assert isinstance(back, EmotionData)
    np.testing.assert_array_equal(back.pixels, EMOTION.pixels)
    with pytest.raises(DataError, match="not a data file"):
        load_keypoints(tmp_path / "fer.npz")


@pytest.mark.parametrize("load", [load_emotion, load_keypoints, load_gestures])
def test_an_empty_folder_is_no_data(load, tmp_path) -> None:
    with pytest.raises(DataError, match=r"expected an \.npz"):
        load(tmp_path)

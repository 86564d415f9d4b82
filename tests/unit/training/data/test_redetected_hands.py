"""Hands of the given pictures in three views, with a finder that takes the white square for a hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fizzog_core.errors import DataError
from fizzog_core.vision import detector
from tests.support import tiny_data
from tests.support.detectors import WhiteSquare
from training.data import redetected_hands
from training.data.sets import GestureData, load_gestures


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures 0.jpg, ... of the tiny data: a hand of 128 px at the left; every third has none."""
    for row, name in enumerate(tiny_data.gesture_data().path.tolist()):
        picture = np.zeros((200, 300, 3), np.uint8)
        if row % 3:
            picture[40:168, 20:148] = 255
        Image.fromarray(picture).save(tmp_path / name, quality=95)
    return tmp_path


def test_no_rows_give_no_hands(folder: Path) -> None:
    seen = redetected_hands.redetect(WhiteSquare(), folder, tiny_data.gesture_data(), np.array([], np.int64))
    assert {view: len(data.found) for view, data in seen.items()} == dict.fromkeys(redetected_hands.VIEWS, 0)


def test_each_view_has_the_hand_where_it_is_seen(folder: Path) -> None:
    data = tiny_data.gesture_data()
    seen = redetected_hands.redetect(WhiteSquare(), folder, data, np.array([0, 1, 5]))
    for view, x in {"as_is": 84, "mirrored": 216, "of_64_px": 42}.items():
        np.testing.assert_array_equal(seen[view].found, [False, True, True])
        assert not seen[view].landmarks_px[0].any()
        np.testing.assert_allclose(seen[view].landmarks_px[1:, :, 0], x, atol=1.5, err_msg=view)
        np.testing.assert_array_equal(seen[view].gesture, data.gesture[[0, 1, 5]])
    assert seen["as_is"].handedness.tolist() == ["", "Right", "Right"]
    assert seen["mirrored"].handedness.tolist() == ["", "Left", "Left"]


def test_the_command_writes_every_row_with_its_split(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = replace(tiny_data.gesture_data(), signer=np.array(["one"] * 45))
    monkeypatch.setattr(redetected_hands, "load_gestures", lambda path: given)
    monkeypatch.setattr(detector, "Detector", WhiteSquare)
    redetected_hands.main(folder, folder / "own.npz")
    written = load_gestures(folder / "own.npz")
    assert isinstance(written, GestureData)
    np.testing.assert_array_equal(written.split, given.split)
    np.testing.assert_array_equal(written.found, np.arange(45) % 3 > 0)
    with pytest.raises(DataError, match="folder with the pictures"):
        redetected_hands.main(folder / "own.npz")

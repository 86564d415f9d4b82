"""Hands of the given pictures in three views, with a finder that takes the white square for a hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fizzog_core import detectors
from fizzog_core.types import Box, Detection, Frame
from tests import tiny_data
from training import own_hands
from training.data import GestureData, load_gestures


class WhiteSquare:
    def find_faces(self, frame: Frame) -> tuple[Detection, ...]:
        return ()

    def find_hands(self, frame: Frame) -> tuple[Detection, ...]:
        rows, columns = np.nonzero(frame.min(axis=2) > 128)
        if not len(rows):
            return ()
        box = Box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        points = np.tile(np.array([*box.center, 0], np.float32), (21, 1))
        return (Detection("hand", box, 0.9, points, "left" if box.center[0] < frame.shape[1] / 2 else "right"),)

    def __enter__(self) -> "WhiteSquare":
        return self

    def __exit__(self, *_: object) -> None:
        pass


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
    seen = own_hands.look(WhiteSquare(), folder, tiny_data.gesture_data(), np.array([], np.int64))
    assert {view: len(data.found) for view, data in seen.items()} == dict.fromkeys(own_hands.VIEWS, 0)


def test_each_view_has_the_hand_where_it_is_seen(folder: Path) -> None:
    data = tiny_data.gesture_data()
    seen = own_hands.look(WhiteSquare(), folder, data, np.array([0, 1, 5]))
    for view, x in {"as_is": 84, "mirrored": 216, "of_64_px": 42}.items():
        np.testing.assert_array_equal(seen[view].found, [False, True, True])
        assert not seen[view].landmarks_px[0].any()
        np.testing.assert_allclose(seen[view].landmarks_px[1:, :, 0], x, atol=1.5, err_msg=view)
        np.testing.assert_array_equal(seen[view].gesture, data.gesture[[0, 1, 5]])
    assert seen["as_is"].handedness.tolist() == ["", "Right", "Right"]
    assert seen["mirrored"].handedness.tolist() == ["", "Left", "Left"]


def test_the_command_writes_every_row_with_its_split(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = replace(tiny_data.gesture_data(), signer=np.array(["one"] * 45))
    monkeypatch.setattr(own_hands, "load_gestures", lambda path: given)
    monkeypatch.setattr(detectors, "Detector", WhiteSquare)
    own_hands.main(folder, folder / "own.npz")
    written = load_gestures(folder / "own.npz")
    assert isinstance(written, GestureData)
    np.testing.assert_array_equal(written.split, given.split)
    np.testing.assert_array_equal(written.found, np.arange(45) % 3 > 0)
    with pytest.raises(SystemExit, match="folder with the pictures"):
        own_hands.main(folder / "own.npz")

"""Squares around hands, from pictures whose landmarks are painted into them."""

from pathlib import Path

import numpy as np
import pytest

from fizzog_core.errors import DataError
from fizzog_core.vision.sampling import Square
from tests.support import gesture_folders, hand_folders
from training.data import prepare_hands
from training.data.hand_crops import SIDE_PX, UNKNOWN, HandCrops
from training.data.people import People


def painted(points: np.ndarray) -> np.ndarray:
    """A black picture with a white 5 x 5 patch at each landmark."""
    frame = np.zeros((160, 160, 3), np.uint8)
    for x, y in np.round(points[:, :2]).astype(int):
        frame[y - 2 : y + 3, x - 2 : x + 3] = 255
    return frame


@pytest.mark.parametrize("angle", [0.0, 1.0, -2.5])
def test_the_landmarks_lie_where_the_picture_shows_them(angle: float) -> None:
    points = hand_folders.landmarks((50, 50))
    cos, sin = np.cos(angle), np.sin(angle)
    points[:, :2] = (points[:, :2] - 80) @ np.array([[cos, sin], [-sin, cos]]) + 80
    row = prepare_hands.hand_row(painted(points), points, right=True)
    assert row.points_unit is not None
    at = np.round(row.points_unit[:, :2] * len(row.pixels)).astype(int)
    assert (row.pixels[at[:, 1], at[:, 0]] == 255).all()
    wrist, middle = row.points_unit[0], row.points_unit[9]
    assert abs(middle[0] - wrist[0]) < 0.1
    assert middle[1] < wrist[1] - 0.1


def test_one_scale_holds_for_all_three_axes() -> None:
    points = hand_folders.landmarks((50, 50))
    row = prepare_hands.hand_row(painted(points), points, right=False)
    assert row.points_unit is not None
    seen, shown = (np.linalg.norm(p[:, None] - p[None], axis=2) for p in (row.points_unit, points))
    ratio = seen[shown > 5] / shown[shown > 5]
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-4)


def test_both_sets_together_without_test_rows(tmp_path: Path) -> None:
    (tmp_path / "gestures").mkdir()
    (tmp_path / "people").mkdir()
    gestures = gesture_folders.manifest(tmp_path / "gestures").parent
    _spread_landmarks(gestures)
    data = prepare_hands.build(gestures, hand_folders.people(tmp_path / "people"))
    assert set(data.split) == {"train", "validation"}
    rows = list(zip(data.path.tolist(), data.hand.tolist(), data.gesture.tolist(), data.right.tolist(), strict=True))
    assert ("pictures/1.png", True, 0, True) in rows  # "Left" of a mirrored picture is the person's right hand
    assert ("pictures/1.png", False, UNKNOWN, False) in rows
    assert ("pictures/2.png", True, 3, False) in rows
    assert ("hand", True, UNKNOWN, True) in rows
    assert ("false", False, UNKNOWN, False) in rows
    names = [name for name, *_ in rows]
    assert not {"once", "tested"} & set(names)  # found once; a test picture
    assert names.count("empty") == 1 + prepare_hands.RANDOM_SQUARES
    assert not data.points_unit[~data.hand].any()


def test_a_proposed_square_without_a_hand_is_a_row_and_one_over_a_hand_is_not(tmp_path: Path) -> None:
    pictures = {picture.name: picture for picture in People(hand_folders.people(tmp_path)).pictures("train")}
    proposals = (Square(60, 70, 50, 0.0), Square(20, 15, 20, 0.3))  # around the hand; in a corner
    for name, expected in (("hand", 1), ("once", 1), ("false", 2)):  # a false find is no hand
        rows = list(prepare_hands.of_people_picture(pictures[name], proposals, np.random.default_rng(0)))
        assert sum(row.proposed for row in rows) == expected, name
        assert all(row.points_unit is None for row in rows if row.proposed)


def _spread_landmarks(folder: Path) -> None:
    with np.load(folder / "landmarks.npz") as stored:
        arrays = dict(stored)
    for name in ("landmarks_unit", "landmarks_retry"):
        found = np.isfinite(arrays[name]).all(axis=(1, 2))
        arrays[name][found, :, :2] = hand_folders.SHAPE
        arrays[name][found, :, 2] = 0
    np.savez(folder / "landmarks.npz", **arrays)


def test_the_rows_are_stored_and_read_again(tmp_path: Path) -> None:
    points = hand_folders.landmarks((50, 50))
    rows = [
        (prepare_hands.hand_row(painted(points), points, True, 2), "s", "train", "a.jpg"),
        (prepare_hands.Row(np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8)), "s", "validation", "b.jpg"),
    ]
    data = prepare_hands.stacked(rows)
    data.save(tmp_path / "deep" / "hands.npz")
    again = HandCrops.load(tmp_path / "deep" / "hands.npz")
    np.testing.assert_array_equal(again.pixels, data.pixels)
    assert again.hand.tolist() == [True, False]
    assert again.gesture.tolist() == [2, UNKNOWN]


def test_a_folder_without_the_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"manifest\.csv is missing"):
        People(tmp_path)

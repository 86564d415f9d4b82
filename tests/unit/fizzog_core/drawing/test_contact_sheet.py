import numpy as np
import pytest

from fizzog_core.drawing import contact_sheet, palette
from fizzog_core.labels import KEYPOINT_NAMES


@pytest.mark.parametrize(
    ("point", "side"), [("left_eye_center", "left"), ("mouth_right_corner", "right"), ("nose_tip", "middle")]
)
def test_side_of(point: str, side: str) -> None:
    assert contact_sheet.side_of(point) == side


def test_points_lie_where_they_belong_in_their_colour() -> None:
    points = np.full((15, 2), np.nan, dtype=np.float32)
    points[KEYPOINT_NAMES.index("left_eye_center")] = (30, 10)
    drawn = contact_sheet.with_points(np.zeros((48, 48), dtype=np.uint8), points, scale=2)
    assert drawn.shape == (96, 96, 3)
    assert tuple(drawn[21, 61]) == palette.rgb(contact_sheet.SIDE_COLORS["left"])
    assert not drawn[40:].any()


@pytest.mark.parametrize("shape", [(10, 40), (40, 10), (500, 300)])
def test_a_hand_is_fitted_into_a_square(shape: tuple[int, int]) -> None:
    picture = np.full((*shape, 3), 200, dtype=np.uint8)
    plain = contact_sheet.with_hand(picture, None, 64)
    assert plain.shape == (64, 64, 3)
    middle = np.full((21, 2), (shape[1] / 2, shape[0] / 2), dtype=np.float32)
    drawn = contact_sheet.with_hand(picture, middle, 64)
    assert (drawn[32, 32] != plain[32, 32]).any()
    assert (drawn[0, 0] == plain[0, 0]).all()


def test_bones_are_clear_but_for_the_lines() -> None:
    points = np.zeros((21, 2))
    points[1:] = (2, 0)
    drawn = contact_sheet.with_bones(points, 88)
    assert drawn[44, 60, 3] == 255
    assert not drawn[:30].any()


@pytest.mark.parametrize(("count", "columns", "shape"), [(1, 8, (4, 32, 3)), (8, 8, (4, 32, 3)), (9, 8, (8, 32, 3))])
def test_sheet(count: int, columns: int, shape: tuple[int, int, int]) -> None:
    pictures = [np.full((4, 4, 3), number + 1, dtype=np.uint8) for number in range(count)]
    laid = contact_sheet.sheet(pictures, columns)
    assert laid.shape == shape
    y, x = divmod(count - 1, columns)
    assert (laid[y * 4 : y * 4 + 4, x * 4 : x * 4 + 4] == count).all()

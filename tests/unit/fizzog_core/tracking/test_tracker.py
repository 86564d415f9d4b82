"""Numbers stay with their faces and hands."""

import pytest

from fizzog_core.tracking.tracker import REMEMBERED_S, Tracker
from fizzog_core.types import FaceResult, FrameResult, HandResult
from tests.support.fakes import make_face, make_hand


def ids(tracker: Tracker, places: list[tuple[float, float]], now_s: float) -> list[int | None]:
    """The numbers that faces at these corners get."""
    faces = tuple(FaceResult(make_face(x, y)) for x, y in places)
    result = tracker.update(FrameResult(640, 480, faces=faces), now_s)
    return [face.track_id for face in result.faces or ()]


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([], []),
        ([[], []], [[], []]),
        ([[(0, 0)], [(10, 5)]], [[1], [1]]),
        ([[(0, 0), (200, 0)], [(205, 0), (4, 0)]], [[1, 2], [2, 1]]),
        ([[(0, 0)], [(300, 300)]], [[1], [2]]),
        ([[(0, 0), (90, 0)], [(60, 0), (150, 0)]], [[1, 2], [2, 3]]),
    ],
    ids=["no frame", "nobody", "moves", "another order", "jumps away", "the nearest pair first"],
)
def test_numbers(frames: list[list[tuple[float, float]]], expected: list[list[int]]) -> None:
    tracker = Tracker()
    assert [ids(tracker, places, number / 30) for number, places in enumerate(frames)] == expected


def test_three_faces_cross_the_picture_and_keep_their_numbers() -> None:
    tracker = Tracker()
    seen = [ids(tracker, [(5 * n, 0), (400 - 5 * n, 120), (200, 240 + 2 * n)], n / 30) for n in range(60)]
    assert seen == [[1, 2, 3]] * 60


def test_a_missed_face_is_not_invented_and_has_its_number_when_it_is_back() -> None:
    tracker = Tracker()
    assert ids(tracker, [(0, 0)], 0.0) == [1]
    assert ids(tracker, [], 0.3) == []
    assert ids(tracker, [(8, 0)], 0.6) == [1]


def test_a_number_is_never_used_twice() -> None:
    tracker = Tracker()
    ids(tracker, [(0, 0)], 0.0)
    for n in range(10):
        ids(tracker, [], n * REMEMBERED_S / 5)
    assert ids(tracker, [(0, 0)], 2 * REMEMBERED_S) == [2]


def test_a_slow_server_keeps_the_numbers() -> None:
    tracker = Tracker()
    assert [ids(tracker, [(0, 0)], 3.0 * n) for n in range(4)] == [[1]] * 4


def test_hands_and_faces_are_numbered_apart_and_a_disabled_search_stays_none() -> None:
    tracker = Tracker()
    hands = tuple(HandResult(make_hand(x)) for x in (0, 150, 300, 450))
    result = tracker.update(FrameResult(640, 480, faces=None, hands=hands), 0.0)
    assert result.faces is None
    assert [hand.track_id for hand in result.hands or ()] == [1, 2, 3, 4]


def test_a_track_ends_by_time_while_its_kind_is_not_detected() -> None:
    tracker = Tracker()
    assert ids(tracker, [(0, 0)], 0.0) == [1]
    for second in range(1, 61):
        tracker.update(FrameResult(640, 480, faces=None), float(second))
    assert ids(tracker, [(0, 0)], 61.0) == [2]
    tracker.update(FrameResult(640, 480, faces=None), 61.3)
    assert ids(tracker, [(0, 0)], 61.6) == [2]

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fizzog_core.labels import EMOTION_VOCABULARIES, EMOTIONS, KEYPOINT_NAMES
from fizzog_core.types import Box, Keypoints, Scores
from tests.support.fakes import make_hand

edges = st.floats(-1e3, 1e3)
boxes = st.builds(
    lambda x, y, w, h: Box(x, y, x + w, y + h), edges, edges, st.floats(0.1, 1e3), st.floats(0.1, 1e3)
)  # fmt: skip


@pytest.mark.parametrize("corners", [(0, 0, 0, 0), (0, 0, 1, 0), (5, 0, 1, 9), (0, float("nan"), 1, 1)])
def test_a_box_has_an_area(corners: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="x1 < x2"):
        Box(*corners)


def test_box_measures() -> None:
    box = Box(10, 20, 40, 60)
    assert (box.width, box.height, box.center) == (30, 40, (25, 40))


@pytest.mark.parametrize(
    ("other", "expected"),
    [(Box(20, 0, 30, 10), 0), (Box(10, 0, 20, 10), 0), (Box(5, 0, 15, 10), 1 / 3), (Box(0, 0, 10, 10), 1)],
)
def test_overlap(other: Box, expected: float) -> None:
    assert Box(0, 0, 10, 10).iou(other) == pytest.approx(expected)


@given(boxes, boxes)
def test_overlap_is_symmetric_and_a_share(a: Box, b: Box) -> None:
    assert a.iou(b) == pytest.approx(b.iou(a))
    assert 0 <= a.iou(b) <= 1 + 1e-9


def test_scores_give_the_best_label() -> None:
    scores = Scores(("a", "b", "c"), np.array([0.2, 0.5, 0.3], dtype=np.float32), threshold=0.5)
    assert (scores.label, scores.score, scores.is_sure) == ("b", 0.5, True)
    assert list(scores.as_dict()) == ["a", "b", "c"]
    assert not Scores(scores.labels, scores.probabilities, threshold=0.51).is_sure


@pytest.mark.parametrize("labels", [(), ("happy", "bored")])
def test_restricting_to_no_or_unknown_labels_is_refused(labels: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="expected labels out of"):
        Scores(EMOTIONS, np.full(7, 1 / 7, dtype=np.float32)).restricted_to(labels)


@given(st.lists(st.floats(0, 1), min_size=7, max_size=7).filter(lambda p: sum(p) > 1e-3), st.sampled_from([5, 6, 7]))
def test_restricted_scores_keep_their_ratios_and_sum_to_one(weights: list[float], count: int) -> None:
    probabilities = (np.array(weights) / sum(weights)).astype(np.float32)
    labels = EMOTION_VOCABULARIES[count]
    scores = Scores(EMOTIONS, probabilities, 0.4).restricted_to(labels)
    assert scores.labels == labels
    assert scores.threshold == 0.4
    assert scores.probabilities.sum() == pytest.approx(1, abs=1e-5)
    kept = probabilities[[EMOTIONS.index(label) for label in labels]]
    if kept.sum() > 1e-6:
        assert scores.probabilities * kept.sum() == pytest.approx(kept, abs=1e-5)


def test_restricted_to_what_has_no_probability_is_uniform() -> None:
    sure = Scores(EMOTIONS, np.eye(7, dtype=np.float32)[1])
    assert sure.restricted_to(("happy", "sad")).probabilities.tolist() == [0.5, 0.5]


def test_scores_and_keypoints_check_their_shapes() -> None:
    with pytest.raises(ValueError, match="expected 2 probabilities"):
        Scores(("a", "b"), np.zeros(3, dtype=np.float32))
    with pytest.raises(ValueError, match="expected points"):
        Keypoints(np.zeros((14, 2), dtype=np.float32))


def test_eye_distance() -> None:
    points = np.zeros((15, 2), dtype=np.float32)
    points[KEYPOINT_NAMES.index("left_eye_center")] = (30, 40)
    assert Keypoints(points).eye_distance_px == 50


def test_a_moved_detection_is_scaled_before_its_offset() -> None:
    hand = make_hand(x=200, y=120, side=60)
    assert hand.moved().box == hand.box
    moved = hand.moved((0.5, 0.25), (10, -20))
    assert moved.box == Box(110, 10, 140, 25)
    assert hand.landmarks_px is not None
    assert moved.landmarks_px == pytest.approx(hand.landmarks_px * (0.5, 0.25, 0.5) + (10, -20, 0))
    assert (moved.score, moved.handedness) == (hand.score, hand.handedness)

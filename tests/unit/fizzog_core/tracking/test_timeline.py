"""Tests of the intervals with one smoothed label, their durations, and the chosen moments."""

from collections.abc import Sequence

import numpy as np
import pytest

from fizzog_core.labels import EMOTIONS
from fizzog_core.tracking import timeline
from fizzog_core.tracking.timeline import Interval, Timeline
from fizzog_core.types import FrameResult, Scores, SmoothedLabel, TrackedResult


def tracked(**labels: tuple[str | None, float]) -> TrackedResult:
    """``tracked(face1=("happy", 0.9))``: the smoothed labels of one frame."""
    smoothed = {}
    for name, (label, score) in labels.items():
        probabilities = np.full(7, (1 - score) / 6, np.float32)
        probabilities[EMOTIONS.index(label or "neutral")] = score
        smoothed[name[:4], int(name[4:])] = SmoothedLabel(Scores(EMOTIONS, probabilities), label, 0.0)
    return TrackedResult(FrameResult(64, 48), smoothed)


def collect(frames: Sequence[tuple[float, TrackedResult]], end_s: float) -> list[tuple]:
    line = Timeline()
    for at_s, frame in frames:
        line.note(frame, at_s)
    return [(s.kind, s.track_id, s.label, s.start_s, s.end_s) for s in line.finish(end_s)]


HAPPY, SAD, UNSURE = ("happy", 0.9), ("sad", 0.8), (None, 0.3)


@pytest.mark.parametrize(
    ("frames", "end_s", "expected"),
    [
        ([], 0, []),
        ([(0, tracked())], 1, []),
        ([(0, tracked(face1=HAPPY))], 1, [("face", 1, "happy", 0, 1)]),
        (
            [(0, tracked(face1=HAPPY)), (1, tracked(face1=HAPPY)), (2, tracked(face1=SAD))],
            3,
            [("face", 1, "happy", 0, 2), ("face", 1, "sad", 2, 3)],
        ),
        # gone from 1 s on; the frame at 0 s held until then
        ([(0, tracked(face1=HAPPY)), (1, tracked()), (2, tracked())], 3, [("face", 1, "happy", 0, 1)]),
        # missed for 0.2 s: there all the time
        (
            [(0, tracked(face1=HAPPY)), (0.2, tracked()), (0.4, tracked(face1=HAPPY)), (0.6, tracked())],
            3,
            [("face", 1, "happy", 0, 0.6)],
        ),
        # missed for longer: two intervals
        (
            [(0, tracked(face1=HAPPY)), (1, tracked()), (2, tracked(face1=HAPPY))],
            3,
            [("face", 1, "happy", 0, 1), ("face", 1, "happy", 2, 3)],
        ),
        (
            [(0, tracked(face1=HAPPY, hand1=UNSURE)), (1, tracked(face2=SAD))],
            2,
            [("face", 1, "happy", 0, 1), ("hand", 1, "not sure", 0, 1), ("face", 2, "sad", 1, 2)],
        ),
    ],
)
def test_stretches(frames: Sequence[tuple[float, TrackedResult]], end_s: float, expected: list[tuple]) -> None:
    assert collect(frames, end_s) == expected


def test_the_peak_is_where_the_label_is_clearest() -> None:
    line = Timeline()
    for at_s, score in enumerate((0.5, 0.9, 0.7)):
        line.note(tracked(face1=("happy", score)), at_s)
    (interval,) = line.finish(3)
    assert (interval.peak_s, interval.peak_score) == (1, pytest.approx(0.9))


def interval(label: str, start_s: float, end_s: float, score: float = 0.9, track_id: int = 1) -> Interval:
    return Interval("face", track_id, label, start_s, end_s, start_s, score)


def test_seconds_per_label_add_up() -> None:
    table = timeline.seconds_per_label([])
    assert len(table) == 0
    intervals = [
        interval("happy", 0, 1),
        interval("sad", 1, 4),
        interval("happy", 4, 6),
        interval("sad", 0, 1, track_id=2),
    ]
    table = timeline.seconds_per_label(intervals)
    assert table[["track_id", "label", "seconds"]].to_numpy().tolist() == [
        [1, "happy", 3],
        [1, "sad", 3],
        [2, "sad", 1],
    ]


@pytest.mark.parametrize(
    ("intervals", "expected"),
    [
        ([], []),
        ([interval("neutral", 0, 9), interval("not sure", 0, 9), interval("none", 0, 9)], []),
        ([interval("happy", 0, 0.4)], []),
        (
            [interval("sad", 5, 6, 0.6), interval("happy", 0, 1, 0.7), interval("sad", 2, 3, 0.8)],
            [("happy", 0), ("sad", 2)],
        ),
        ([interval("happy", n, n + 1, n / 100, track_id=n) for n in range(20)], [("happy", n) for n in range(8, 20)]),
    ],
)
def test_key_moments_are_the_clearest_in_order_of_time(intervals: list[Interval], expected: list[tuple]) -> None:
    assert [(moment.label, moment.peak_s) for moment in timeline.key_moments(intervals)] == expected

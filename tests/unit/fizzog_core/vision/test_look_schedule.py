from __future__ import annotations

import pytest

from fizzog_core.vision.look_schedule import Interval, LookSchedule


def looks(times_s: list[float], interval: Interval) -> list[float]:
    """The times at which the detector runs on a stream with frames at ``times_s``."""
    schedule, seen = LookSchedule(), []
    for time_s in times_s:
        if schedule.due(time_s, interval):
            schedule.looked(time_s)
            seen.append(time_s)
    return seen


@pytest.mark.parametrize(
    ("times_s", "expected"),
    [
        ([], []),
        ([5.0], [5.0]),
        ([0, 0.03, 0.06, 0.09, 0.12, 0.15, 0.18, 0.21, 0.24], [0, 0.12, 0.24]),
        ([0, 0.1, 0.2, 0.3, 0.4], [0, 0.2, 0.4]),  # slow: the time decides
        ([0, 1, 2], [0, 1, 2]),
        ([3, 3.01, 2.0, 2.01], [3, 2.0]),  # another stream, or a damaged one
    ],
)
def test_frames_and_seconds_limit_the_interval(times_s: list[float], expected: list[float]) -> None:
    assert looks(times_s, Interval(frames=4, seconds=0.2)) == expected


def test_a_reset_makes_the_detector_due() -> None:
    schedule, interval = LookSchedule(), Interval(4, 0.2)
    assert schedule.due(0, interval)
    schedule.looked(0)
    assert not schedule.due(0.01, interval)
    schedule.reset()
    assert schedule.due(0.02, interval)

"""Frame rate requested from each camera, and the frames that are analysed."""

import math

import numpy as np
import pytest

from fizzog_core.live.camera import Pace, drawn_frame_rate, frame_rate


@pytest.mark.parametrize(
    ("visitors", "results_per_s", "expected"),
    [(0, 80, 30), (1, 80, 30), (2, 80, 15), (4, 80, 15), (8, 80, 10), (3, 40, 13.3), (1, 12, 12), (8, 12, 5)],
)
def test_visitors_send_the_frames_that_the_machine_can_analyse(
    visitors: int, results_per_s: float, expected: float
) -> None:
    assert frame_rate(visitors, results_per_s) == expected


@pytest.mark.parametrize(
    ("limit", "cores", "expected"),
    [(0, 2, 30), (1, 1, 30), (2, 2, 30), (3, 2, 15), (4, 2, 15), (8, 2, 7.5), (8, 8, 30)],
)
def test_visitors_whose_picture_comes_back_share_the_frame_rate_of_a_core(
    limit: int, cores: int, expected: float
) -> None:
    assert drawn_frame_rate(limit, cores) == expected


@pytest.mark.parametrize(
    ("sent", "rate", "expected"),
    [(30, 30, 30), (30, 15, 15), (30, 10, 10), (15, 15, 15), (15, 10, 10), (30, math.inf, 30)],
)
def test_a_camera_that_sends_too_much_is_analysed_at_its_share(sent: int, rate: float, expected: int) -> None:
    pace, seconds = Pace(), 20
    jitter = np.random.default_rng(0).uniform(-0.15, 0.15, sent * seconds) / sent
    picked = [pace.picks(float(now), rate) for now in np.arange(sent * seconds) / sent + jitter]
    assert sum(picked) / seconds == pytest.approx(expected, rel=0.06)


def test_after_a_pause_the_first_frame_is_analysed_and_no_burst_follows() -> None:
    pace = Pace()
    assert pace.picks(0.0, 10)
    assert [pace.picks(60 + i / 30, 10) for i in range(9)].count(True) <= 4
    assert pace.picks(90.0, 10)

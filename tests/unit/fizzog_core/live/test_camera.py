"""Frame rate requested from each camera."""

import pytest

from fizzog_core.live.camera import drawn_frame_rate, frame_rate


@pytest.mark.parametrize(
    ("visitors", "results_per_s", "expected"),
    [(0, 80, 30), (1, 80, 30), (2, 80, 30), (4, 80, 20), (8, 80, 10), (3, 40, 13.3), (1, 12, 12), (8, 12, 5)],
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

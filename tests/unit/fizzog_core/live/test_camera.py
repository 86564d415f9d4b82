"""Frame rate requested from each camera."""

import pytest

from fizzog_core.live.camera import frame_rate


@pytest.mark.parametrize(
    ("limit", "cores", "expected"),
    [(0, 2, 30), (1, 1, 30), (2, 2, 30), (3, 2, 15), (4, 2, 15), (8, 2, 7.5), (8, 8, 30)],
)
def test_visitors_share_the_frame_rate_of_a_core(limit: int, cores: int, expected: float) -> None:
    assert frame_rate(limit, cores) == expected

"""The number of live visitors follows from a measurement of the analysis and from the cores."""

from __future__ import annotations

import time

import numpy as np
import pytest

from fizzog_core.live import capacity
from fizzog_core.networks.predictor import Networks
from fizzog_core.types import Frame


@pytest.mark.parametrize(
    ("analysis_ms", "cores", "draws", "expected"),
    [(20, 2, True, 2), (20, 2, False, 7), (10, 2, True, 4), (20, 1, True, 1), (1000, 1, False, 1), (20, 8, False, 28)],
)
def test_visitors_for_an_analysis_time(
    analysis_ms: float, cores: int, draws: bool, expected: int, astronaut: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """20 ms on two cores: 2000 / 20 * 0.63 * 0.9 is 56.7 drawn results a second, 25 for each visitor.

    Without drawing 2000 / 20 * 0.8 * 0.9 is 72, ten for each visitor.
    """
    monkeypatch.setattr(capacity, "analysis_ms", lambda *_: analysis_ms)
    found = capacity.Capacity(cores, draws)
    assert found.measure(None, astronaut) == analysis_ms  # type: ignore[arg-type]
    assert found.visitors == expected


def test_the_measurement_contains_the_networks(
    tiny_networks: Networks, astronaut: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain_ms = capacity.analysis_ms(tiny_networks, astronaut)
    predict = tiny_networks.keypoints.predict

    def slower(batch: np.ndarray) -> np.ndarray:
        until_s = time.thread_time() + 0.05
        while time.thread_time() < until_s:
            pass
        return predict(batch)

    monkeypatch.setattr(tiny_networks.keypoints, "predict", slower)
    assert capacity.analysis_ms(tiny_networks, astronaut) > plain_ms + 40

"""Analyzers shared by threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

from fizzog_core.networks.predictor import Networks
from fizzog_core.types import Frame
from fizzog_core.vision.analyzer_pool import AnalyzerPool
from tests.support.fakes import FakeDetector, make_face


class Closing(FakeDetector):
    closed = 0

    def close(self) -> None:
        type(self).closed += 1


@pytest.mark.parametrize("size", [0, 1, 3])
def test_each_thread_has_its_own_analyzer_and_all_are_closed(size: int, tiny_networks: Networks) -> None:
    Closing.closed = 0
    together = Barrier(max(size, 1))
    frame: Frame = np.zeros((64, 64, 3), dtype=np.uint8)

    def work(_: int) -> int:
        with pool.borrow() as analyzer:
            together.wait(10)
            return id(analyzer) if analyzer.analyze(frame).faces else 0

    with AnalyzerPool(size, lambda: Closing((make_face(5, 5, 30),)), lambda _: tiny_networks) as pool:  # type: ignore[arg-type, return-value]
        with ThreadPoolExecutor(max(size, 1)) as threads:
            used = set(threads.map(work, range(size)))
        assert len(used - {0}) == size
    assert Closing.closed == size

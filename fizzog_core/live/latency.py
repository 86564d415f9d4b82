"""Latency and frame rates of a live session over the last seconds."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

WINDOW_S = 10.0
"""Length of the sliding window, in seconds."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Figures of a session.

    ``p50_ms`` and ``p95_ms``: time from a frame's arrival at the server to its result, None before the first result.
    ``received``, ``analysed`` and ``dropped``: counts since the start; a frame is dropped when a newer one replaces it
    before its analysis, or above the visitor's share. ``stage_ms``: mean time of each stage of the analysis, defined at
    ``Analyzer.analyze``.
    """

    p50_ms: float | None = None
    p95_ms: float | None = None
    results_per_s: float = 0.0
    shown_per_s: float = 0.0
    received: int = 0
    analysed: int = 0
    dropped: int = 0
    stage_ms: dict[str, float] = field(default_factory=dict)


class Meter:
    """Not thread-safe: the owner holds a lock. All times are in seconds of one monotonic clock."""

    def __init__(self) -> None:
        self._shown: deque[float] = deque()
        self._results: deque[tuple[float, float, dict[str, float]]] = deque()
        self._received = self._analysed = self._dropped = 0

    def receive(self) -> None:
        self._received += 1

    def drop(self) -> None:
        self._dropped += 1

    def show(self, now_s: float) -> None:
        self._shown.append(now_s)
        self._forget(now_s)

    def analyse(self, arrived_s: float, now_s: float, stage_ms: dict[str, float]) -> None:
        """Records the result of the frame that arrived at ``arrived_s``."""
        self._analysed += 1
        self._results.append((now_s, 1000 * (now_s - arrived_s), stage_ms))
        self._forget(now_s)

    def read(self, now_s: float) -> Reading:
        self._forget(now_s)
        times = [ms for _, ms, _ in self._results]
        p50, p95 = (float(p) for p in np.percentile(times, (50, 95))) if times else (None, None)
        stages: dict[str, list[float]] = {}
        for _, _, stage_ms in self._results:
            for name, ms in stage_ms.items():
                stages.setdefault(name, []).append(ms)
        return Reading(
            p50_ms=p50,
            p95_ms=p95,
            results_per_s=_rate([at for at, _, _ in self._results], now_s),
            shown_per_s=_rate(list(self._shown), now_s),
            received=self._received,
            analysed=self._analysed,
            dropped=self._dropped,
            stage_ms={name: float(np.mean(values)) for name, values in stages.items()},
        )

    def _forget(self, now_s: float) -> None:
        while self._shown and now_s - self._shown[0] > WINDOW_S:
            self._shown.popleft()
        while self._results and now_s - self._results[0][0] > WINDOW_S:
            self._results.popleft()


def _rate(times_s: list[float], now_s: float) -> float:
    """Events a second over the window, or over the time since the first of them if that is shorter."""
    if len(times_s) < 2:
        return 0.0
    return (len(times_s) - 1) / max(now_s - times_s[0], 1e-3)

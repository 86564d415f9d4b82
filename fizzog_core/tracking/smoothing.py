"""Smooths labels over time: an exponential average of the probabilities, then hysteresis on the label."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fizzog_core.types import Scores, SmoothedLabel

WINDOW_S = 0.35
"""Time constant of the average in seconds: after it, a change has reached 63 %."""
LEAD = 0.1
"""The held label is replaced when another label's averaged probability exceeds its own by this margin, ..."""
SLACK = 0.1
"""... or when its own falls this far below the rejection threshold."""


@dataclass(slots=True)
class _State:
    labels: tuple[str, ...]
    mean: NDArray[np.float64]
    label: str | None
    since_s: float
    seen_s: float


class Smoother:
    """Holds the averages and labels of all tracks of one stream. Not thread-safe."""

    def __init__(self) -> None:
        self._states: dict[Hashable, _State] = {}

    def update(
        self, key: Hashable, raw: Scores, now_s: float, vocabulary: Sequence[str] | None = None
    ) -> SmoothedLabel:
        """Add the prediction ``raw`` of the track ``key`` at time ``now_s``; returns the smoothed label.

        ``vocabulary``: the labels to choose from, all by default. The whole distribution is averaged and restricted
        afterwards, so that a change of vocabulary takes effect at once.
        """
        state = self._states.get(key)
        fresh = raw.probabilities.astype(np.float64)
        if state is None or state.labels != raw.labels:
            state = self._states[key] = _State(raw.labels, fresh, None, now_s, now_s)
        else:
            share = 1 - math.exp(-max(0.0, now_s - state.seen_s) / WINDOW_S)
            state.mean = state.mean + share * (fresh - state.mean)
        state.seen_s = now_s
        scores = Scores(raw.labels, state.mean.astype(np.float32), raw.threshold)
        scores = scores.restricted_to(vocabulary) if vocabulary else scores
        label = _next_label(state.label, scores)
        if label != state.label:
            state.label, state.since_s = label, now_s
        return SmoothedLabel(scores, label, state.since_s)

    def keep(self, keys: Collection[Hashable], now_s: float, for_s: float = 3.0) -> None:
        """Remove tracks that are not in ``keys`` and were last updated more than ``for_s`` seconds ago."""
        self._states = {k: s for k, s in self._states.items() if k in keys or now_s - s.seen_s <= for_s}


def _next_label(held: str | None, scores: Scores) -> str | None:
    if held in scores.labels:
        own = float(scores.probabilities[scores.labels.index(held)])
        if own >= scores.threshold - SLACK and scores.score - own < LEAD:
            return held
    return scores.label if scores.is_sure else None

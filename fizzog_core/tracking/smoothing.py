"""Labels that do not flicker: averaged over a short window, and held until another one clearly leads."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fizzog_core.types import Scores, SmoothedLabel

WINDOW_S = 0.35
"""Time constant of the average: a change of face is two thirds there after so long."""
LEAD = 0.1
"""Another label takes over when it leads the held one by so much, ..."""
SLACK = 0.05
"""... and a held label is kept until its probability is so far below the threshold."""


@dataclass(slots=True)
class _State:
    mean: NDArray[np.float64]
    label: str | None
    since_s: float
    seen_s: float


class Smoother:
    """Keeps a steady label for each thing of one stream. Not safe for several threads."""

    def __init__(self) -> None:
        self._states: dict[Hashable, _State] = {}

    def update(
        self, key: Hashable, raw: Scores, now_s: float, vocabulary: Sequence[str] | None = None
    ) -> SmoothedLabel:
        """Take in what the network said of ``key`` at ``now_s``.

        ``vocabulary``: the labels to choose from, all by default. The whole distribution is averaged and then
        restricted, so that another vocabulary counts at once and loses nothing.
        """
        state = self._states.get(key)
        fresh = raw.probabilities.astype(np.float64)
        if state is None or state.mean.shape != fresh.shape:
            state = self._states[key] = _State(fresh, None, now_s, now_s)
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
        """Forget what is neither in ``keys`` nor was seen in the last ``for_s`` seconds."""
        self._states = {k: s for k, s in self._states.items() if k in keys or now_s - s.seen_s <= for_s}


def _next_label(held: str | None, scores: Scores) -> str | None:
    if held in scores.labels:
        own = float(scores.probabilities[scores.labels.index(held)])
        if own >= scores.threshold - SLACK and scores.score - own < LEAD:
            return held
    return scores.label if scores.is_sure else None

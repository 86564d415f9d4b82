"""Reads each face against its own resting face, which is estimated while the face is tracked.

People's neutral faces differ, and a network reads the difference as an expression. Reason and figures:
docs/decisions/055-resting-face.md.
"""

from __future__ import annotations

import dataclasses
import math
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fizzog_core.types import Scores

SHARE = 0.35
"""Share of the resting face's logits that is subtracted when the estimate has its whole weight."""
HALF_S = 5.0
"""Seconds of a track after which the running estimate has half of its weight."""
RELAX_S = 3.0
"""Seconds after a request in which the visitor relaxes the face."""
FEWEST_RELAXED = 3
"""Observations in these seconds below which a track keeps the running estimate."""
EVERY_S, KEPT = 0.2, 300
"""Shortest time between two observations of a track, and how many of the newest are kept: one minute."""
SMALLEST = 1e-4
"""Probabilities are raised to this value before their logarithm."""


@dataclass(frozen=True, slots=True)
class RestingChoice:
    """The visitor's choice.

    ``on``: faces are read against their resting faces. ``since_s``: observations before this time are forgotten.
    ``requested``: the visitor relaxes the face for RELAX_S from ``since_s`` on, and only that time counts.
    """

    on: bool = False
    since_s: float = -math.inf
    requested: bool = False

    def relaxing_s(self, now_s: float) -> float:
        """Seconds that are left of a request, 0 without one."""
        return max(0.0, self.since_s + RELAX_S - now_s) if self.requested else 0.0


def logits(probabilities: NDArray) -> NDArray[np.float64]:
    """(K,) logarithms of ``probabilities`` (K,), with a mean of 0."""
    found = np.log(np.maximum(probabilities.astype(np.float64), SMALLEST))
    return found - found.mean()


def read_against(probabilities: NDArray, resting: NDArray, share: float) -> NDArray[np.float32]:
    """Probabilities (K,) after the change of the logits against ``resting`` (K,) is multiplied by ``1 / (1 - share)``.

    ``share``: 0 to less than 1; 0 changes nothing. The most probable label is that of the logits minus ``share`` times
    the resting ones. A face that equals its resting face keeps its probabilities.
    """
    changed = resting + (logits(probabilities) - resting) / (1 - share)
    odds = np.exp(changed - changed.max())
    return (odds / odds.sum()).astype(np.float32)


@dataclass(slots=True)
class _Track:
    seen: deque[tuple[float, NDArray[np.float64]]] = field(default_factory=lambda: deque(maxlen=KEPT))
    resting: NDArray[np.float64] | None = None
    """Median of the logits in ``seen``; None until it is computed."""
    updated_s: float = -math.inf


class RestingFaces:
    """Estimates the resting faces of one stream's tracks. Not thread-safe."""

    def __init__(self) -> None:
        self._tracks: dict[int, _Track] = {}

    def update(self, track_id: int, raw: Scores, now_s: float, choice: RestingChoice) -> Scores:
        """``raw``, the whole distribution of the track at time ``now_s``, read against the track's resting face.

        Without a request the estimate is the median over the last minute, and its weight rises from 0 with the track's
        length. After a request it is the median over the requested seconds, with its whole weight.
        """
        if not choice.on:
            return raw
        track = self._tracks.setdefault(track_id, _Track())
        track.updated_s = now_s
        while track.seen and track.seen[0][0] < choice.since_s:
            track.seen.popleft()
            track.resting = None
        relaxed = choice.requested and _relaxed(track, choice) >= FEWEST_RELAXED
        if choice.relaxing_s(now_s) or not relaxed:
            _observe(track, raw, now_s)
        share = _share(track, relaxed, choice, now_s)
        if share == 0:
            return raw
        if track.resting is None:
            track.resting = np.median([own for _, own in track.seen], axis=0)
        return dataclasses.replace(raw, probabilities=read_against(raw.probabilities, track.resting, share))

    def keep(self, track_ids: Collection[int], now_s: float, for_s: float = 3.0) -> None:
        """Remove tracks that are not in ``track_ids`` and were last updated more than ``for_s`` seconds ago."""
        self._tracks = {n: t for n, t in self._tracks.items() if n in track_ids or now_s - t.updated_s <= for_s}


def _relaxed(track: _Track, choice: RestingChoice) -> int:
    return sum(at_s <= choice.since_s + RELAX_S for at_s, _ in track.seen)


def _observe(track: _Track, raw: Scores, now_s: float) -> None:
    if not track.seen or now_s - track.seen[-1][0] >= EVERY_S:
        track.seen.append((now_s, logits(raw.probabilities)))
        track.resting = None


def _share(track: _Track, relaxed: bool, choice: RestingChoice, now_s: float) -> float:
    if choice.relaxing_s(now_s):
        return 0.0
    if relaxed:
        return SHARE
    seen_s = (len(track.seen) - 1) * EVERY_S
    return SHARE * seen_s / (seen_s + HALF_S)

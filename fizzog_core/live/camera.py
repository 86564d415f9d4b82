"""Frame rates: what a visitor's camera is asked for, and how many of its frames are analysed."""

from __future__ import annotations

import math

FULL_RATE = 30.0
"""Highest frame rate requested from a camera, in frames per second."""
SHARED_RATE = 15.0
"""The same while other visitors are live, too, and the browser draws: it moves the drawing between two results."""
LEAST_RATE = 5.0
EARLY = 0.25
"""A frame may come sooner than the rate allows by this share of the interval, because cameras are not exact."""


def frame_rate(visitors: int, results_per_s: float) -> float:
    """Frames per second to request from each camera if ``visitors`` share ``results_per_s`` results.

    A frame without a result is received and decoded for nothing, and frames above the decoding rate queue before the
    decoder, so that the delay of every result grows.
    """
    most = FULL_RATE if visitors <= 1 else SHARED_RATE
    return round(min(most, max(LEAST_RATE, results_per_s / max(1, visitors))), 1)


def drawn_frame_rate(limit: int, cores: int) -> float:
    """The same where the server draws the picture and sends it back, for up to ``limit`` visitors.

    Each core serves 30 frames per second, shared among its visitors, even before all of them are live.
    """
    return FULL_RATE / max(1, -(-limit // cores))


class Pace:
    """Picks frames of a camera that sends more of them than are to be analysed. Not thread-safe."""

    def __init__(self) -> None:
        self._due_s = -math.inf

    def picks(self, now: float, rate: float) -> bool:
        """Whether the frame that arrives ``now`` (seconds) is analysed, at ``rate`` frames per second."""
        interval_s = 1 / rate
        if now < self._due_s - EARLY * interval_s:
            return False
        after_a_pause = now > self._due_s + interval_s
        self._due_s = (now if after_a_pause else self._due_s) + interval_s
        return True

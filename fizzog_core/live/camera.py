"""Frame rate to request from a visitor's camera."""

from __future__ import annotations

FULL_RATE = 30.0
"""Highest frame rate requested from a camera, in frames per second."""
LEAST_RATE = 5.0


def frame_rate(visitors: int, results_per_s: float) -> float:
    """Frames per second to request from each camera if ``visitors`` share ``results_per_s`` results.

    A frame without a result is received and decoded for nothing, and frames above the decoding rate queue before the
    decoder, so that the delay of every result grows.
    """
    return round(min(FULL_RATE, max(LEAST_RATE, results_per_s / max(1, visitors))), 1)


def drawn_frame_rate(limit: int, cores: int) -> float:
    """The same where the server draws the picture and sends it back, for up to ``limit`` visitors.

    Each core serves 30 frames per second, shared among its visitors, even before all of them are live.
    """
    return FULL_RATE / max(1, -(-limit // cores))

"""Frame rate to request from a visitor's camera."""

from __future__ import annotations

FULL_RATE = 30
"""Highest frame rate requested from a camera, in frames per second."""


def frame_rate(limit: int, cores: int) -> float:
    """Frames per second to request from each camera while up to ``limit`` visitors may be live on ``cores`` cores.

    Each core serves 30 frames per second, shared among its visitors. Frames above the decoding rate queue before the
    decoder, and the delay of every result grows.
    """
    return FULL_RATE / max(1, -(-limit // cores))

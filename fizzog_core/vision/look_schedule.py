"""When the detector runs on a frame of a stream; the frames in between only follow what is in view."""

from __future__ import annotations

import math
from typing import NamedTuple


class Interval(NamedTuple):
    """Longest interval between two runs of a detector: the limit that is reached first applies."""

    frames: int
    seconds: float


class LookSchedule:
    """Counts the frames and the time since the detector last ran on a stream. Not thread-safe.

    The seconds matter where few frames a second are analysed: on a slow server, or in a sampled video.
    """

    def __init__(self) -> None:
        self._frames = 0
        self._looked_s = -math.inf

    def due(self, time_s: float, interval: Interval) -> bool:
        """Whether the detector has to run on the next frame, whose time in the stream is ``time_s``.

        Call it once a frame. True also if the time decreases.
        """
        self._frames += 1
        return self._frames >= interval.frames or not 0 <= time_s - self._looked_s < interval.seconds

    def looked(self, time_s: float) -> None:
        """The detector ran on the frame at ``time_s``."""
        self._frames, self._looked_s = 0, time_s

    def reset(self) -> None:
        """Makes the detector due on the next frame."""
        self._looked_s = -math.inf

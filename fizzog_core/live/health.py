"""What a live session knows about its frames, results and failures, and the sentence about the present problem."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fizzog_core.errors import FizzogError

MIN_SIDE_PX = 16
"""Frames with a shorter side are shown and not analysed."""
DRAWN_FOR_S = 1.5
"""Longest time for which a result is drawn on later frames, so that no outdated boxes are shown."""
STALL_S = 3.0
"""The page shows a notice after this time without a frame or a result."""
NOTICE_S = 10.0
"""Time for which a failure is shown after it is over."""


@dataclass(slots=True)
class Health:
    """Times in seconds of the session's clock. Not thread-safe: the session calls it under its lock.

    ``started_s``: arrival of the first frame after a pause. ``small``: height and width of a frame that is too small.
    """

    arrived_s: float = -math.inf
    started_s: float = -math.inf
    seen_s: float = -math.inf
    failed_s: float = -math.inf
    failure: str = ""
    small: tuple[int, int] | None = None

    @property
    def started(self) -> bool:
        """Whether a frame has arrived since the camera's start."""
        return self.arrived_s > -math.inf

    def arrive(self, size: tuple[int, int], now: float) -> bool:
        """Notes a frame of ``size`` (height, width); returns whether it is large enough for the analysis."""
        if not self.streaming(now):
            self.started_s = now
        self.arrived_s = now
        self.small = size if min(size) < MIN_SIDE_PX else None
        return self.small is None

    def streaming(self, now: float) -> bool:
        """Whether frames arrive."""
        return now - self.arrived_s <= STALL_S

    def is_drawn(self, now: float) -> bool:
        """Whether the newest result is new enough to be drawn."""
        return now - self.seen_s <= DRAWN_FOR_S

    def fail(self, error: Exception, now: float) -> None:
        """Notes that a frame's analysis failed."""
        self.failure = (
            str(error) if isinstance(error, FizzogError) else f"A frame could not be analysed ({_brief(error)})."
        )
        self.failed_s = now

    def fail_listener(self, name: str, error: Exception, now: float) -> None:
        """Notes that a listener failed."""
        self.failure, self.failed_s = f"The {name} failed ({_brief(error)}).", now

    def notice(self, works: bool, now: float) -> str:
        """The present problem in a sentence, or empty. ``works``: a result came after the last failure."""
        if not self.started:
            return ""
        if not self.streaming(now):
            return f"The camera has sent no picture for {now - self.arrived_s:.0f} s. It continues by itself."
        if self.small is not None:
            height, width = self.small
            return f"The camera sends pictures of {width} x {height} pixels, which is too small for the analysis."
        if now - self.failed_s <= NOTICE_S:
            return f"{self.failure} {'It works again.' if works else 'The analysis tries again with new frames.'}"
        if now - max(self.seen_s, self.started_s) > STALL_S:
            first = "it loads the networks, or " if self.seen_s == -math.inf else ""
            return f"The analysis has no result at the moment: {first}the server is busy. It continues by itself."
        return ""


def _brief(error: Exception) -> str:
    first = str(error).strip().splitlines()[:1]
    return ": ".join([type(error).__name__, *first])[:200]

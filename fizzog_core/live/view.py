"""What a live session tells a page."""

from __future__ import annotations

from dataclasses import dataclass, field

from fizzog_core.live.latency import Reading
from fizzog_core.live.session_log import Entry
from fizzog_core.replies.scheduler import Reply
from fizzog_core.types import TrackedResult


@dataclass(frozen=True, slots=True, eq=False)
class LiveView:
    """State of a session at one moment, for a page.

    ``notice``: the present problem in a sentence, or empty. ``waiting``: the visitor waits for a slot, and needs no
    frames to be decoded.
    """

    streaming: bool = False
    seen: TrackedResult | None = None
    speed: Reading = field(default_factory=Reading)
    reply: Reply | None = None
    notice: str = ""
    waiting: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    timeline: tuple[Entry, ...] = ()
    elapsed_s: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class TimedResult:
    """A result and the times of its frame.

    ``arrived_s``: arrival at the server, in seconds of the session's clock. ``captured_s``: capture, in seconds since
    1970 by the browser's clock; None while the browser has not sent that clock.
    """

    seen: TrackedResult
    arrived_s: float
    captured_s: float | None = None

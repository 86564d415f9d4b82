"""State that the live page keeps for a visitor between two runs of the page."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import pyarrow as pa
from streamlit_webrtc import WebRtcStreamerContext

from fizzog_core.errors import FizzogError
from fizzog_core.live.camera import FULL_RATE
from fizzog_core.live.game import Game
from fizzog_core.live.session import LiveSession
from fizzog_core.types import Frame, FrameResult, HandResult
from pages.ui.live.doctor import Browser
from pages.ui.server.live_results import Visit
from pages.ui.state import state_of


@dataclass(frozen=True, slots=True)
class Lesson:
    """A hand shape that is being taught: its name, when it began (``time.monotonic``), and the hands since then."""

    name: str
    began_s: float
    hands: list[HandResult] = field(default_factory=list)


@dataclass(slots=True)
class LiveState:
    """State of one visitor's live page; the defaults are those of a new visit."""

    consent: bool = False
    session: LiveSession | None = None
    # camera
    browser: Browser = field(default_factory=Browser)
    turn_server: dict[str, Any] = field(default_factory=dict)
    turn_server_made_s: float = 0.0
    """``time.time`` at which the TURN credentials were made."""
    component_lock: threading.Lock = field(default_factory=threading.Lock)
    """One run of the page at a time changes streamlit-webrtc's context."""
    connection: str | None = None
    """The SDP line that names the browser's present connection."""
    connecting_since_s: float | None = None
    facing: Literal["user", "environment"] = "user"
    """The camera on the visitor's side of a phone, or the one on its back."""
    context: WebRtcStreamerContext | None = None
    """streamlit-webrtc's record of the stream."""
    frames_per_s: float = FULL_RATE
    """The frame rate that the stream's camera is requested to send."""
    # drawing
    visit: Visit | None = None
    """The stream of the results."""
    fallen: str = ""
    """Why the browser does not draw, empty if it does."""
    # reply
    sound: str = ""
    """The address of the last reply's sound."""
    sound_number: int | None = None
    # panels
    snapshot: tuple[Frame, FrameResult] | None = None
    toast: str = ""
    """What the next run of the page says in passing."""
    log: pa.Table | None = None
    game: Game | None = None
    lesson: Lesson | None = None
    taught: str = ""
    """The name of a hand shape that was taught and not yet announced."""
    teach_problem: FizzogError | None = None
    loaded_file: str = ""
    """Streamlit's identifier of the last file of hand shapes that was read."""


state = partial(state_of, LiveState)
"""Returns this visitor's state."""

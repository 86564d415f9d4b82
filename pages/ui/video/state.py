"""State that the video page keeps for a visitor between two runs of the page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from pages.ui.state import state_of
from pages.ui.video.run import Outcome


@dataclass(slots=True)
class VideoState:
    """State of one visitor's video page; the defaults are those of a new visit."""

    outcome: Outcome | None = None
    file_id: str = ""
    """Streamlit's identifier of the file whose result is ``outcome``."""
    cancelled: bool = False
    """Whether the visitor has cancelled and was not yet told so."""
    seeks: int = 0
    """How often the visitor has jumped to a time of the video."""
    start_s: int = 0
    """The time of the last jump."""


state = partial(state_of, VideoState)
"""Returns this visitor's state."""

"""The visitor's live session and its settings."""

from __future__ import annotations

import dataclasses
import math

import streamlit as st

from fizzog_core import settings
from fizzog_core.live.analysis_thread import Mode, live_analyzers
from fizzog_core.live.camera import frame_rate
from fizzog_core.live.session import LiveSession
from fizzog_core.replies.scheduler import COOLDOWN_RANGE_S, COOLDOWN_S
from pages.ui import loaders, options
from pages.ui.live import game, resting
from pages.ui.live.state import state
from pages.ui.server import addresses, metrics

MODE_WORDS: dict[Mode, str] = {"both": "Both", "emotions": "Emotions", "gestures": "Gestures"}


def session() -> LiveSession:
    """This visitor's session, for the whole visit. The first frame waits until the networks are loaded."""
    kept = state()
    if kept.session is None:
        kept.session = LiveSession(
            live_analyzers(loaders.networks), loaders.slots(), rate=_rate, network=addresses.of_visitor()
        )
        kept.session.listeners["metrics"] = lambda seen, _: metrics.site().stages("live", seen.result.stage_ms)
    return kept.session


def _rate() -> float:
    """Frames per second of each visitor that are analysed now. A camera keeps the rate of its start, which can be too
    high once others are live."""
    if settings.get().live_drawing == "server":
        return math.inf  # the few results that several visitors get there are needed for their pictures
    return frame_rate(loaders.slots().taken, loaders.live_capacity().results_per_s)


@st.fragment
def choose(live: LiveSession) -> None:
    """Show the controls. A choice takes effect with the next frame; the stream continues."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        mode = st.radio("Look for", list(MODE_WORDS), format_func=MODE_WORDS.__getitem__, horizontal=True)
        keypoints = st.toggle("Show keypoints", value=True)
        with st.popover("Settings", icon=":material/tune:"):
            vocabulary = len(options.choose_vocabulary())
            language = options.choose_language()
            low, high = COOLDOWN_RANGE_S
            cooldown_s = st.slider("Seconds between replies", int(low), int(high), int(COOLDOWN_S))
            resting.choose(live)
    if game.running():
        mode, vocabulary = "both", 7
    live.options = dataclasses.replace(
        live.options, mode=mode, vocabulary=vocabulary, keypoints=keypoints, language=language, cooldown_s=cooldown_s
    )


def voice_choice() -> tuple[bool, float]:
    """Whether replies are muted, and their volume 0..1."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        muted = st.toggle("Mute the voice", help="The captions stay.", key="live_muted")
        volume = st.slider("Volume", 0, 100, 80, disabled=muted, format="%d %%", width=220, key="live_volume")
    return muted, volume / 100

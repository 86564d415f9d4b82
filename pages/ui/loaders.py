"""Cached objects: networks and voice for the whole process, a picture's result for its visitor."""

from __future__ import annotations

import gc
from pathlib import Path

import streamlit as st

from fizzog_core import settings
from fizzog_core.media import images
from fizzog_core.networks import loading
from fizzog_core.networks.batching import Engine
from fizzog_core.networks.predictor import Networks
from fizzog_core.replies.voice import Voice
from fizzog_core.runtime.slots import Slots
from fizzog_core.types import Frame, FrameResult
from fizzog_core.vision.analyzer import Analyzer
from fizzog_core.vision.detector import Detector

LOGO = settings.ROOT / "pages" / "ui" / "logo.svg"
SAMPLE = settings.ROOT / "samples" / "astronaut.png"


@st.cache_resource(show_spinner=False)
def networks() -> Networks:
    """The published networks. Raises ModelError."""
    loaded = loading.load_all(settings.get().models)
    gc.freeze()
    return loaded


@st.cache_resource(show_spinner=False)
def analyzer() -> Analyzer:
    """The pictures' analyzer. Raises ModelError."""
    return Analyzer(Detector("image"), networks())


@st.cache_resource(show_spinner=False)
def engine() -> Engine:
    """The worker that all live visitors share. Raises ModelError."""
    return Engine(networks())


@st.cache_resource(show_spinner=False)
def slots() -> Slots:
    """One slot for each live visitor."""
    return Slots(settings.get().max_live)


@st.cache_resource(show_spinner=False)
def voice() -> Voice:
    return Voice(settings.get().cache)


@st.cache_resource(show_spinner=False)
def sample(path: Path = SAMPLE) -> tuple[Frame, FrameResult]:
    """The shipped picture and what is in it. Raises ModelError."""
    frame = images.read(path)
    return frame, analyzer().analyze(frame)


@st.cache_resource(show_spinner=False, scope="session", max_entries=20)
def picture(data: bytes) -> tuple[Frame, FrameResult]:
    """A visitor's picture and its result, deleted when the visit ends. Raises PictureError and ModelError."""
    frame = images.decode(data)
    return frame, analyzer().analyze(frame)

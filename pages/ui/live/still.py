"""A snapshot or a picture, for browsers without live video."""

from __future__ import annotations

import hashlib

import streamlit as st

from fizzog_core.errors import FizzogError
from fizzog_core.labels import EMOTION_VOCABULARIES
from fizzog_core.live.session import LiveSession
from fizzog_core.media.images import FORMATS
from pages.ui import result, work
from pages.ui.problem import show_problem


@st.fragment
def show(live: LiveSession) -> None:
    """Analyze a snapshot by the browser, or a file."""
    st.caption("For browsers and networks without live video. You get the same reply for each picture.")
    source = st.segmented_control(
        "Picture from", ["Snapshot", "File"], default="File", required=True, key="live_source"
    )
    if source == "Snapshot":
        given = st.camera_input("Take a snapshot", key="live_shot")
    else:
        given = st.file_uploader("A picture, up to 20 MB", type=list(FORMATS), key="live_file")
    if given is None:
        return
    data = given.getvalue()
    try:
        analyzed = work.picture(data)
    except FizzogError as error:
        show_problem(error, given.name)
        return
    options = live.options
    emotions = EMOTION_VOCABULARIES[options.vocabulary]
    found = analyzed.result.with_emotions(emotions)
    key = hashlib.sha256(data).hexdigest()
    picture, words = st.columns([3, 2], gap="large")
    with picture:
        result.show_picture(analyzed, emotions, key)
    with words:
        result.show_reply(result.reply(found, options.language, key), options.language, key)
        result.show_details(found)

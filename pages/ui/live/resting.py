"""Your resting face: the switch, the request to relax, and the reset."""

from __future__ import annotations

import dataclasses
import time

import streamlit as st

from fizzog_core.live.session import LiveSession
from fizzog_core.tracking.resting_face import RELAX_S, RestingChoice


def choose(live: LiveSession) -> None:
    """Show the switch, and the buttons that learn the resting face again."""
    on = st.toggle(
        "Compare with your resting face",
        value=True,
        help="Fizzog learns how your face looks at rest and reads what changes against it; it stays in this session.",
    )
    if on != live.options.resting.on:
        _set(live, RestingChoice(on=on))
    if on:
        with st.container(horizontal=True):
            relax(live, "settings")
            if st.button("Forget my resting face"):
                _set(live, RestingChoice(on=True, since_s=time.monotonic()))


def relax(live: LiveSession, key: str) -> None:
    """Show the button that learns the resting face from the next seconds."""
    if not live.options.resting.on:
        return
    if st.button(f"Relax your face for {RELAX_S:.0f} seconds", key=f"live_relax_{key}"):
        if not live.view().streaming:
            st.info("Start the camera first.")
            return
        _set(live, RestingChoice(on=True, since_s=time.monotonic(), requested=True))
        st.info("Look at the camera and relax your face.")


def _set(live: LiveSession, resting: RestingChoice) -> None:
    live.options = dataclasses.replace(live.options, resting=resting)

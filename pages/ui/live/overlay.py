"""The visitor's own picture with the results drawn on it by the browser, and what stands beside and below it.

Why, and what comes over which way: docs/decisions/023-drawn-in-the-browser.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components import v2 as components

from fizzog_core import settings
from fizzog_core.live.session import LiveSession
from pages.ui.live import camera
from pages.ui.live.session import voice_choice
from pages.ui.live.state import LiveState, state
from pages.ui.server.live_results import visit_of

BROWSER = Path(__file__).with_name("browser")
OVERLAY = ("motion", "drawing", "camera", "results", "clip", "controls", "overlay")
"""The scripts of the picture's component, each of which uses those before it."""

REASONS = {
    "canvas": "Your browser cannot draw on the picture.",
    "stream": "The results do not reach your browser one by one; a proxy may hold them back.",
    "camera": "Your browser does not show the camera a second time.",
    "muted": "Your camera's frames do not reach the server while you see them; your browser may not give them twice.",
    "cut": "You have left the drawing to the server.",
}


def _component(name: str, *scripts: str) -> Any:
    """A component of files in ``browser/``; its scripts become one."""
    html, css = ((BROWSER / f"{name}.{kind}").read_text(encoding="utf-8") for kind in ("html", "css"))
    js = "\n".join((BROWSER / f"{script}.js").read_text(encoding="utf-8") for script in scripts or (name,))
    return components.component(f"fizzog_{name}", html=html, css=css, js=js, isolate_styles=False)


picture = _component("overlay", *OVERLAY)
bars = _component("bars")
minute = _component("minute")


def is_used() -> bool:
    """Whether the browser draws: the setting says so, it has live video, and it has not failed in this visit."""
    kept = state()
    able = kept.browser.secure and kept.browser.live and not kept.fallen
    return able and settings.get().live_drawing == "browser"


def show(live: LiveSession) -> None:
    """Show the stream that sends the camera, the picture, the caption and the voice."""
    kept = state()
    if kept.visit is None:
        kept.visit = visit_of(live)
    if kept.toast:
        st.toast(kept.toast)
        kept.toast = ""
    above = st.container()
    key = camera.key_of(in_browser=True)
    _show_picture(live, kept, kept.visit.address, key, camera.is_playing(key))
    with above:  # after the picture: to stop a stream takes up to seconds
        kept.visit.problem = camera.stream(live, in_browser=True)


@st.fragment
def _show_picture(live: LiveSession, kept: LiveState, address: str, stream: str, playing: bool) -> None:
    found = picture(
        key="live_overlay",
        data={
            "address": address,
            "stream": stream,
            "playing": playing,
            "facing": kept.facing,
            "muted": bool(st.session_state.get("live_muted")),
            "volume": st.session_state.get("live_volume", 80) / 100,
        },
        default={"fallen": "", "facing": kept.facing},
        on_fallen_change=lambda: None,
        on_facing_change=lambda: None,
        on_snapshot_change=lambda: None,
        on_mute_change=_mute,
    )
    voice_choice()
    _follow(live, kept, found)


def _follow(live: LiveSession, kept: LiveState, found: Any) -> None:
    """Do what the browser asks for."""
    if found.fallen and not kept.fallen:
        kept.fallen = found.fallen
        st.rerun()
    if found.facing in ("user", "environment") and found.facing != kept.facing:
        kept.facing = found.facing
        st.rerun()
    if found.snapshot:
        kept.snapshot = live.snapshot()
        kept.toast = "Your snapshot is in the tab Download." if kept.snapshot else "There is no result yet."
        st.rerun()  # the next run shows the toast; of this one, a message that is still in the queue is lost


def _mute() -> None:
    st.session_state["live_muted"] = not st.session_state.get("live_muted", False)


def show_bars() -> None:
    """Show the bars and the speed."""
    bars(key="live_beside")


def show_minute() -> None:
    """Show the last minute and the count of each label."""
    minute(key="live_minute")


def show_fallen() -> None:
    """Say why the server draws, with a button to try the browser again; nothing if it draws by the setting."""
    kept = state()
    if not kept.fallen:
        return
    reason = REASONS.get(kept.fallen.partition(" ")[0], "Your browser could not draw.")
    with st.container(border=True):
        st.markdown(f"{reason} **The server draws the picture instead**; it comes back a little later.")
        if st.button("Draw in the browser again"):
            kept.fallen = ""
            st.rerun()

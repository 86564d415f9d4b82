"""What the live page needs from the inside of streamlit-webrtc 0.79: docs/decisions/010-live.md."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st
from streamlit.runtime import Runtime
from streamlit_webrtc import WebRtcStreamerContext, component, relay
from streamlit_webrtc.webrtc import WebRtcWorker

from fizzog_core.live import receiving
from fizzog_core.live.webrtc_relay import NewestRelay

Report = dict[str, Any]
"""The last message of the browser's component: ``playing``, and ``sdpOffer`` while it connects."""


def report_key(key: str) -> str:
    """The key in ``st.session_state`` of the report of the stream ``key``."""
    return component.generate_frontend_component_key(key)


def follow_browser(context: WebRtcStreamerContext | None, report: Report | None, connection: str | None) -> str | None:
    """Pass the browser's present state to streamlit-webrtc, and end the old stream if the browser has a new connection.

    ``context``: what streamlit-webrtc keeps under the stream's own key. ``connection``: the return value of the last
    call, None at first. Call it in one run of the page at a time: it takes up to seconds to stop a stream.

    A report exists only while the component is on the page. streamlit-webrtc 0.79 itself takes the component for one
    that was gone if two runs of the page have ended since it was drawn. It counts a run when its last message leaves
    for the browser, so on a busy server two runs can be counted late, and a stream that has just begun ends.

    Returns the line of the offer that names the browser's connection, None before the first offer.
    """
    if context is None or not report:
        return connection
    context._last_rendered_run_count = None  # without it, no run of the page is taken for a return from another page
    offer = report.get("sdpOffer")
    call = offer["sdp"].splitlines()[1] if offer else None  # the "o=" line: one for each connection of the browser
    if call and call != connection:
        if connection:
            component._reset_context(context)
        connection = call
    context._set_state(component.compile_state(report))
    return connection


def receive(context: WebRtcStreamerContext, on: bool) -> None:
    """Have the server drop the browser's frames before they are decoded, or decode them again.

    Without decoded frames nothing is encoded for the browser either.
    """
    worker = context._get_worker()
    if isinstance(worker, WebRtcWorker):
        receiving.receive(worker.pc, on)


def end_others(key: str, keys: Iterable[str]) -> None:
    """End the streams of ``keys`` other than ``key``, which a page no longer shows."""
    for other in keys:
        context = st.session_state.get(other)
        if other != key and context is not None and context._get_worker() is not None:
            component._reset_context(context)


def keep_newest_picture_only() -> None:
    """Replace streamlit-webrtc's media relay by ours: docs/decisions/015-newest-picture-only.md."""
    server = Runtime.instance()
    if not isinstance(getattr(server, relay._SERVER_GLOBAL_RELAY_ATTR_NAME_, None), NewestRelay):
        setattr(server, relay._SERVER_GLOBAL_RELAY_ATTR_NAME_, NewestRelay())

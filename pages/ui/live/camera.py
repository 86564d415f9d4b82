"""The camera: consent first, then the stream, then, if no picture comes, what is wrong and what to do."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import av
import streamlit as st
from streamlit_webrtc import Translations, WebRtcMode, WebRtcStreamerContext, create_video_sink_track, webrtc_streamer
from streamlit_webrtc.credentials import get_available_ice_servers

from fizzog_core import settings
from fizzog_core.errors import SettingsError
from fizzog_core.live import ice_servers as ice
from fizzog_core.live import turn_credentials
from fizzog_core.live.camera import drawn_frame_rate, frame_rate
from fizzog_core.live.session import LiveSession
from fizzog_core.runtime.cpu import available_cores
from fizzog_core.runtime.events import event
from fizzog_core.runtime.slots import Slots
from pages.ui import loaders
from pages.ui.live.doctor import Browser, browser, diagnose
from pages.ui.live.state import LiveState, state
from pages.ui.server import capture_clock, webrtc

CONSENT = """
When you press START, your browser asks whether this page may use your camera. Then:

- a **program analyzes the faces and hands** in the picture: yours, and those of others in view. Ask them first.
- the picture goes to **this server only**, which answers with what it found. The picture is not kept.
- the names of expressions are **guesses about how a face looks**, not about what anybody feels.
"""

NO_SERVERS = "Live video is not set up on this server. A snapshot or a picture can be analysed: see Picture."
"""For visitors; the log says what is wrong."""

KEY = "live"
"""Of the stream whose picture the server draws. The browser's streams have a key for each camera, because
streamlit-webrtc keeps a key's camera."""
KEYS = (KEY, "live-user", "live-environment")
TRANSLATIONS: Translations = {"start": "Start", "stop": "Stop", "select_device": "Choose camera"}


def consent() -> bool:
    """Show the notice before the camera starts; return whether the visitor agreed."""
    if state().consent:
        return True
    with st.container(border=True):
        st.subheader("Before the camera starts")
        st.markdown(CONSENT)
        if st.button("I understand, go on"):
            state().consent = True
            st.rerun()
    return False


def ice_servers() -> list[ice.IceServer]:
    """The STUN and TURN servers of this visit. Raises SettingsError, which names no setting, if there are none."""
    found = settings.get()
    if not found.turn_urls:
        try:
            return _shared_ice_servers()
        except SettingsError as error:
            event("no ice servers", reason=str(error))
            raise SettingsError(NO_SERVERS) from error
    kept = state()
    if time.time() - kept.turn_server_made_s > turn_credentials.LIFETIME_S / 2:
        kept.turn_server_made_s = time.time()
        kept.turn_server = turn_credentials.ice_server(found.turn_urls, found.turn_secret.get_secret_value())
    return [kept.turn_server]


@st.cache_data(ttl=1800, show_spinner=False)
def _shared_ice_servers() -> list[ice.IceServer]:
    """The servers that are the same for all visits."""
    text = settings.get().ice_servers.get_secret_value()
    if text:
        return ice.parse(text)
    sid, token = os.getenv("TWILIO_ACCOUNT_SID"), os.getenv("TWILIO_AUTH_TOKEN")
    if sid and token:
        return ice.from_twilio(sid, token)
    return [dict(server) for server in get_available_ice_servers()]


def key_of(in_browser: bool) -> str:
    """The key of this visit's stream. ``in_browser``: whether the browser draws."""
    return f"live-{state().facing}" if in_browser else KEY


def is_playing(key: str) -> bool:
    """Whether the browser's last report on a stream says that it is connected."""
    report = st.session_state.get(webrtc.report_key(key)) or {}
    return bool(report.get("playing"))


def stream(live: LiveSession, in_browser: bool = False) -> Callable[[], str]:
    """Show the stream with its START button, or a notice if all live slots are in use.

    A START button that is already on the page stays: removing it would lose a click at this moment. If a visitor
    starts the camera while all slots are in use, the session shows a notice.

    Returns a function that returns the present problem as a sentence, empty if there is none.
    """
    slots, kept = loaders.slots(), state()
    found = kept.browser = browser()
    if not (found.secure and found.live):
        if in_browser:
            st.rerun()  # to a page without an own picture
        st.warning(diagnose(found, 0.0, turn=False), icon=":material/healing:")
        return str
    key = key_of(in_browser)
    report_key = webrtc.report_key(key)
    offered = report_key in st.session_state  # the last run of the page had it
    if slots.full and not offered and not live.claim():
        _wait(live)
        return str
    servers = ice_servers()
    with kept.component_lock:
        webrtc.end_others(key, KEYS)
        report = st.session_state.get(report_key)  # may be newer than above: the lock can take seconds
        if not is_playing(key):  # a stream keeps the rate of its start
            kept.frames_per_s = _frame_rate(slots, in_browser)
        kept.connection = webrtc.follow_browser(st.session_state.get(key), report, kept.connection)
        webrtc.keep_newest_picture_only()
        context = kept.context = webrtc_streamer(
            key=key,
            rtc_configuration={"iceServers": servers},
            **(_without_way_back(live, kept, key) if in_browser else _with_way_back(live, kept)),
            async_processing=True,
            sendback_audio=False,
            translations=TRANSLATIONS,
        )
    if not (context.state.playing or context.state.signalling):
        gc.collect()  # an ended stream leaves event loops with open files in circles, and nothing else collects soon
    return partial(_problem, live, context, found, ice.has_turn(servers), kept)


def _frame_rate(slots: Slots, in_browser: bool) -> float:
    """Frames per second that a camera is asked for which starts now."""
    if in_browser:
        return frame_rate(slots.taken + 1, loaders.live_capacity().results_per_s)
    return drawn_frame_rate(slots.limit, available_cores())


def _with_way_back(live: LiveSession, kept: LiveState) -> dict[str, Any]:
    """The arguments of a stream whose pictures are drawn and sent back."""
    return {
        "mode": WebRtcMode.SENDRECV,
        "media_stream_constraints": _constraints(kept.frames_per_s, "user"),
        "video_frame_callback": live.on_frame,
        "on_video_ended": live.on_ended,
    }


def _without_way_back(live: LiveSession, kept: LiveState, key: str) -> dict[str, Any]:
    """The arguments of a stream that is only analysed. A sink has no thread and no queue, unlike a frame callback."""

    def receive(frame: av.VideoFrame) -> None:
        live.receive(frame, capture_clock.captured_s(kept.context, frame))

    return {
        "mode": WebRtcMode.SENDONLY,
        "media_stream_constraints": _constraints(kept.frames_per_s, kept.facing),
        "sink_video_track": create_video_sink_track(receive, key, live.on_ended),
    }


def _constraints(rate: float, facing: str) -> dict[str, object]:
    """Return the media constraints for the camera that is sent; the browser's own picture has its full rate."""
    size = {"width": {"ideal": 640}, "height": {"ideal": 480}}
    return {"video": {**size, "frameRate": {"ideal": rate, "max": rate}, "facingMode": facing}, "audio": False}


@st.fragment(run_every=2.0)
def _wait(live: LiveSession) -> None:
    """Show the visitor's position in the queue; run the page again when there is a slot."""
    if live.claim():
        st.rerun()
    st.info(f"{live.view().notice} You can use a snapshot or a picture below.", icon=":material/hourglass_top:")


def _problem(live: LiveSession, context: WebRtcStreamerContext, found: Browser, turn: bool, kept: LiveState) -> str:
    """The session's notice or the reason why no picture comes; empty if nothing is wrong."""
    webrtc.receive(context, not live.view().waiting or live.claim())
    view = live.view()
    connecting = context.state.playing or context.state.signalling
    if view.streaming or not connecting:
        kept.connecting_since_s = None
    elif kept.connecting_since_s is None:
        kept.connecting_since_s = time.monotonic()
    since_s = kept.connecting_since_s
    waited_s = time.monotonic() - since_s if since_s else 0.0
    if view.streaming:
        return view.notice
    stalled = view.notice  # empty before the first frame, and once the camera has stopped
    return diagnose(found, 0.0 if stalled else waited_s, turn) or stalled

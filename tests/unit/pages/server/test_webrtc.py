"""How the page corrects streamlit-webrtc's record of a stream, on streamlit-webrtc's own context."""

from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.runtime import Runtime
from streamlit_webrtc import WebRtcStreamerContext, component
from streamlit_webrtc.component import WebRtcStreamerState
from streamlit_webrtc.relay import get_global_relay

from fizzog_core.live.webrtc_relay import NewestRelay
from pages.ui.server import webrtc


class Worker:
    """A stream that counts how often it is stopped."""

    stops = 0

    def stop(self) -> None:
        self.stops += 1


def offer(connection: str) -> dict[str, Any]:
    return {"playing": False, "sdpOffer": {"type": "offer", "sdp": f"v=0\r\no=- {connection} 2 IN IP4 127.0.0.1\r\n"}}


def playing(worker: Any) -> WebRtcStreamerContext:
    return WebRtcStreamerContext(worker, WebRtcStreamerState(playing=True, signalling=False))


@pytest.mark.parametrize("report", [None, {}])
def test_without_a_report_nothing_changes(report: dict | None) -> None:
    worker = Worker()
    context = playing(worker)
    assert webrtc.follow_browser(context, report, "o=1") == "o=1"
    assert webrtc.follow_browser(None, offer("1"), None) is None
    assert (context.state.playing, worker.stops) == (True, 0)


def test_a_new_connection_of_the_browser_ends_the_old_stream() -> None:
    worker = Worker()
    context = playing(worker)
    first = webrtc.follow_browser(context, offer("1"), None)
    assert webrtc.follow_browser(context, offer("1"), first) == first
    assert webrtc.follow_browser(context, {"playing": True}, first) == first
    assert (context.state.playing, worker.stops) == (True, 0)
    second = webrtc.follow_browser(context, offer("2"), first)
    assert second != first
    assert worker.stops == 1
    assert (context.state.playing, context.state.signalling) == (False, True)


@pytest.mark.parametrize(("report", "stops"), [({"playing": True}, 0), (None, 1)])
def test_runs_that_are_counted_late_do_not_end_a_stream(
    monkeypatch: pytest.MonkeyPatch, report: dict | None, stops: int
) -> None:
    """Without a report, streamlit-webrtc takes the two runs for runs of another page and ends the stream."""
    worker = Worker()
    context = playing(worker)
    context._last_rendered_run_count = 4
    monkeypatch.setattr(component.st, "session_state", {"live": context})
    monkeypatch.setattr(component, "get_this_session_info", lambda: SimpleNamespace(script_run_count=6))
    webrtc.follow_browser(context, report, "o=1")
    assert component._get_or_create_context("live") is context
    assert worker.stops == stops


def test_the_relay_is_ours_and_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    server = SimpleNamespace()
    monkeypatch.setattr(Runtime, "instance", lambda: server)
    webrtc.keep_newest_picture_only()
    relay = get_global_relay()
    assert isinstance(relay, NewestRelay)
    webrtc.keep_newest_picture_only()
    assert get_global_relay() is relay

"""The live page in process, with the stream's component patched: consent, waiting, fall-backs, doctor, charts."""

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import altair as alt
import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit_webrtc.component import WebRtcStreamerContext, WebRtcStreamerState

from fizzog_core.live.session_log import Entry
from fizzog_core.runtime.slots import Slots
from fizzog_core.tracking.resting_face import RestingChoice
from fizzog_core.types import Scores
from pages.ui import bars, loaders
from pages.ui.live import answer as live_answer
from pages.ui.live import camera, charts, overlay
from pages.ui.live.doctor import Browser, diagnose
from pages.ui.live.state import LiveState
from pages.ui.server import webrtc
from pages.ui.state import key_of
from tests.support.paths import ROOT

FINE = Browser(secure=True, permission="granted", cameras=1)


@pytest.mark.parametrize(
    ("found", "waited_s", "turn", "said"),
    [
        (Browser(), 0, False, ""),
        (FINE, 9, False, ""),
        (FINE, 11, False, "no relay (TURN) is set"),
        (FINE, 11, True, "not even through the relay"),
        (Browser(False, "unknown", -1), 0, False, "without HTTPS"),
        (Browser(False, "unknown", -1, live=False), 0, False, "without HTTPS"),
        (Browser(True, "unknown", 1, live=False), 0, False, "has no live video"),
        (Browser(True, "denied", 1), 0, False, "may not use the camera"),
        (Browser(True, "prompt", 0), 0, True, "No camera is found"),
        (Browser(True, "prompt", 1), 0, True, ""),
    ],
)
def test_the_doctor_names_what_is_wrong(found: Browser, waited_s: float, turn: bool, said: str) -> None:
    answer = diagnose(found, waited_s, turn)
    assert said in answer
    assert bool(answer) == bool(said)


@pytest.fixture
def page(
    tiny_models: Path, tmp_path: Path, set_fizzog: Callable[..., None], played: list, monkeypatch: pytest.MonkeyPatch
) -> AppTest:
    """The page with a stream that never starts, and a browser that is fine."""
    set_fizzog(models=tiny_models, cache=tmp_path, ice_servers="[]", max_live=1, live_drawing="server")
    loaders.close()
    st.cache_data.clear()
    stopped = WebRtcStreamerState(playing=False, signalling=False)
    monkeypatch.setattr(camera, "webrtc_streamer", lambda **_: WebRtcStreamerContext(None, stopped))
    monkeypatch.setattr(camera, "create_video_sink_track", lambda *_: None)  # needs a server
    monkeypatch.setattr(camera, "browser", lambda: FINE)
    monkeypatch.setattr(live_answer, "spoken_caption", lambda **_: None)  # AppTest has no components
    return AppTest.from_file(str(ROOT / "pages" / "live.py"), default_timeout=60)


def agree(page: AppTest) -> AppTest:
    page.run()
    return page.button[0].click().run()


def test_nothing_starts_before_consent(page: AppTest) -> None:
    page.run()
    assert not page.exception
    assert [button.label for button in page.button] == ["I understand, go on"]
    text = " ".join(markdown.value for markdown in page.markdown)
    assert "a program analyzes the faces" in text.replace("*", "")
    assert "guesses about how a face looks" in text


def test_after_consent_the_controls_are_there(page: AppTest) -> None:
    agree(page)
    assert not page.exception
    assert page.radio[0].options == ["Both", "Emotions", "Gestures"]
    [cooldown] = [slider for slider in page.slider if slider.label == "Seconds between replies"]
    assert (cooldown.min, cooldown.max, cooldown.value) == (3, 60, 10)
    assert [tab.label for tab in page.tabs] == [
        "The last minute", "Download", "Test me", "Teach me", "Without live video"
    ]  # fmt: skip


def test_the_camera_does_not_wait_for_the_networks(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(loaders, "networks", lambda: asked.append(True))
    agree(page)
    assert not page.exception
    assert page.tabs
    assert not asked


def test_choices_reach_the_session_without_a_new_one(page: AppTest) -> None:
    agree(page)
    live = page.session_state[key_of(LiveState)].session
    page.radio[0].set_value("gestures").run()
    [vocabulary] = [box for box in page.selectbox if box.label == "Expressions"]
    vocabulary.set_value(5).run()
    assert page.session_state[key_of(LiveState)].session is live
    assert (live.options.mode, live.options.vocabulary) == ("gestures", 5)


def test_one_too_many_is_asked_to_wait(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    full = Slots(1)
    full.acquire("somebody")
    monkeypatch.setattr(loaders, "slots", lambda: full)
    agree(page)
    assert not page.exception
    assert page.info[0].value == (
        "The limit of live visitors (1) is reached. You are the next one. You can use a snapshot or a picture below."
    )
    full.release("somebody")
    page.run()
    assert "A live slot is free. It is kept for you" in page.warning[0].value


@pytest.mark.parametrize("playing", [False, True])
def test_a_start_that_was_offered_stays_where_all_places_are_taken(
    page: AppTest, monkeypatch: pytest.MonkeyPatch, playing: bool
) -> None:
    streams: list[bool] = []

    def stream(**_: object) -> WebRtcStreamerContext:
        streams.append(True)
        st.session_state[webrtc.report_key(camera.KEY)] = None  # Streamlit keeps it for as long as the component stands
        return WebRtcStreamerContext(None, WebRtcStreamerState(playing=playing, signalling=False))

    monkeypatch.setattr(camera, "webrtc_streamer", stream)
    monkeypatch.setattr("fizzog_core.live.health.STALL_S", 0.0)
    agree(page)
    full = Slots(1)
    full.acquire("somebody")
    monkeypatch.setattr(loaders, "slots", lambda: full)
    if playing:
        page.session_state[key_of(LiveState)].session.show(np.zeros((8, 8, 3), np.uint8))
    streams.clear()
    page.run()
    assert not page.exception
    assert streams
    assert not page.info
    assert [warning.value[:30] for warning in page.warning] == ["The camera has sent no picture"] * playing


@pytest.mark.parametrize("drawing", ["browser", "server"])
def test_a_browser_without_live_video_gets_the_other_ways(
    page: AppTest,
    drawn: SimpleNamespace,
    set_fizzog: Callable[..., None],
    drawing: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_fizzog(live_drawing=drawing)
    monkeypatch.setattr(camera, "browser", lambda: Browser(True, "unknown", 1, live=False))
    monkeypatch.setattr(camera, "webrtc_streamer", lambda **_: pytest.fail("a stream that cannot start is shown"))
    agree(page)
    page.run()
    assert not page.exception
    assert ["has no live video" in warning.value for warning in page.warning] == [True]
    assert page.tabs[-1].label == "Without live video"


def test_wrong_ice_servers_are_a_neutral_sentence(
    page: AppTest, set_fizzog: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    set_fizzog(ice_servers='[{"urls": "trun:a", "username": "fizzog-user", "credential": "x"}]')
    caplog.set_level("INFO", logger="fizzog")
    agree(page)
    assert not page.exception
    assert [error.value for error in page.error] == [camera.NO_SERVERS]
    [record] = [record for record in caplog.records if record.msg == "no ice servers"]
    reason = record.fields["reason"]  # type: ignore[attr-defined]
    assert reason.startswith("FIZZOG_ICE_SERVERS cannot be used: server 1 has no stun: or turn: address.")
    assert "fizzog-user" not in reason


def test_each_visit_has_turn_credentials_of_its_own(page: AppTest, set_fizzog: Callable[..., None]) -> None:
    set_fizzog(turn_urls="turn:fizzog.test:3478", turn_secret="s")
    agree(page)
    kept = page.session_state[key_of(LiveState)]
    first = kept.turn_server
    assert first["urls"] == ["turn:fizzog.test:3478"]
    page.run()
    assert kept.turn_server == first
    kept.turn_server_made_s = 0.0
    page.run()
    assert kept.turn_server != first


def test_a_game_and_a_lesson_need_the_camera(page: AppTest) -> None:
    agree(page)
    [start] = [button for button in page.button if button.label == "Start the game"]
    start.click().run()
    assert any("Start the camera first" in info.value for info in page.info)
    [watch] = [button for button in page.button if button.label == "Watch my hand"]
    watch.click().run()
    assert any("give the hand shape a name" in info.value for info in page.info)
    assert not page.exception


def test_the_resting_face_is_a_choice_and_is_learned_with_the_camera(page: AppTest) -> None:
    agree(page)
    live = page.session_state[key_of(LiveState)].session
    assert live.options.resting == RestingChoice(on=True)
    relax = [button for button in page.button if button.label == "Relax your face for 3 seconds"]
    assert len(relax) == 2, "in Settings and before the game"
    relax[0].click().run()
    assert any("Start the camera first" in info.value for info in page.info)
    assert not live.options.resting.requested
    live.show(np.zeros((64, 64, 3), np.uint8))
    relax[1].click().run()
    assert live.options.resting.requested
    assert live.options.resting.relaxing_s(time.monotonic()) > 0
    [forget] = [button for button in page.button if button.label == "Forget my resting face"]
    asked_s = live.options.resting.since_s
    forget.click().run()
    assert not live.options.resting.requested
    assert live.options.resting.since_s > asked_s
    [switch] = [toggle for toggle in page.toggle if toggle.label == "Compare with your resting face"]
    switch.set_value(False).run()
    assert live.options.resting == RestingChoice()
    live.on_ended()
    assert not page.exception


@pytest.fixture
def drawn(page: AppTest, set_fizzog: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What the browser's component asks for on a page whose results the browser draws; AppTest has no components."""
    set_fizzog(live_drawing="browser")
    asked = SimpleNamespace(fallen="", facing="user", snapshot=None, data=[])

    def picture(data: dict, **_: object) -> SimpleNamespace:
        asked.data.append(data)
        return asked

    monkeypatch.setattr(overlay, "picture", picture)
    monkeypatch.setattr(overlay, "bars", lambda **_: None)
    monkeypatch.setattr(overlay, "minute", lambda **_: None)
    return asked


def test_a_snapshot_is_told_in_the_run_after_it(page: AppTest, drawn: SimpleNamespace) -> None:
    agree(page)

    class Once(list):
        def append(self, data: dict) -> None:
            super().append(data)
            drawn.snapshot = len(self) == 1  # a trigger holds for one run

    drawn.data = Once()
    page.run()
    assert [toast.value for toast in page.toast] == ["There is no result yet."]
    assert len(drawn.data) == 2, "the run that begins at once"
    page.run()
    assert not page.toast


def test_the_browser_gets_the_address_of_its_results(page: AppTest, drawn: SimpleNamespace) -> None:
    agree(page)
    assert not page.exception
    kept = page.session_state[key_of(LiveState)]
    assert drawn.data[-1] == {
        "address": kept.visit.address, "stream": "live-user", "playing": False, "facing": "user", "muted": False,
        "volume": 0.8,
    }  # fmt: skip
    page.run()
    assert drawn.data[-1]["address"] == kept.visit.address
    assert kept.visit.problem() == ""
    assert page.tabs[0].label == "The last minute"


def test_a_browser_that_cannot_draw_leaves_it_to_the_server(page: AppTest, drawn: SimpleNamespace) -> None:
    agree(page)
    drawn.fallen = "camera NotReadableError"
    page.run()
    assert not page.exception
    assert page.session_state[key_of(LiveState)].fallen == "camera NotReadableError"
    assert any("The server draws the picture instead" in markdown.value for markdown in page.markdown)
    drawn.fallen = ""
    count = len(drawn.data)
    [again] = [button for button in page.button if button.label == "Draw in the browser again"]
    again.click().run()
    assert len(drawn.data) > count
    assert not any("The server draws" in markdown.value for markdown in page.markdown)


def test_the_other_camera_has_a_stream_of_its_own(page: AppTest, drawn: SimpleNamespace) -> None:
    agree(page)
    drawn.facing = "environment"
    page.run()
    assert not page.exception
    assert (drawn.data[-1]["stream"], drawn.data[-1]["facing"]) == ("live-environment", "environment")


def entry(at_s: float, label: str | None = "happy") -> Entry:
    return Entry(at_s, "face", 1, label, 0.8)


@pytest.mark.parametrize("count", [0, 1, 120])
def test_the_timeline_is_a_chart(count: int) -> None:
    entries = [entry(n / 2, None if n % 3 else "happy") for n in range(count)]
    table, chart = charts.timeline(entries, count / 2)
    assert len(table) == count
    assert alt.Chart.from_dict({"data": {"name": "rows"}} | chart)


def test_the_bars_show_smoothed_and_raw() -> None:
    smoothed = Scores(("happy", "sad"), np.full(2, 0.5, np.float32))
    raw = Scores(("happy", "sad"), np.array([1, 0], np.float32))
    table, chart = bars.probability_bars(smoothed, raw)
    assert table["raw"].tolist() == [1, 0]
    assert table["probability"].tolist() == [0.5, 0.5]
    assert len(alt.LayerChart.from_dict({"data": {"name": "rows"}} | chart).layer) == 3
    table, chart = bars.probability_bars(smoothed)
    assert "raw" not in table
    assert len(alt.LayerChart.from_dict({"data": {"name": "rows"}} | chart).layer) == 2

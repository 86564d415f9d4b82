"""The live page whose results the browser draws on the visitor's own picture, in a real browser with a fake camera."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from benchmarks.live.browser import LIMIT_MS, LIMIT_S
from benchmarks.live.drawing import drawn_box, make_moving_clip, sample_face
from benchmarks.waiting import wait_for
from tests.support.browser import download
from tests.support.live_browser import (
    CAMERA,
    KEEP_CONNECTION,
    KEEP_STREAMS,
    agree,
    begin,
    camera_of,
    is_drawn,
    live_site,
    load_of,
    server_of,
    settled,
    start,
    stream_of,
    visitor,
)

pytestmark = [pytest.mark.browser, pytest.mark.webrtc]

NO_SECOND_CAPTURE = (
    KEEP_CONNECTION
    + """
if (window === window.top && navigator.mediaDevices)
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("in use", "NotReadableError"));
"""
)
NO_CANVAS = KEEP_CONNECTION + "if (window === window.top) HTMLCanvasElement.prototype.getContext = () => null;"


FRESH_MS = 250
"""Age of results up to which the box must lie on the face. On a machine with other work they are older at times."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with live_site(tmp_path_factory.mktemp("site"), max_live=2, live_drawing="browser") as address:
        yield address


@pytest.mark.parametrize(("reach_px", "period_s"), [(0, 2.0), (60, 4.0)])
def test_the_box_lies_on_the_face(site: str, tmp_path: Path, reach_px: int, period_s: float) -> None:
    """The face stands still, then moves by up to 0.8 of its widths a second."""
    picture, face = sample_face()
    clip = make_moving_clip(tmp_path / "moving.mjpeg", picture, face, reach_px, period_s)
    with visitor(*camera_of(clip)) as page:
        begin(page, site)
        expect(page.get_by_text(re.compile(r"^Face \d+: "))).to_be_visible(timeout=LIMIT_MS)
        wait_for(lambda: is_drawn(page), LIMIT_S, "nothing is drawn")
        page.wait_for_timeout(4000)  # the filter settles, and the browser has sent its clock
        seen = [box for box in samples(page, LIMIT_S) if box["age_ms"] <= FRESH_MS]
    assert len(seen) >= 30, "nearly all results are late: this machine has too much other work"
    width = np.median([box["right"] - box["left"] for box in seen])
    off = np.array([(box["left"] + box["right"]) / 2 - box["mark"] for box in seen])
    assert np.ptp([box["mark"] for box in seen]) == pytest.approx(2 * reach_px, abs=12)
    assert np.median(np.abs(off)) <= 0.04 * width, f"off by {np.percentile(off, (5, 50, 95))} px of {width}"


def samples(page: Page, most_s: float, enough: int = 120) -> Iterator[dict[str, float]]:
    end, count = time.monotonic() + most_s, 0
    while count < enough and time.monotonic() < end:
        box = drawn_box(page)
        if box is not None:
            count += box["age_ms"] <= FRESH_MS
            yield box
        page.wait_for_timeout(30)  # the page has other work


def test_a_face_is_named_answered_and_spoken_to(site: str, face_clip: Path) -> None:
    with visitor(*camera_of(face_clip)) as page:
        begin(page, site)
        expect(page.get_by_text("Face 1: happy")).to_be_visible(timeout=LIMIT_MS)
        caption = page.locator(".fizzog-caption")
        expect(caption).to_have_text(re.compile("smile|happy", re.I), timeout=LIMIT_MS)
        expect(caption).to_have_attribute("aria-live", "polite")
        voice = page.locator("audio.fizzog-voice")
        wait_for(lambda: voice.evaluate("a => a.currentTime > 0.2 || a.ended"), LIMIT_S, "the voice is not played")
        assert voice.evaluate("a => [a.muted, a.volume]") == [False, 0.8]
        expect(page.locator(".fizzog-row")).to_have_count(7)
        expect(page.locator(".fizzog-counts-rows")).to_contain_text("happy", timeout=LIMIT_MS)
        assert page.locator(".fizzog-pieces rect").count() > 1

        page.get_by_text("Gestures", exact=True).click()
        expect(page.get_by_text("No face and no hand in view")).to_be_visible(timeout=LIMIT_MS)
        wait_for(lambda: not is_drawn(page), LIMIT_S, "an old box stays")
        page.get_by_text("Emotions", exact=True).click()
        expect(page.get_by_text(re.compile(r"^Face \d+: happy"))).to_be_visible(timeout=LIMIT_MS)
        page.get_by_role("tab", name="Download").click()
        page.get_by_role("button", name="Take a snapshot").click()
        button = page.get_by_test_id("stDownloadButton").filter(has_text="Result (JSON)")
        assert len(json.loads(download(page, button))["faces"]) == 1


def test_stopping_and_starting_five_times_leaves_nothing_behind(site: str, face_clip: Path) -> None:
    server = server_of(site)
    with visitor(*camera_of(face_clip)) as page:
        stream = begin(page, site)
        after: list[tuple[int, int]] = []
        for _ in range(5):
            wait_for(lambda: is_drawn(page), LIMIT_S, "nothing is drawn")
            stream.get_by_role("button", name="Stop").click()
            expect(page.locator(".fizzog-own")).to_be_hidden(timeout=LIMIT_MS)
            expect(page.get_by_text("Bars appear here once the camera runs.")).to_be_visible(timeout=LIMIT_MS)
            wait_for(lambda: not is_drawn(page), LIMIT_S, "the drawing stays")
            after.append(settled(server))
            stream.get_by_role("button", name="Start").click()
        threads, files = after[0][0] + 6, min(count for _, count in after) + 3
        stream.get_by_role("button", name="Stop").click()
        wait_for(
            lambda: load_of(server)[0] <= threads and load_of(server)[1] <= files,
            LIMIT_S,
            lambda: f"threads and open files stay behind: {after}, at last {load_of(server)}",
        )


def test_a_stream_that_is_cut_comes_back(site: str, face_clip: Path) -> None:
    with visitor(*camera_of(face_clip), script=KEEP_STREAMS) as page:
        begin(page, site)
        wait_for(lambda: is_drawn(page), LIMIT_S, "nothing is drawn")
        page.route("**/live-results/**", lambda route: route.abort())
        page.evaluate("window.streams.forEach((stream) => stream.close())")
        wait_for(lambda: not is_drawn(page), 5, "an old box stays")
        expect(page.get_by_text("The results have been interrupted")).to_be_visible(timeout=LIMIT_MS)
        before = page.locator(".fizzog-own").evaluate("v => v.currentTime")
        page.wait_for_timeout(5000)
        assert page.locator(".fizzog-own").evaluate("v => v.currentTime") > before + 2
        page.unroute("**/live-results/**")
        wait_for(lambda: is_drawn(page), LIMIT_S, "the drawing does not come back")
        expect(page.get_by_text("The results have been interrupted")).to_be_hidden(timeout=LIMIT_MS)


def test_a_camera_that_is_pulled_out_is_reported_and_can_start_again(site: str, face_clip: Path) -> None:
    """A browser then ends both captures of the camera."""
    with visitor(*camera_of(face_clip)) as page:
        stream = begin(page, site)
        wait_for(lambda: is_drawn(page), LIMIT_S, "nothing is drawn")
        ended = "(track) => { track.stop(); track.dispatchEvent(new Event('ended')); }"
        stream.locator("body").evaluate(f"() => window.connection.getSenders().map((s) => s.track).forEach({ended})")
        page.locator(".fizzog-own").evaluate(f"(video) => video.srcObject.getTracks().forEach({ended})")
        expect(page.get_by_text("The camera has sent no picture for")).to_be_visible(timeout=LIMIT_MS)
        assert not is_drawn(page)
        stream.get_by_role("button", name="Stop").click()
        stream.get_by_role("button", name="Start").click()
        wait_for(lambda: is_drawn(page), LIMIT_S, "the drawing does not come back")


@pytest.mark.parametrize(
    ("script", "blocked", "reason"),
    [
        (NO_CANVAS, False, "Your browser cannot draw on the picture."),
        (NO_SECOND_CAPTURE, False, "Your browser does not show the camera a second time."),
        (KEEP_CONNECTION, True, "The results do not reach your browser"),
    ],
    ids=["no canvas", "no second capture", "no stream"],
)
def test_where_the_browser_cannot_draw_the_server_does(
    site: str, face_clip: Path, script: str, blocked: bool, reason: str
) -> None:
    with visitor(*camera_of(face_clip), script=script) as page:
        if blocked:
            page.route("**/live-results/**", lambda route: route.abort())
        stream = agree(page, site)
        if "NotReadableError" in script:
            stream.get_by_role("button", name="Start").click()
        expect(page.get_by_text(reason)).to_be_visible(timeout=LIMIT_MS)
        expect(page.locator("iframe[title*=webrtc]")).to_have_count(1, timeout=LIMIT_MS)
        stream = stream_of(page)
        if "NotReadableError" not in script:
            start(stream)
        expect(stream.locator("video")).to_be_visible(timeout=LIMIT_MS)  # where the camera ran, it goes on by itself
        expect(page.get_by_text("Face 1: happy")).to_be_visible(timeout=LIMIT_MS)


def test_where_the_second_capture_mutes_the_first_the_server_draws(site: str, face_clip: Path) -> None:
    with visitor(*camera_of(face_clip)) as page:
        stream = begin(page, site)
        wait_for(lambda: is_drawn(page), LIMIT_S, "nothing is drawn")
        stream.locator("body").evaluate("() => window.connection.getSenders()[0].replaceTrack(null)")
        expect(page.get_by_text("frames do not reach the server")).to_be_visible(timeout=LIMIT_MS)
        expect(page.locator("iframe[title*=webrtc]")).to_have_count(1, timeout=LIMIT_MS)
        expect(stream_of(page).locator("video")).to_be_visible(timeout=LIMIT_MS)
        expect(page.get_by_text(re.compile(r"^Face \d+: happy"))).to_be_visible(timeout=LIMIT_MS)


def test_a_denied_camera_is_explained(site: str) -> None:
    with visitor(CAMERA[1], permissions=()) as page:
        client = page.context.new_cdp_session(page)
        client.send("Browser.setPermission", {"permission": {"name": "camera"}, "setting": "denied"})
        agree(page, site)
        expect(page.get_by_text("The browser may not use the camera here.")).to_be_visible(timeout=LIMIT_MS)

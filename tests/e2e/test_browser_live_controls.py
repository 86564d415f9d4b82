"""The live page in a browser that draws: keys, clip, cameras, portrait, other pages; and one without live video."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from benchmarks.live.browser import LIMIT_MS, LIMIT_S
from benchmarks.waiting import wait_for
from tests.support.live_browser import (
    CAMERA,
    KEEP_CONNECTION,
    KEEP_STREAMS,
    agree,
    begin,
    camera_of,
    is_drawn,
    live_site,
    make_clip,
    stream_of,
    visitor,
    wait_for_own,
)
from tests.support.paths import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.webrtc]

TWO_CAMERAS = (CAMERA[0], f"{CAMERA[1]}=device-count=2")
NO_WEBRTC = "delete window.RTCPeerConnection; delete window.webkitRTCPeerConnection;"
ANY_SIZE = (
    KEEP_CONNECTION
    + """
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = ({ video: { width, height, ...rest } }) => ask({ video: rest });
"""
)
"""A phone that is held upright gives 480x640 where 640x480 is asked for."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with live_site(tmp_path_factory.mktemp("site"), max_live=2, live_drawing="browser") as address:
        yield address


def test_keys_start_mute_show_and_stop(site: str, face_clip: Path) -> None:
    with visitor(*camera_of(face_clip)) as page:
        stream = agree(page, site)
        expect(stream.get_by_role("button", name="Start")).to_be_visible(timeout=LIMIT_MS)
        page.keyboard.press("s")
        wait_for_own(page)
        wait_for(lambda: is_drawn(page), LIMIT_S, "nothing is drawn")
        page.keyboard.press("f")
        wait_for(lambda: page.evaluate("!!document.fullscreenElement"), LIMIT_S, "no full screen")
        page.keyboard.press("f")
        wait_for(lambda: not page.evaluate("!!document.fullscreenElement"), LIMIT_S, "the full screen stays")
        voice = page.locator("audio.fizzog-voice")
        for muted in (True, False):
            page.keyboard.press("m")
            wait_for(lambda muted=muted: voice.evaluate("a => a.muted") == muted, LIMIT_S, "the key M does nothing")
        page.keyboard.press("p")
        expect(page.get_by_text("Your snapshot is in the tab Download.")).to_be_visible(timeout=LIMIT_MS)
        page.get_by_role("tab", name="Download").click()
        expect(page.get_by_test_id("stDownloadButton").filter(has_text="Picture (PNG)")).to_be_visible(timeout=LIMIT_MS)
        page.get_by_text("Keys", exact=True).click()
        page.get_by_label("Use these keys").uncheck()
        page.keyboard.press("x")
        page.wait_for_timeout(1000)
        assert page.locator(".fizzog-own").is_visible()
        page.get_by_label("Use these keys").check()
        page.keyboard.press("x")
        expect(page.locator(".fizzog-own")).to_be_hidden(timeout=LIMIT_MS)


def test_a_clip_has_picture_and_drawing(site: str, face_clip: Path, tmp_path: Path) -> None:
    with visitor(*camera_of(face_clip)) as page:
        begin(page, site)
        wait_for(lambda: is_drawn(page), LIMIT_S, "nothing is drawn")
        page.wait_for_timeout(12_000)
        with page.expect_download() as waiting:
            page.get_by_role("button", name="Save the last seconds").click()
        name = waiting.value.suggested_filename
        waiting.value.save_as(tmp_path / name)
        addresses = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.initiatorType)")
    assert name in ("fizzog-clip.webm", "fizzog-clip.mp4")
    assert "beacon" not in addresses
    with av.open(str(tmp_path / name)) as clip:
        shown = [frame.to_ndarray(format="rgb24").astype(int) for frame in clip.decode(video=0)]
    assert len(shown) >= 20
    assert shown[-1].shape == (480, 640, 3)
    last = shown[-1]
    plate = (abs(last - np.array([0xE6, 0x9F, 0x00])).max(axis=2) < 40).sum()
    assert plate > 800, "the label's plate, in the colour of happy, is not in the clip"


def test_the_other_camera_is_a_choice_that_is_kept(site: str) -> None:
    with visitor(*TWO_CAMERAS) as page:
        begin(page, site)
        page.get_by_role("button", name="Use the back camera").click()
        expect(page.get_by_role("button", name="Use the front camera")).to_be_visible(timeout=LIMIT_MS)
        wait_for_own(page)  # the stream goes on by itself
        expect(stream_of(page).get_by_role("button", name="Stop")).to_be_visible(timeout=LIMIT_MS)
        page.reload()
        page.get_by_role("button", name="I understand, go on").click()
        expect(page.get_by_role("button", name="Use the front camera")).to_be_visible(timeout=LIMIT_MS)


def test_a_phone_shows_an_upright_picture(site: str, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "upright.mjpeg", ROOT / "samples" / "astronaut.png", size=(480, 640))
    with visitor(*camera_of(clip), script=ANY_SIZE) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        begin(page, site)
        wait_for(lambda: is_drawn(page), LIMIT_S, "nothing is drawn")
        box = page.locator(".fizzog-picture").bounding_box()
        canvas = page.locator(".fizzog-drawing").bounding_box()
        assert box is not None
        assert box["height"] / box["width"] == pytest.approx(4 / 3, abs=0.02)
        assert canvas == box
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_another_page_ends_camera_and_stream(site: str, face_clip: Path) -> None:
    with visitor(*camera_of(face_clip), script=KEEP_STREAMS) as page:
        begin(page, site)
        wait_for(lambda: is_drawn(page), LIMIT_S, "nothing is drawn")
        page.evaluate("window.own = document.querySelector('.fizzog-own').srcObject")
        page.get_by_role("link", name="About").click()
        expect(page.locator(".fizzog-own")).to_have_count(0, timeout=LIMIT_MS)
        assert page.evaluate("window.own.getTracks().every((track) => track.readyState === 'ended')")
        assert page.evaluate("window.streams.every((stream) => stream.readyState === EventSource.CLOSED)")
        page.get_by_role("link", name="Live").click()
        stream = stream_of(page)
        stream.get_by_role("button", name="Start").click()
        wait_for_own(page)
        wait_for(lambda: is_drawn(page), LIMIT_S, "nothing is drawn after the return")


def test_a_browser_without_webrtc_gets_the_other_ways(site: str) -> None:
    with visitor(script=NO_WEBRTC, permissions=()) as page:
        page.goto(f"{site}/live")
        page.get_by_role("button", name="I understand, go on").click()
        expect(page.get_by_text("This browser has no live video")).to_be_visible(timeout=LIMIT_MS)
        expect(page.locator("iframe[title*=webrtc]")).to_have_count(0, timeout=LIMIT_MS)
        expect(page.locator(".fizzog-own")).to_have_count(0, timeout=LIMIT_MS)
        page.get_by_role("tab", name="Without live video").click()
        page.locator("input[type=file]").last.set_input_files(str(ROOT / "samples" / "astronaut.png"))
        expect(page.get_by_role("heading", name="Face 1: happy")).to_be_visible(timeout=LIMIT_MS)


def test_the_parts_that_the_browser_draws_are_accessible(site: str, face_clip: Path) -> None:
    with visitor(*camera_of(face_clip)) as page:
        begin(page, site)
        expect(page.locator(".fizzog-row").first).to_be_visible(timeout=LIMIT_MS)
        page.get_by_text("Keys", exact=True).click()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(500)
            found = Axe().run(page, context=".fizzog-live, .fizzog-beside, .fizzog-last").response["violations"]
            assert not found, [(finding["id"], node["html"][:160]) for finding in found for node in finding["nodes"]]

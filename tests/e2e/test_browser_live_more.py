"""The live page in a real browser: a left hand, several visitors, a stall, the keyboard alone."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from benchmarks.live.browser import LIMIT_MS, LIMIT_S, chromium, new_visitor
from benchmarks.waiting import wait_for
from fizzog_core.drawing import palette
from fizzog_core.drawing.overlay import label_font
from fizzog_core.media import images
from fizzog_core.types import Frame
from tests.support.browser import settle
from tests.support.live_browser import (
    KEEP_CONNECTION,
    agree,
    camera_of,
    frames,
    live_site,
    make_clip,
    server_of,
    start,
    stream_of,
    visitor,
    wait_for_frames,
)

pytestmark = [pytest.mark.browser, pytest.mark.webrtc]

LEFT_HAND = "gestures/pictures/longhong/L/longhong_L_0088.jpg"
"""An L with the palm to the camera and the thumb on the left of the picture: a left hand."""
PLACES = 3


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with live_site(tmp_path_factory.mktemp("site"), max_live=PLACES, live_drawing="server") as address:
        yield address


def picture_of(stream: FrameLocator) -> Frame:
    """What the visitor's video element shows now, ``(H, W, 3)`` uint8 RGB."""
    data = stream.locator("video").evaluate(
        """v => {
          const canvas = document.createElement("canvas");
          canvas.width = v.videoWidth; canvas.height = v.videoHeight;
          canvas.getContext("2d").drawImage(v, 0, 0);
          return fetch(canvas.toDataURL("image/png")).then((r) => r.arrayBuffer()).then((b) => [...new Uint8Array(b)]);
        }"""
    )
    return images.decode(bytes(data))


def shown(stream: FrameLocator) -> Frame:
    return np.asarray(cv2.resize(picture_of(stream), (640, 480)), dtype=np.uint8)


def label_can_be_read(picture: Frame) -> bool:
    """Whether the hand's label is there, and not its mirror image. A single picture may come before its result."""
    text = written(", left hand", 19, palette.LABEL_COLORS["loser"])
    return likeness(picture, text) > max(0.6, likeness(picture, text[:, ::-1].copy()) + 0.2)


def written(text: str, size: int, color: str) -> Frame:
    """``text`` as the overlay writes it, on a plate of its colour."""
    from PIL import Image, ImageDraw

    font = label_font(size)
    plate = Image.new("RGB", (round(font.getlength(text)), sum(font.getmetrics())), color)
    ImageDraw.Draw(plate).text((0, 0), text, font=font, fill=palette.text_on(color))
    return np.array(plate)


def likeness(picture: Frame, part: Frame) -> float:
    """How well ``part`` is found anywhere in ``picture``, at most 1."""
    return float(cv2.matchTemplate(picture, part, cv2.TM_CCOEFF_NORMED).max())


def test_the_server_reads_packets_with_uvloop(site: str) -> None:
    """asyncio's event loop reads one packet of each visitor in an iteration: docs/decisions/016-busy-servers.md."""
    assert "/uvloop/loop." in (server_of(site) / "maps").read_text()


def test_a_left_hand_is_called_so_and_its_label_can_be_read(site: str, shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / LEFT_HAND
    with visitor(*camera_of(make_clip(tmp_path / "hand.mjpeg", source, whole=True))) as page:
        stream = agree(page, site)
        start(stream)
        # A busy machine sends fewer pictures then, not smaller ones, whose label could not be read.
        stream.locator("video").evaluate("() => { window.connection.getSenders()[0].track.contentHint = 'detail'; }")
        expect(page.get_by_text(re.compile(r"^Left hand \d+: loser"))).to_be_visible(timeout=LIMIT_MS)
        wait_for(lambda: label_can_be_read(shown(stream)), LIMIT_S, "the hand's label cannot be read on the picture")
        seen = shown(stream)

    sent = cv2.resize(images.read(source), (480, 480)).astype(float)
    as_sent, in_a_mirror = (np.abs(seen[:, 80:560] - other).mean() for other in (sent, sent[:, ::-1]))
    assert in_a_mirror < as_sent / 2


def test_three_at_once_all_get_results_and_others_wait_for_a_place(site: str, face_clip: Path) -> None:
    with chromium(*camera_of(face_clip)) as browser:
        pages = [new_visitor(browser, KEEP_CONNECTION, ("camera",)) for _ in range(PLACES)]
        streams = [agree(page, site) for page in pages]
        fourth = new_visitor(browser, KEEP_CONNECTION, ("camera",))
        offered = agree(fourth, site)
        expect(offered.get_by_role("button", name="Start")).to_be_visible(timeout=LIMIT_MS)
        for stream in streams:
            start(stream)
        for page in pages:
            expect(page.get_by_text("Face 1: happy")).to_be_visible(timeout=LIMIT_MS)
        before = [frames(stream) for stream in streams]
        time.sleep(4)
        rates = [(frames(stream) - count) / 4 for stream, count in zip(streams, before, strict=True)]
        assert min(rates) >= 1, f"a picture stands still: {rates} pictures a second"
        for page in pages:
            expect(page.get_by_text("Face 1: happy")).to_be_visible(timeout=LIMIT_MS)

        late = new_visitor(browser, KEEP_CONNECTION, ("camera",))
        agree(late, site)
        for stream in streams:
            wait_for_frames(stream, 5)
        expect(late.get_by_text(f"The limit of live visitors ({PLACES}) is reached")).to_be_visible(timeout=LIMIT_MS)
        pages[0].context.close()
        expect(late.get_by_text("A live slot is free. It is kept for you")).to_be_visible(timeout=LIMIT_MS)
        start(stream_of(late))
        expect(late.get_by_text("Face 1: happy")).to_be_visible(timeout=LIMIT_MS)
        offered.get_by_role("button", name="Start").click()  # all slots were filled since it was offered
        expect(fourth.get_by_text(f"({PLACES}) is reached. You are the next one.")).to_be_visible(timeout=LIMIT_MS)
        pages[1].context.close()
        expect(fourth.get_by_text("Face 1: happy")).to_be_visible(timeout=LIMIT_MS)
        for stream in (streams[2], stream_of(late), offered):
            wait_for_frames(stream, 5)


def test_a_stalled_camera_is_reported_and_continues(site: str, face_clip: Path) -> None:
    with visitor(*camera_of(face_clip)) as page:
        stream = agree(page, site)
        start(stream)
        expect(page.get_by_text("Face 1: happy")).to_be_visible(timeout=LIMIT_MS)
        video = stream.locator("video")
        video.evaluate(
            "() => { const [s] = window.connection.getSenders(); window.kept = s.track; s.replaceTrack(null); }"
        )
        stalled = page.get_by_text("The camera has sent no picture for")
        expect(stalled).to_be_visible(timeout=LIMIT_MS)
        time.sleep(2)
        video.evaluate("() => window.connection.getSenders()[0].replaceTrack(window.kept)")
        expect(stalled).to_have_count(0, timeout=LIMIT_MS)
        expect(page.get_by_text(re.compile(r"^Face \d+: happy"))).to_be_visible(timeout=LIMIT_MS)
        wait_for_frames(stream, 5)
        assert video.evaluate("() => window.connections") == 1


def test_the_keyboard_is_enough(site: str, face_clip: Path) -> None:
    with visitor(*camera_of(face_clip)) as page:
        page.goto(f"{site}/live")
        agree_button = page.get_by_role("button", name="I understand, go on")
        expect(agree_button).to_be_visible(timeout=LIMIT_MS)
        settle(page)
        tab_to(page, agree_button)
        page.keyboard.press("Enter")
        stream = stream_of(page)
        button = stream.get_by_role("button", name=re.compile("^(Start|Stop)$"))
        expect(button).to_have_text(re.compile("start", re.I), timeout=LIMIT_MS)
        settle(page)
        for control in (page.get_by_role("radio", name="Both"), page.get_by_role("button", name="Settings"), button):
            tab_to(page, control)
        page.keyboard.press("Enter")
        expect(button).to_have_text(re.compile("stop", re.I), timeout=LIMIT_MS)
        wait_for_frames(stream, 5)
        tab_to(page, button)
        page.keyboard.press("Enter")
        expect(button).to_have_text(re.compile("start", re.I), timeout=LIMIT_MS)


def tab_to(page: Page, target: Locator, most: int = 25) -> None:
    """Press the tab key until ``target`` has the focus."""
    for _ in range(most):
        if target.evaluate("e => e === document.activeElement && document.hasFocus()"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} is not reached with {most} tabs")

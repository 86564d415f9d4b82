"""Two visitors and one live slot in a real browser: the turn of the first one ends, and comes again."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from benchmarks.live.browser import LIMIT_MS, chromium, new_visitor
from tests.support.live_browser import (
    KEEP_CONNECTION,
    agree,
    camera_of,
    frames,
    live_site,
    make_clip,
    start,
    stream_of,
)
from tests.support.paths import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.webrtc]

TURN_S = 20


def test_a_turn_ends_while_another_visitor_waits(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "face.mjpeg", ROOT / "samples" / "astronaut.png")
    with (
        live_site(tmp_path, max_live=1, max_live_s=TURN_S, live_drawing="server") as site,
        chromium(*camera_of(clip)) as browser,
    ):
        first, second = (new_visitor(browser, KEEP_CONNECTION, ("camera",)) for _ in range(2))
        stream = agree(first, site)
        start(stream)
        expect(first.get_by_text("Face 1: happy")).to_be_visible(timeout=LIMIT_MS)

        agree(second, site)
        expect(second.get_by_text("(1) is reached. You are the next one.")).to_be_visible(timeout=LIMIT_MS)
        expect(first.get_by_text("Other visitors wait for a live slot. Yours goes")).to_be_visible(timeout=LIMIT_MS)
        expect(first.get_by_text("is over, because other visitors wait.")).to_be_visible(timeout=LIMIT_MS)
        expect(second.get_by_text("A live slot is free. It is kept for you")).to_be_visible(timeout=LIMIT_MS)
        start(stream_of(second))
        expect(second.get_by_text("Face 1: happy")).to_be_visible(timeout=LIMIT_MS)
        shown = frames(stream)
        first.wait_for_timeout(2000)
        assert frames(stream) == shown, "the server sends pictures to a visitor who waits"

        second.context.close()
        expect(first.get_by_text("Face 1: happy")).to_be_visible(timeout=LIMIT_MS)

"""The live page in a real browser with a fake webcam: clips, visitors, and what their stream does."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, FrameLocator, Page

from tests.support.browser import chromium, running_site

LIMIT_MS = 60_000
CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
SOUND = "--autoplay-policy=no-user-gesture-required"
KEEP_CONNECTION = """
window.connections = 0;
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) { super(...given); window.connection = this; window.connections += 1; }
};
"""
RATE = 30
"""Chromium plays every clip at so many frames a second."""


def make_clip(target: Path, *pictures: Path, hold_s: float = 1.0, whole: bool = False) -> Path:
    """Pictures, each held so long, as 640x480 MJPEG, which Chromium plays as its camera, over and over.

    A picture fills the frame, or is ``whole`` in it with grey beside it.
    """
    given: list[str] = []
    for picture in pictures:
        given += ["-loop", "1", "-r", str(RATE), "-t", str(hold_s), "-i", str(picture)]
    fill = "scale=640:480:force_original_aspect_ratio=increase,crop=640:480:(iw-640)/2:0"
    inside = "scale=640:480:force_original_aspect_ratio=decrease,pad=640:480:-1:-1:gray"
    fit = f"{inside if whole else fill},setsar=1"
    parts = "".join(f"[{k}]{fit}[p{k}];" for k in range(len(pictures)))
    joined = parts + "".join(f"[p{k}]" for k in range(len(pictures))) + f"concat=n={len(pictures)}"
    command = ["ffmpeg", "-v", "error", "-y", *given, "-filter_complex", joined]
    subprocess.run([*command, "-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-q:v", "4", str(target)], check=True)
    return target


@contextmanager
def live_site(folder: Path, max_live: int) -> Iterator[str]:
    """The site without ICE servers; no page of it may raise."""
    with running_site(folder / "log", cache=folder, ice_servers="[]", max_live=max_live) as address:
        yield address
    assert "Uncaught app execution" not in (folder / "log").read_text(), "a page raised"


@contextmanager
def visitor(*flags: str, script: str = KEEP_CONNECTION, permissions: Sequence[str] = ("camera",)) -> Iterator[Page]:
    """One visitor in a browser of their own; a failure says which errors the browser's console had."""
    errors: list[str] = []
    with chromium(*flags) as browser:
        page = new_visitor(browser, script, permissions)
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        try:
            yield page
        except BaseException as error:
            error.add_note("\n".join(["errors in the browser's console:", *errors]))
            raise


def new_visitor(browser: Browser, script: str = KEEP_CONNECTION, permissions: Sequence[str] = ("camera",)) -> Page:
    """A visitor with cookies and a page of their own; gone once the page's context is closed."""
    context = browser.new_context(permissions=list(permissions))
    context.set_default_timeout(LIMIT_MS)
    context.add_init_script(script)
    return context.new_page()


def camera_of(clip: Path) -> tuple[str, ...]:
    return (*CAMERA, f"--use-file-for-fake-video-capture={clip}", SOUND)


def agree(page: Page, site: str) -> FrameLocator:
    """Open the page and consent; gives the stream's frame."""
    page.goto(f"{site}/live")
    page.get_by_role("button", name="I understand, go on").click()
    return stream_of(page)


def stream_of(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[title*=webrtc]")


def start(stream: FrameLocator) -> None:
    stream.get_by_role("button", name="Start").click()
    shown, frame = stream.locator("video"), stream.locator("body")
    wait_for(shown.is_visible, lambda: f"no picture came; the stream's frame says {frame.inner_text()!r}")
    wait_for_frames(stream, 5)


def frames(stream: FrameLocator) -> int:
    return stream.locator("video").evaluate("v => v.getVideoPlaybackQuality().totalVideoFrames")


def wait_for_frames(stream: FrameLocator, more: int) -> None:
    before = frames(stream)
    wait_for(lambda: frames(stream) >= before + more, lambda: f"the picture stands still: {connection_of(stream)}")


def connection_of(stream: FrameLocator) -> str:
    """What the browser says of the visitor's connection."""
    return stream.locator("video").evaluate(
        "() => window.connection && `${window.connection.connectionState}, ICE ${window.connection.iceConnectionState}`"
    )


def wait_for(
    condition: Callable[[], object], complaint: str | Callable[[], str], limit_s: float = LIMIT_MS / 1000
) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, complaint if isinstance(complaint, str) else complaint()
        time.sleep(0.1)


def server_of(site: str) -> Path:
    """The site's folder in /proc."""
    port = site.rpartition(":")[2]
    for folder in Path("/proc").glob("[0-9]*"):
        command = (folder / "cmdline").read_bytes() if (folder / "cmdline").exists() else b""
        if f"--server.port={port}".encode() in command and os.access(folder / "fd", os.R_OK):
            return folder
    raise AssertionError("the site does not run")


def load_of(server: Path) -> tuple[int, int]:
    """Threads and open files of the server."""
    return len(list((server / "task").iterdir())), len(list((server / "fd").iterdir()))


def settled(server: Path) -> tuple[int, int]:
    """Threads and files once they have not gone down for a second."""
    load, quiet = load_of(server), 0
    while quiet < 4:
        time.sleep(0.25)
        later = load_of(server)
        quiet = 0 if later < load else quiet + 1
        load = min(load, later)
    return load

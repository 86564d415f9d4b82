"""The live page in a real browser with a fake webcam: clips, visitors and the state of their stream."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import FrameLocator, Page

from benchmarks.live.browser import LIMIT_S, SOUND, chromium, new_visitor, running_site
from benchmarks.waiting import wait_for

CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
KEEP_CONNECTION = """
window.connections = 0;
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...args) { super(...args); window.connection = this; window.connections += 1; }
};
"""
KEEP_STREAMS = (
    KEEP_CONNECTION
    + """
window.streams = [];
window.EventSource = class extends EventSource { constructor(url) { super(url); window.streams.push(this); } };
"""
)
RATE = 30
"""Frames per second at which Chromium plays every clip."""
SETTLED_READINGS = 4
IS_DRAWN = """() => {
  const canvas = document.querySelector(".fizzog-drawing");
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return pixels.some((value, n) => n % 4 === 3 && value > 30);
}"""


def make_clip(
    target: Path, *pictures: Path, hold_s: float = 1.0, whole: bool = False, size: tuple[int, int] = (640, 480)
) -> Path:
    """Write MJPEG that shows each picture for ``hold_s``. Chromium plays it as its camera, in a loop.

    ``size``: width and height. A picture fills the frame; with ``whole`` it fits in the frame, with grey beside it.
    """
    inputs: list[str] = []
    for picture in pictures:
        inputs += ["-loop", "1", "-r", str(RATE), "-t", str(hold_s), "-i", str(picture)]
    width, height = size
    fill = f"scale={width}:{height}:force_original_aspect_ratio=increase,crop={width}:{height}:(iw-{width})/2:0"
    inside = f"scale={width}:{height}:force_original_aspect_ratio=decrease,pad={width}:{height}:-1:-1:gray"
    fit = f"{inside if whole else fill},setsar=1"
    parts = "".join(f"[{k}]{fit}[p{k}];" for k in range(len(pictures)))
    joined = parts + "".join(f"[p{k}]" for k in range(len(pictures))) + f"concat=n={len(pictures)}"
    command = ["ffmpeg", "-v", "error", "-y", *inputs, "-filter_complex", joined]
    subprocess.run([*command, "-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-q:v", "4", str(target)], check=True)
    return target


@contextmanager
def live_site(folder: Path, **settings: Any) -> Iterator[str]:
    """Run the site without ICE servers and with FIZZOG_* settings. The test fails if one of its pages raises."""
    with running_site(folder / "log", cache=folder, ice_servers="[]", **settings) as address:
        yield address
    assert "Uncaught app execution" not in (folder / "log").read_text(), "a page raised"


@contextmanager
def visitor(*flags: str, script: str = KEEP_CONNECTION, permissions: Sequence[str] = ("camera",)) -> Iterator[Page]:
    """A page in its own browser. A failure's note lists the errors of the browser's console."""
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


def camera_of(clip: Path) -> tuple[str, ...]:
    """Chromium's flags for a camera that plays the clip."""
    return (*CAMERA, f"--use-file-for-fake-video-capture={clip}", SOUND)


def agree(page: Page, site: str) -> FrameLocator:
    """Open the live page and consent. Returns the frame of the stream."""
    page.goto(f"{site}/live")
    page.get_by_role("button", name="I understand, go on").click()
    return stream_of(page)


def stream_of(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[title*=webrtc]")


def start(stream: FrameLocator) -> None:
    """Press Start and wait for five frames."""
    stream.get_by_role("button", name="Start").click()
    shown, frame = stream.locator("video"), stream.locator("body")
    wait_for(shown.is_visible, LIMIT_S, lambda: f"no picture came; the frame has {frame.inner_text()!r}", 0.1)
    wait_for_frames(stream, 5)


def begin(page: Page, site: str) -> FrameLocator:
    """Consent, press Start and wait for the visitor's own picture. Returns the frame of the stream."""
    stream = agree(page, site)
    stream.get_by_role("button", name="Start").click()
    wait_for_own(page)
    return stream


def wait_for_own(page: Page) -> None:
    """Wait until the visitor's own picture moves."""
    own = page.locator(".fizzog-own")
    wait_for(lambda: own.is_visible() and own.evaluate("v => v.currentTime") > 0.2, LIMIT_S, "no own picture came")


def is_drawn(page: Page) -> bool:
    """Whether the canvas over the visitor's own picture has anything on it."""
    return page.evaluate(IS_DRAWN)


def frames(stream: FrameLocator) -> int:
    """Number of frames that the browser has shown of the stream."""
    return stream.locator("video").evaluate("v => v.getVideoPlaybackQuality().totalVideoFrames")


def wait_for_frames(stream: FrameLocator, more: int) -> None:
    """Wait until the browser has shown ``more`` further frames."""
    before = frames(stream)
    wait_for(
        lambda: frames(stream) >= before + more,
        LIMIT_S,
        lambda: f"the picture does not change: {connection_of(stream)}",
        interval_s=0.1,
    )


def connection_of(stream: FrameLocator) -> str:
    """The state of the visitor's connection in the browser."""
    return stream.locator("video").evaluate(
        "() => window.connection && `${window.connection.connectionState}, ICE ${window.connection.iceConnectionState}`"
    )


def server_of(site: str) -> Path:
    """The folder of the site's process in /proc."""
    port = site.rpartition(":")[2]
    for folder in Path("/proc").glob("[0-9]*"):
        command = (folder / "cmdline").read_bytes() if (folder / "cmdline").exists() else b""
        if f"--server.port={port}".encode() in command and os.access(folder / "fd", os.R_OK):
            return folder
    raise AssertionError("the site does not run")


def load_of(server: Path) -> tuple[int, int]:
    """Threads and open files of the server."""
    return len(list((server / "task").iterdir())), len(list((server / "fd").iterdir()))


def settled(server: Path, limit_s: float = 60.0) -> tuple[int, int]:
    """Threads and files of the server when they have not decreased for a second."""
    loads = [load_of(server)]

    def has_settled() -> bool:
        loads.append(min(loads[-1], load_of(server)))
        return len(loads) > SETTLED_READINGS and loads[-1] == loads[-1 - SETTLED_READINGS]

    wait_for(has_settled, limit_s, lambda: f"threads and files still decrease: {loads}", interval_s=0.25)
    return loads[-1]

"""Measures how far the box that the browser draws lies from a face that moves. Prints a row of JSON for each movement.

python -m benchmarks.live.drawing [--seconds 20] [--throttle 6]

Chromium's camera plays the sample picture, which moves to and fro, with a mark below the face's middle.
``off_pct``: median and 90th percentile of the distance between the box's middle and the mark, in percent of the box's
width; both are read from the pixels of one moment. ``speed``: highest speed in widths a second. ``age_ms``: time from
the capture of the newest result's frame to the drawing. ``own_rate``: own pictures a second. ``--throttle`` slows the
browser's main thread, as DevTools does.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import typer
from playwright.sync_api import Page

from benchmarks.live.browser import LIMIT_MS, LIMIT_S, SOUND, chromium, new_visitor, running_site
from benchmarks.waiting import wait_for
from fizzog_core.media import images
from fizzog_core.settings import ROOT
from fizzog_core.types import Box, Frame
from fizzog_core.vision.detector import Detector

RATE = 30
"""Frames per second at which Chromium plays every clip."""
MOVEMENTS = ((0, 2.0), (60, 4.0), (120, 5.0), (150, 4.0))
"""Pixels to each side of the middle, and seconds of a period."""
CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", SOUND)
MARK_TOP = 456
"""First row of the mark in a clip that moves."""
DRAWN_BOX = """([top, markRow]) => new Promise((done) => {
  if (!window.captures) {
    window.captures = [];
    const note = ({ detail }) => detail.captured_ms && window.captures.push(detail.captured_ms);
    window.addEventListener("fizzog-live", note);
  }
  const video = document.querySelector(".fizzog-own"), canvas = document.querySelector(".fizzog-drawing");
  const copy = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
  const pen = copy.getContext("2d", { willReadFrequently: true });
  const look = () => {
    pen.drawImage(video, 0, 0, 640, 480);
    const seen = pen.getImageData(0, markRow, 640, 1).data, marks = [];
    for (let i = 0; i < 640; i += 1)
      if (seen[4 * i] > 170 && seen[4 * i + 1] < 90 && seen[4 * i + 2] > 170) marks.push(i);
    pen.clearRect(0, 0, 640, 480);
    pen.drawImage(canvas, 0, 0, 640, 480);
    const drawn = pen.getImageData(0, top, 640, markRow - top).data, full = (i) => drawn[4 * i + 3] > 100;
    let last = 640 * (markRow - top) - 1, left = Infinity, right = -Infinity;
    while (last >= 0 && !full(last)) last -= 1;
    for (let i = 640 * Math.max(0, Math.floor(last / 640) - 8); i <= last; i += 1)
      if (full(i)) { left = Math.min(left, i % 640); right = Math.max(right, i % 640); }
    const mark = 639 - marks.reduce((sum, x) => sum + x, 0) / marks.length;
    const age_ms = performance.timeOrigin + performance.now() - window.captures.at(-1);
    done(last < 0 || !marks.length || !age_ms ? null : { mark, left, right, age_ms });
  };
  video.requestVideoFrameCallback(() => requestAnimationFrame(look));
})"""


def make_moving_clip(target: Path, picture: Frame, face: Box, reach_px: int, period_s: float, rate: int = RATE) -> Path:
    """Write 640x480 MJPEG (.mjpeg) or raw video (.y4m) of a picture that moves to and fro, ``reach_px`` to each side of
    the middle.

    A magenta mark at the lower border moves with the middle of ``face``, a box in the picture's pixels. Chromium plays
    MJPEG at 30 frames a second, raw video at its ``rate``.
    """
    command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "640x480", "-r", str(rate)]
    coded = (
        ["-pix_fmt", "yuv420p"] if target.suffix == ".y4m" else ["-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-q:v", "3"]
    )
    command += ["-i", "-", *coded, str(target)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as writer:
        assert writer.stdin is not None
        for n in range(round(period_s * rate)):
            middle = 320 + reach_px * math.sin(2 * math.pi * n / (period_s * rate))
            place = np.array([[1, 0, middle - face.center[0]], [0, 1, 220 - face.center[1]]], np.float32)
            frame = cv2.warpAffine(picture, place, (640, 480), borderMode=cv2.BORDER_REPLICATE)
            frame[MARK_TOP:] = 128
            frame[MARK_TOP:, round(middle) - 16 : round(middle) + 16] = (255, 0, 255)
            writer.stdin.write(frame.tobytes())
    assert writer.returncode == 0
    return target


def drawn_box(page: Page) -> dict[str, float] | None:
    """Where, at one moment, the video has the middle of its mark, and the canvas the sides of its lowest box.

    All x of a picture of 640 pixels as the visitor sees it, mirrored; None if the mark or the box is not there.
    ``age_ms``: time since the capture of the newest result's frame. It reads the pixels between the drawing on a new
    picture and the picture's appearance.
    """
    return page.evaluate(DRAWN_BOX, [220, (MARK_TOP + 480) // 2])


def sample_face() -> tuple[Frame, Box]:
    """The sample picture and the box of its face."""
    picture = images.read(ROOT / "samples" / "astronaut.png")
    with Detector("image") as detector:
        [found] = detector.find_faces(picture)
    return picture, found.box


def start(page: Page, site: str) -> None:
    """Opens the live page and starts the camera."""
    page.goto(f"{site}/live")
    page.get_by_role("button", name="I understand, go on").click(timeout=LIMIT_MS)
    page.frame_locator("iframe[title*=webrtc]").get_by_role("button", name="Start").click(timeout=LIMIT_MS)
    wait_for(lambda: page.locator(".fizzog-row").count() > 0, LIMIT_S, "no face is named")


def measure(site: str, clip: Path, seconds: float, throttle: float) -> dict[str, Any]:
    """The figures of one clip, for a visitor in a browser of its own."""
    with chromium(*CAMERA, f"--use-file-for-fake-video-capture={clip}") as browser:
        page = new_visitor(browser, "", ("camera",))
        start(page, site)
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": throttle})
        page.wait_for_timeout(5000)
        played = "document.querySelector('.fizzog-own').getVideoPlaybackQuality().totalVideoFrames"
        before, start_s = page.evaluate(played), time.monotonic()
        page.wait_for_timeout(5000)
        rate = (page.evaluate(played) - before) / (time.monotonic() - start_s)
        seen: list[dict[str, float]] = []
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            if (box := drawn_box(page)) is not None:
                seen.append(box)
            page.wait_for_timeout(30)
    width = np.median([box["right"] - box["left"] for box in seen])
    off = [abs((box["left"] + box["right"]) / 2 - box["mark"]) / width for box in seen]
    ages = [box["age_ms"] for box in seen]
    return {
        "samples": len(seen),
        "face_px": float(width),
        "off_pct": [round(100 * float(share), 1) for share in np.percentile(off, (50, 90))],
        "age_ms": [round(float(ms)) for ms in np.percentile(ages, (50, 90))],
        "own_rate": round(rate, 1),
    }


def main(seconds: float = 20.0, throttle: float = 1.0) -> None:
    """Measures all movements."""
    picture, face = sample_face()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running_site(folder / "log", cache=folder, ice_servers="[]", max_live=1, live_drawing="browser") as site:
            for reach_px, period_s in MOVEMENTS:
                clip = make_moving_clip(folder / f"{reach_px}.mjpeg", picture, face, reach_px, period_s)
                found = measure(site, clip, seconds, throttle)
                speed = round(2 * math.pi * reach_px / period_s / found["face_px"], 2)
                print(
                    json.dumps({"speed": speed, "throttle": throttle, "load": round(os.getloadavg()[0], 1)} | found),
                    flush=True,
                )


if __name__ == "__main__":
    typer.run(main)

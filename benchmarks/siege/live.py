"""Honest live visitors: pages in a real browser with a recorded camera."""

from __future__ import annotations

import re
import subprocess
import threading
import time
from pathlib import Path

from benchmarks.live.browser import SOUND, chromium, new_visitor
from fizzog_core.settings import ROOT

FACE = re.compile(r"^Face \d+:")
CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", SOUND)


def clip(path: Path) -> Path:
    """A camera's film of the sample picture, which Chromium repeats."""
    scale = "scale=640:480:force_original_aspect_ratio=increase,crop=640:480"
    command = ["ffmpeg", "-v", "error", "-loop", "1", "-t", "2", "-i", str(ROOT / "samples" / "astronaut.png")]
    subprocess.run([*command, "-vf", scale, "-pix_fmt", "yuvj420p", "-c:v", "mjpeg", str(path)], check=True)
    return path


def watch(address: str, film: Path, visitors: int, ended: threading.Event) -> list[dict[str, float | None]]:
    """Opens the live page for each visitor and looks once a second whether a face is named, until ``ended``.

    Returns for each visitor the seconds until the first name, the seconds watched, and the longest time without a name.
    """
    with chromium(*CAMERA, f"--use-file-for-fake-video-capture={film}") as browser:
        pages = [new_visitor(browser, "", ("camera",)) for _ in range(visitors)]
        start_s = time.monotonic()
        for page in pages:
            page.goto(f"{address}/live")
            page.get_by_role("button", name="I understand, go on").click()
            page.frame_locator("iframe[title*=webrtc]").get_by_role("button", name="Start").click()
        named: list[list[float]] = [[] for _ in pages]
        while not ended.wait(1):
            for page, times in zip(pages, named, strict=True):
                if page.get_by_text(FACE).count():
                    times.append(time.monotonic() - start_s)
        end_s = time.monotonic() - start_s
    return [
        {
            "first_result_s": round(times[0], 1) if times else None,
            "watched_s": round(end_s, 1),
            "longest_without_s": round(max(b - a for a, b in zip(times, [*times[1:], end_s], strict=True)), 1)
            if times
            else None,
        }
        for times in named
    ]

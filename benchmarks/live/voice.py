"""Measures the delay of a sound with the component, st.audio and PcmAudioSource on the connection. Prints JSON.

python -m benchmarks.live.voice [--presses 20]

Uses a page in a browser. ``ms``: time from the server's request of the tone to the browser's ``playing`` event, or to
the first sound in the received stream. The three ways take turns.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from statistics import median

import numpy as np
import typer
from playwright.sync_api import Page

from benchmarks.live.browser import LIMIT_MS, SOUND, chromium, new_visitor, running_site

WAYS = ("component", "st.audio", "PcmAudioSource")
WATCH = """
const now = () => (performance.timeOrigin + performance.now()) / 1000;
const heard = (s) => { if (!window.top.heard) window.top.heard = s; };
window.heard = 0;
document.addEventListener("playing", (e) => { if (!e.target.srcObject) heard(now()); }, true);
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) {
    super(...given);
    this.addEventListener("track", (e) => {
      const context = new AudioContext(), analyser = context.createAnalyser();
      analyser.fftSize = 256;
      context.createMediaStreamSource(new MediaStream([e.track])).connect(analyser);
      const samples = new Float32Array(analyser.fftSize);
      setInterval(() => {
        analyser.getFloatTimeDomainData(samples);
        window.top.flows = true;
        if (samples.some((s) => Math.abs(s) > 0.02)) heard(now());
      }, 2);
    });
  }
};
"""


def main(presses: int = 20) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        running_site(Path(folder, "log"), "benchmarks/live/voice_app.py") as address,
        chromium(SOUND) as browser,
    ):
        pages = {way: new_visitor(browser, WATCH) for way in WAYS}
        for way, page in pages.items():
            page.goto(f"{address}/?way={way}")
            page.get_by_text("asked 0").wait_for()
        pages["PcmAudioSource"].wait_for_function("() => window.flows", timeout=LIMIT_MS)
        ms: dict[str, list[float]] = {way: [] for way in WAYS}
        for turn in range(presses + 1):
            for way, page in pages.items():
                took = press(page)
                if turn:
                    ms[way].append(took)
    load = round(os.getloadavg()[0], 1)
    for way, taken in ms.items():
        figures = {"median_ms": round(median(taken)), "p95_ms": round(float(np.percentile(taken, 95)))}
        print(json.dumps({"way": way, "presses": presses, **figures, "load_average": load}))


def press(page: Page) -> float:
    """Presses the button; returns the milliseconds from the server's request to the sound."""
    page.bring_to_front()
    page.wait_for_timeout(1000)
    page.evaluate("() => { window.heard = 0; }")
    before = page.get_by_text("asked").inner_text()
    page.get_by_role("button", name="Speak").click()
    page.wait_for_function("() => window.heard", timeout=LIMIT_MS)
    page.wait_for_function("(old) => !document.body.innerText.includes(old)", arg=before, timeout=LIMIT_MS)
    asked = float(page.get_by_text("asked").inner_text().split()[1])
    return 1000 * (page.evaluate("() => window.heard") - asked)


if __name__ == "__main__":
    typer.run(main)

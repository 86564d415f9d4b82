"""Live visitors in real browsers that draw the results themselves. Prints a JSON line for each number of visitors.

python -m benchmarks.live.browsers [--visitors 1,3,8] [--seconds 20] [--rate 30]

All visitors are pages of one Chromium on the site's own cores. Its fake camera plays the sample picture at ``--rate``
frames a second.
``results_per_s``: results that each page received. ``age_ms``: median and 95th percentile of the time from the capture
of a result's frame to its arrival in the page. ``own_rate``: own pictures a second that each page showed. ``drawn``:
pages with a drawing at the end.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.live.browser import chromium, new_visitor, running_site
from benchmarks.live.drawing import CAMERA, make_moving_clip, sample_face, start

WARM_S = 5
COUNT = """() => {
  window.ages = [];
  let newest = 0;
  window.addEventListener("fizzog-live", ({ detail: { captured_ms } }) => {
    if (captured_ms > newest) window.ages.push(performance.timeOrigin + performance.now() - captured_ms);
    newest = captured_ms || newest;
  });
}"""
PLAYED = "document.querySelector('.fizzog-own').getVideoPlaybackQuality().totalVideoFrames"
DRAWN = """() => {
  const canvas = document.querySelector(".fizzog-drawing");
  return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0);
}"""


def measure(site: str, clip: Path, count: int, seconds: float) -> dict[str, object]:
    """The figures of ``count`` visitors at once."""
    with chromium(*CAMERA, f"--use-file-for-fake-video-capture={clip}") as browser:
        pages = [new_visitor(browser, "", ("camera",)) for _ in range(count)]
        for page in pages:
            start(page, site)
        time.sleep(WARM_S)
        for page in pages:
            page.evaluate(COUNT)
        before, began = [page.evaluate(PLAYED) for page in pages], time.monotonic()
        time.sleep(seconds)
        ages = [page.evaluate("window.ages") for page in pages]
        lasted = time.monotonic() - began
        own = [(page.evaluate(PLAYED) - played) / lasted for page, played in zip(pages, before, strict=True)]
        drawn = sum(page.evaluate(DRAWN) for page in pages)
    return {
        "visitors": count,
        "load": round(os.getloadavg()[0], 1),
        "results_per_s": [round(len(of_page) / lasted, 1) for of_page in ages],
        "age_ms": [round(float(ms)) for ms in np.percentile(np.concatenate(ages), (50, 95))],
        "own_rate": [round(rate, 1) for rate in own],
        "drawn": drawn,
    }


def main(
    visitors: Annotated[str, typer.Option(help="Numbers of visitors at once.")] = "1,3,8",
    seconds: float = 20.0,
    rate: Annotated[int, typer.Option(min=5, max=30, help="Frames a second of the cameras.")] = 30,
) -> None:
    """Measures each number of visitors on a site of its own."""
    picture, face = sample_face()
    for count in map(int, visitors.split(",")):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            clip = make_moving_clip(folder / "face.y4m", picture, face, 60, 4.0, rate)
            with running_site(
                folder / "log", cache=folder, ice_servers="[]", max_live=count, live_drawing="browser"
            ) as site:
                print(json.dumps(measure(site, clip, count, seconds)), flush=True)


if __name__ == "__main__":
    typer.run(main)

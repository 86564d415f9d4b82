"""Attacks the site and the service on loopback while honest visitors use them. Prints JSON.

python -m benchmarks.siege [--seconds 600] [--only TEXT] [--no-live] [--checkout FOLDER --python PROGRAM]
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from benchmarks.scale.crowd import photo
from benchmarks.siege import attackers, attacks_service, files, live
from benchmarks.siege.honest import PICTURE, VIDEO, Tally, ask_again, visit_again
from benchmarks.siege.servers import Server, running_servers
from benchmarks.waiting import repeated
from fizzog_core.settings import ROOT

PICTURES, VIDEOS, LIVE = 4, 2, 2
"""Honest visitors of each kind; a further one uses the service."""
SAMPLE_EVERY_S = 2.0
AFTER_S = 30.0
"""Time after the last attack, in which what it took has to be given back."""


def main(
    seconds: Annotated[float, typer.Option(min=10, max=3600, help="Length of the attacks.")] = 600,
    only: Annotated[str, typer.Option(help="Attacks whose name contains this text.")] = "",
    with_live: Annotated[bool, typer.Option("--live/--no-live", help="Two live visitors in a browser.")] = True,
    checkout: Annotated[Path, typer.Option(help="The site and the service of another checkout.")] = ROOT,
    python: Annotated[Path, typer.Option(help="The interpreter of that checkout.")] = Path(sys.executable),
) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        running_servers(Path(folder), checkout, python) as (site, service),
    ):
        chosen = attackers.names(only)
        print(json.dumps(asyncio.run(siege(chosen, site, service, seconds, with_live, Path(folder))), indent=1))


async def siege(
    chosen: Sequence[str], site: Server, service: Server, seconds: float, with_live: bool, folder: Path
) -> dict[str, Any]:
    """All attacks and all honest visitors at once."""
    tallies = {"picture": Tally(), "video": Tally(), "service": Tally()}
    ended = threading.Event()
    spawn = multiprocessing.get_context("spawn")
    with ThreadPoolExecutor(1) as thread, ProcessPoolExecutor(1, spawn) as process, sampled(site, service) as samples:
        film = await asyncio.to_thread(live.clip, folder / "face.mjpeg") if with_live else None
        browser = thread.submit(live.watch, site.address, film, LIVE, ended) if film else None
        honest = _honest(tallies, site.address, service.address)
        run = process.submit(attackers.run, chosen, site.address, service.address, seconds)
        outcomes = await asyncio.wrap_future(run)
        samples["attacks_end_s"] = round(time.monotonic() - samples["start_s"])
        await asyncio.sleep(AFTER_S)
        ended.set()
        for task in honest:
            task.cancel()
        await asyncio.gather(*honest, return_exceptions=True)
        seen = await asyncio.to_thread(browser.result) if browser else []
    return {
        "seconds": seconds,
        "load_average": round(os.getloadavg()[0], 1),
        "honest": {name: _figures(tally) for name, tally in tallies.items()},
        "live": seen,
        "attacks": outcomes,
        "ended": [server.folder.name for server in (site, service) if not server.alive()],
        **{name: value for name, value in samples.items() if name != "start_s"},
    }


def _honest(tallies: dict[str, Tally], site: str, service: str) -> list[asyncio.Task[None]]:
    picture, film = photo(2), files.honest_video()
    visits = [visit_again(site, PICTURE, "a.jpg", picture, tallies["picture"], f"127.0.2.{n}") for n in range(PICTURES)]
    visits += [visit_again(site, VIDEO, "a.mp4", film, tallies["video"], f"127.0.3.{n}") for n in range(VIDEOS)]
    visits.append(ask_again(service, attacks_service.KEY, picture, tallies["service"], "127.0.4.1"))
    return [asyncio.ensure_future(visit) for visit in visits]


def _figures(tally: Tally) -> dict[str, Any]:
    times = tally.answers_s
    return {
        "answers": len(times),
        "median_s": round(statistics.median(times), 2) if times else None,
        "p95_s": round(float(np.percentile(times, 95)), 2) if times else None,
        "told": dict(Counter(tally.told)),
        "lost": dict(Counter(tally.lost)),
    }


@contextmanager
def sampled(site: Server, service: Server) -> Iterator[dict[str, Any]]:
    """Memory of both servers with their processes, and the bytes in their folders, every two seconds."""
    samples: dict[str, Any] = {"start_s": time.monotonic(), "site_mb": [], "service_mb": [], "disk_mb": []}

    def watch() -> None:
        samples["site_mb"].append(round(site.memory_mb()))
        samples["service_mb"].append(round(service.memory_mb()))
        samples["disk_mb"].append(round(site.disk_mb() + service.disk_mb(), 1))

    try:
        with repeated(watch, SAMPLE_EVERY_S):
            yield samples
    finally:
        for name in ("site_mb", "service_mb", "disk_mb"):
            values = samples.pop(name)
            step = max(1, len(values) // 20)
            samples[name] = {"largest": max(values), "last": values[-1], "over_time": values[::step]}


if __name__ == "__main__":
    typer.run(main)

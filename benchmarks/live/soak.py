"""Connects and disconnects visitors for some minutes and measures growth of memory, files and threads. Prints JSON.

python -m benchmarks.live.soak [--minutes 20] [--at-once 3] [--seed 0] [--hand PICTURE]

Each visit lasts a random time of 3 to 20 seconds, drawn with the seed. Memory, file descriptors and threads are read
without visitors: before the first visit, after the first minute (until then all code has run once), and at the end.
``memory_slope_mb_per_min``: slope of a straight line through the readings after the first third.
"""

from __future__ import annotations

import gc
import json
import os
import threading
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.live.visitors import Server, Visit, pictures
from benchmarks.peers.workers import memory_mb
from benchmarks.waiting import wait_for

READING_S = 5.0


def main(
    minutes: float = 20.0,
    at_once: Annotated[int, typer.Option(help="Largest number of visitors at the same time.")] = 3,
    seed: int = 0,
    hand: Annotated[Path | None, typer.Option(help="Picture of a hand, shown beside the face.")] = None,
) -> None:
    server = Server(pictures(hand), at_once)
    before = _reading()
    rng = np.random.default_rng(seed)
    readings: list[tuple[float, float]] = []
    totals = {"visits": 0, "results": 0, "visits_without_result": 0}
    warm_s = min(60.0, 20 * minutes)
    began = time.monotonic()
    _visits(server, began + warm_s, began, at_once, rng, readings, totals)
    warm = _reading()
    _visits(server, began + 60 * minutes, began, at_once, rng, readings, totals)
    after = _reading()
    server.close()
    later = np.array([reading for reading in readings if reading[0] > 20 * minutes])
    slope = float(np.polyfit(later[:, 0] / 60, later[:, 1], 1)[0]) if len(later) > 2 else None
    line = {
        "minutes": minutes, "at_once": at_once, "load_average": round(os.getloadavg()[0], 1), **totals,
        "before": before, "after_first_minute": warm, "after": after,
        "memory_slope_mb_per_min": None if slope is None else round(slope, 2),
    }  # fmt: skip
    print(json.dumps(line))


def _visits(
    server: Server,
    until_s: float,
    began: float,
    at_once: int,
    rng: np.random.Generator,
    readings: list[tuple[float, float]],
    totals: dict[str, int],
) -> None:
    """Connects and disconnects visitors until the end, then disconnects the last ones."""
    there: list[tuple[float, Visit]] = []
    next_reading = time.monotonic()
    while True:
        now = time.monotonic()
        for leaving in [pair for pair in there if pair[0] <= now or now >= until_s]:
            there.remove(leaving)
            server.leave(leaving[1])
            totals["visits"] += 1
            totals["results"] += len(leaving[1].counts.ages_ms)
            totals["visits_without_result"] += not leaving[1].counts.ages_ms
        if now >= until_s:
            break
        if len(there) < at_once:
            there.append((now + rng.uniform(3, 20), server.join()))
        if now >= next_reading:
            readings.append((now - began, memory_mb()))
            next_reading = now + READING_S
        time.sleep(rng.uniform(0.2, 1.0))
    wait_for(lambda: server.places_taken == 0, 30, "a slot is still taken")
    time.sleep(2)


def _reading() -> dict[str, float]:
    gc.collect()
    return {
        "memory_mb": memory_mb(),
        "file_descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "threads": threading.active_count(),
    }


if __name__ == "__main__":
    typer.run(main)

"""Measures live visitors over real WebRTC, 640x480 at 30 frames per second. Prints a JSON line for each number.

python -m benchmarks.live [--seconds 60] [--visitors 1,2,4,8] [--hand PICTURE] [--as-asked] [--send-only]
    [--rate 10] [--no-analysis]

``--send-only``: no picture goes back; each visitor reads the results as server-sent events.
``--rate``: frames a second that each visitor sends, 30 divided by a whole number.
``--no-analysis``: the result of a visitor's first frame is repeated, so that only the rest of the cost remains.
``--as-asked``: each visitor sends the frame rate that the site requests for this number of visitors, instead of 30.

``capture_to_result``: time from the creation of a frame by the visitor's peer to its result on the server: encoding,
network, decoding, waiting and analysis. ``capture_to_shown``: time to the arrival of the drawn frame at the peer. The
peer reads the time from the compressed picture, so only the median is reported; with ``--send-only`` it is the time to
the arrival of the result at the peer. ``server_cpu``: the server's processor
time as a share of all cores; the peers run on the same machine, and a second figure is their share.
``server_cpu_ms_per_result``: all processor time of a result, with decoding, drawing and encoding. This figure is the
most reliable one on a busy machine.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.live.visitors import Server, Visit, pictures
from benchmarks.peers.workers import memory_mb
from benchmarks.waiting import wait_for
from fizzog_core.live.camera import FULL_RATE, frame_rate
from fizzog_core.runtime.cpu import available_cores


def main(
    seconds: float = 60.0,
    visitors: Annotated[str, typer.Option(help="Numbers of visitors at once.")] = "1,2,4,8",
    hand: Annotated[Path | None, typer.Option(help="Picture of a hand, shown beside the face.")] = None,
    as_asked: Annotated[bool, typer.Option("--as-asked", help="Use the frame rate that the site requests.")] = False,
    send_only: Annotated[bool, typer.Option("--send-only", help="Send results instead of pictures.")] = False,
    rate: Annotated[
        float, typer.Option(help="Frames a second of each visitor, 30 divided by a whole number.")
    ] = FULL_RATE,
    no_analysis: Annotated[bool, typer.Option("--no-analysis", help="Repeat the first frame's result.")] = False,
) -> None:
    counts = [int(count) for count in visitors.split(",")]
    server = Server(pictures(hand), max(counts), send_only, analyses=not no_analysis)
    for count in counts:
        asked = frame_rate(count, server.results_per_s) if as_asked else rate
        print(json.dumps(_measure(server, count, seconds, asked)), flush=True)
    server.close()


def _measure(server: Server, count: int, seconds: float, rate: float) -> dict[str, object]:
    memory_before = memory_mb()
    visits = [server.join(rate) for _ in range(count)]
    wait_for(lambda: all(len(visit.counts.ages_ms) >= 5 for visit in visits), 60, "a visitor has less than 5 results")
    for visit in visits:
        visit.counts.clear()
    began, cpu, client_cpu = time.monotonic(), time.process_time(), server.client_cpu_s
    time.sleep(seconds)
    lasted, used = time.monotonic() - began, time.process_time() - cpu
    results = [len(visit.counts.ages_ms) for visit in visits]
    ages = [age for visit in visits for age in list(visit.counts.ages_ms)]
    speeds = [visit.live.view().speed for visit in visits]
    memory_after = memory_mb()
    left = [server.leave(visit) for visit in visits]
    shown = [age for answer in left for age in answer["shown_ms"]]
    wait_for(lambda: server.places_taken == 0, 20, "a slot is still taken")
    cores = available_cores()
    return {
        "visitors": count,
        "send_only": server.send_only,
        "pictures_sent_per_s": rate,
        "seconds": round(lasted, 1),
        "load_average": round(os.getloadavg()[0], 1),
        "results_per_s": [round(number / lasted, 1) for number in results],
        "capture_to_result_p50_ms": _percentile(ages, 50),
        "capture_to_result_p95_ms": _percentile(ages, 95),
        "arrival_to_result_p95_ms": [None if s.p95_ms is None else round(s.p95_ms, 1) for s in speeds],
        "stage_ms": {stage: round(ms, 1) for stage, ms in speeds[0].stage_ms.items()},
        "found_in_a_frame": _found(visits),
        "pictures_or_results_returned": [answer["received"] for answer in left],
        "capture_to_shown_p50_ms": _percentile(shown, 50),
        "server_cpu": round(used / lasted / cores, 3),
        "server_cpu_ms_per_result": round(1000 * used / max(1, sum(results)), 1),
        "visitors_cpu_since_last": round((server.client_cpu_s - client_cpu) / lasted / cores, 3),
        "memory_mb": {"before": memory_before, "during": memory_after, "after": memory_mb()},
    }


def _percentile(values: list[float], percent: float) -> float | None:
    return round(float(np.percentile(values, percent)), 1) if values else None


def _found(visits: list[Visit]) -> dict[str, float]:
    frames = max(1, sum(len(visit.counts.ages_ms) for visit in visits))
    return {
        "faces": round(sum(visit.counts.faces for visit in visits) / frames, 2),
        "hands": round(sum(visit.counts.hands for visit in visits) / frames, 2),
    }


if __name__ == "__main__":
    typer.run(main)

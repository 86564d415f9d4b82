"""Measures how long a small request waits beside large ones in the batching engine. Prints JSON lines.

python -m benchmarks.scale.turns [--large 16] [--rows 256]

First line for each network: processor ms a row in calls of 1, 8 and 32 rows. Last line: one client repeats a request of
one row for the emotion network while ``large`` requests of ``rows`` rows are served. Another commit: run this file with
its folder in PYTHONPATH and as the current directory.
"""

from __future__ import annotations

import json
import os
import time
from statistics import median

import numpy as np
import typer

from fizzog_core import settings
from fizzog_core.labels import TASKS
from fizzog_core.networks import loading
from fizzog_core.networks.batching import Engine
from fizzog_core.networks.predictor import Networks, Predictor

SIZES = (1, 8, 32)
REPEATS = 8


def main(large: int = 16, rows: int = 256) -> None:
    networks = loading.load_all(settings.get().models)
    for task in TASKS:
        network: Predictor = getattr(networks, task)
        print(json.dumps({"network": task, "processor_ms_a_row": {n: _row_ms(network, n) for n in SIZES}}))
    print(json.dumps(_beside_large(networks, large, rows)))


def _row_ms(network: Predictor, count: int) -> float:
    batch = np.full((count, *network.row_shape), 100, np.float32)
    network.predict(batch)
    taken = []
    for _ in range(REPEATS):
        began = time.thread_time()
        network.predict(batch)
        taken.append(time.thread_time() - began)
    return round(1000 * median(taken) / count, 3)


def _beside_large(networks: Networks, large: int, rows: int) -> dict[str, object]:
    engine = Engine(networks)
    batch = np.full((rows, *networks.emotion.row_shape), 100, np.float32)
    began = time.monotonic()
    requests = [engine.submit(f"large {number}", "emotion", batch) for number in range(large)]
    waits: list[float] = []
    while not all(request.done() for request in requests):
        sent = time.monotonic()
        engine.submit("small", "emotion", batch[:1]).result()
        waits.append(time.monotonic() - sent)
    lasted = time.monotonic() - began
    engine.close()
    p50, p95 = np.percentile(waits, (50, 95))
    return {
        "small_requests": len(waits),
        "wait_s": {"p50": round(p50, 3), "p95": round(p95, 3), "longest": round(max(waits), 3)},
        "seconds_for_all": round(lasted, 1),
        "load_average": round(os.getloadavg()[0], 1),
    }


if __name__ == "__main__":
    typer.run(main)

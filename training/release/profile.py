"""Layers and latency of a network: layers.csv and latency.json beside its card."""

from __future__ import annotations

import json
import os
import platform
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any

import keras
import numpy as np
import pandas as pd
import typer

from fizzog_core import settings
from fizzog_core.evaluation import runs
from fizzog_core.networks import model_card
from fizzog_core.runtime.cpu import available_cores
from training.evaluation import tasks
from training.networks.cost import layer_multiply_adds
from training.release import folders

BATCHES = (1, 8)
THREADS = (1, 2)
THREAD_VARIABLES = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")


def layer_table(network: keras.Model) -> pd.DataFrame:
    """One row per layer, in the order of execution: name, type, inputs (names, separated by spaces), output_shape (for
    one input, "24x24x64"), parameters, multiply_adds."""
    lines = []
    for layer in network.operations:
        before = [parent.operation.name for node in layer._inbound_nodes for parent in node.parent_nodes]
        lines.append(
            {
                "name": layer.name,
                "type": type(layer).__name__,
                "inputs": " ".join(dict.fromkeys(before)),
                "output_shape": "x".join(str(side) for side in layer.output.shape[1:]),
                "parameters": layer.count_params() if isinstance(layer, keras.Layer) else 0,
                "multiply_adds": layer_multiply_adds(layer),
            }
        )
    return pd.DataFrame(lines)


def time_calls(path: Path, batches: tuple[int, ...] = BATCHES, calls: int = 60) -> list[dict[str, float]]:
    """Milliseconds of ``predict_on_batch`` for each batch size: median and 95th percentile, after 10 warm-up calls."""
    network = keras.saving.load_model(path, compile=False)
    found = []
    for batch in batches:
        rows = np.random.default_rng(0).uniform(0, 255, (batch, *network.input_shape[1:])).astype(np.float32)
        seconds = []
        for _ in range(calls + 10):
            start = time.perf_counter()
            network.predict_on_batch(rows)
            seconds.append(time.perf_counter() - start)
        median, high = np.percentile(seconds[10:], [50, 95]) * 1000
        found.append({"batch": batch, "median_ms": round(float(median), 2), "p95_ms": round(float(high), 2)})
    return found


def measure_latency(path: Path) -> dict[str, Any]:
    """``time_calls`` in a new process for each number of threads, with the machine and its load before the calls."""
    load = round(os.getloadavg()[0], 1)
    lines = []
    for threads in THREADS:
        os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(threads)))
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            lines += [{"threads": threads, **line} for line in pool.submit(time_calls, path).result()]
    machine = {"processor": processor(), "cores": available_cores(), "load_before": load}
    return {"machine": machine, "backend": keras.backend.backend(), "calls": lines}


def processor() -> str:
    """The processor's name that the operating system reports."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def write(folder: Path) -> dict[str, Any]:
    """Write layers.csv and latency.json for the network in ``folder``; return the latency. Raises ModelError."""
    path = model_card.network_path(folder, model_card.load(folder))
    network = keras.saving.load_model(path, compile=False)
    layer_table(network).to_csv(folder / runs.LAYERS, index=False)
    latency = measure_latency(path)
    (folder / runs.LATENCY).write_text(json.dumps(latency, indent=2) + "\n", encoding="utf-8")
    return latency


def main(
    task: Annotated[str, typer.Argument(help="emotion, keypoints or gesture")],
) -> None:
    """Measure a network's layers and latency, and write layers.csv and latency.json."""
    tasks.find(task)
    with folders.changed(settings.get().models / task) as draft:
        latency = write(draft)
    for line in latency["calls"]:
        print("{threads} threads, batch {batch}: {median_ms} ms median, {p95_ms} ms p95".format(**line))

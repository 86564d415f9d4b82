"""Measures pictures per second of a folder on one core, on all cores and with Ray; milliseconds by stage. Prints JSON.

python -m benchmarks.scale.throughput [--pictures 800] [--source FOLDER] [--no-ray]
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from fizzog_core import settings
from fizzog_core.jobs import folder, ray_batch
from fizzog_core.jobs.location import Location
from fizzog_core.jobs.picture_files import find_pictures
from fizzog_core.media import images
from fizzog_core.networks import loading
from fizzog_core.networks.predictor import Networks
from fizzog_core.runtime.cpu import available_cores
from fizzog_core.settings import ROOT
from fizzog_core.vision.analyzer import Analyzer
from fizzog_core.vision.detector import Detector


def main(
    pictures: Annotated[int, typer.Option(min=1, help="Number of pictures; the pictures of the folder repeat.")] = 800,
    source: Annotated[Path, typer.Option(help="Folder of pictures.")] = ROOT / "samples",
    ray: Annotated[bool, typer.Option(help="Also with Ray, on a local cluster that the benchmark starts.")] = True,
) -> None:
    with tempfile.TemporaryDirectory() as name:
        copies = _copies(source, Path(name, "in"), pictures)
        networks = loading.load_all(settings.get().models)
        print(json.dumps(_stages(copies[:10], networks)), flush=True)
        for workers in sorted({1, available_cores()}):
            out = Path(name, f"{workers}.parquet")
            began, used = time.perf_counter(), time.process_time()
            folder.analyze_pictures(copies, networks, out, workers=workers)
            _print("folder", workers, pictures, time.perf_counter() - began, time.process_time() - used)
        if ray:
            for workers in sorted({1, available_cores()}):
                _ray(copies[0].parent, Path(name, f"ray{workers}"), pictures, workers)


def _ray(source: Path, out: Path, pictures: int, workers: int) -> None:
    """Prints the whole time, and the time of the second half of the shards.

    With enough shards no worker starts in the second half.
    """
    ray_batch.SHARD_PICTURES = max(1, pictures // 40)
    done: list[tuple[float, int]] = []
    began = time.perf_counter()
    job = ray_batch.Job(Location(str(source)), Location(str(out)), settings.get().models.resolve())
    ray_batch.run(job, "local", workers, lambda shard: done.append((time.perf_counter(), shard.pictures)))
    half = len(done) // 2
    steady = sum(count for _, count in done[half:]), done[-1][0] - done[half - 1][0]
    _print("ray, with its start", workers, pictures, time.perf_counter() - began, None)
    _print("ray, steady", workers, steady[0], steady[1], None)


def _stages(copies: list[Path], networks: Networks) -> dict[str, object]:
    """Returns the median milliseconds of each stage, reading included, one picture at a time."""
    times: defaultdict[str, list[float]] = defaultdict(list)
    with Detector("image") as detector:
        analyzer = Analyzer(detector, networks)
        for path in copies:
            began = time.perf_counter()
            frame = images.read(path)
            times["read"].append(1000 * (time.perf_counter() - began))
            for stage, ms in analyzer.analyze(frame).stage_ms.items():
                times[stage].append(ms)
    medians = {stage: round(float(np.median(values)), 1) for stage, values in times.items()}
    return {"stage_ms": medians, "sum_ms": round(sum(medians.values()), 1), "load_average": os.getloadavg()[0]}


def _print(what: str, workers: int, pictures: int, seconds: float, cpu_s: float | None) -> None:
    line = {"what": what, "workers": workers, "pictures": pictures, "seconds": round(seconds, 2)}
    line |= {"pictures_per_s": round(pictures / seconds, 2), "load_average": round(os.getloadavg()[0], 1)}
    if cpu_s is not None:
        line["cpu_ms_per_picture"] = round(1000 * cpu_s / pictures, 1)
    print(json.dumps(line), flush=True)


def _copies(source: Path, folder_: Path, number: int) -> list[Path]:
    found = find_pictures([str(source)]).pictures
    folder_.mkdir()
    names = [folder_ / f"{index:06d}{found[index % len(found)].suffix}" for index in range(number)]
    for index, name in enumerate(names):
        shutil.copyfile(found[index % len(found)], name)
    return names


if __name__ == "__main__":
    typer.run(main)

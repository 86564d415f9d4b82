"""Our whole pipeline (faces, 15 points, emotion, hands, gesture) on pictures, beside ``fer`` (emotion only).

python -m benchmarks.peers.picture [PICTURE...] [--fer-python PATH]

Prints JSON: start, load, first picture, steady pictures by stage, memory, and with the Python of an environment in
which benchmarks/peers/requirements.txt is installed, ratios to ``fer``. The programs take turns on each picture.
``fizzog_stream`` reads it as the live page reads a frame, ``fizzog_picture`` as an uploaded picture: on tiles too, and
twice for what is not found. Below 1 we are faster. A ratio is taken for each picture and round before the median, so
that a busy machine weighs on both sides.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import numpy as np
import typer
from PIL import Image

from benchmarks.peers.workers import ROOT, Worker
from fizzog_core.errors import PictureError
from fizzog_core.media import images

SIZE_PX = (640, 480)
ASTRONAUT = ROOT / "samples" / "astronaut.png"
SAMPLES = ROOT.parent / "shared" / "data" / "samples" / "pictures"
OURS, THEIRS = ("fizzog_stream", "fizzog_picture"), ("fer_haar", "fer_mtcnn")


def main(
    pictures: Annotated[list[Path] | None, typer.Argument(metavar="[PICTURE...]")] = None,
    fer_python: Annotated[Path | None, typer.Option(help="Python that has fer.")] = None,
    count: Annotated[int, typer.Option(help="Pictures, if none are named.")] = 8,
    repeats: Annotated[int, typer.Option(help="Rounds over the pictures.")] = 5,
    seed: int = 0,
) -> None:
    with same_pictures(pictures or [], count, seed) as files, programs(fer_python) as workers:
        first = {name: worker.ask(files[0]) for name, worker in workers.items()}
        answers = in_turn(workers, files, repeats)
    print(json.dumps({"pictures": len(files), "repeats": repeats, "load_average": os.getloadavg()[0]}))
    for name, worker in workers.items():
        start = {**worker.started, "first_ms": first[name]["ms"]}
        print(json.dumps({"program": name, "start": start, "steady": medians(answers[name])}))
    for ours in OURS:
        for theirs in THEIRS if fer_python else ():
            print(json.dumps({"ours": ours, "theirs": theirs, **ratios(answers[ours], answers[theirs])}))


@contextmanager
def same_pictures(paths: Sequence[Path], count: int, seed: int) -> Iterator[list[Path]]:
    """PNG files 640x480 at most of the given pictures; of the shipped one and some samples if none are given."""
    chosen = list(paths) or [ASTRONAUT, *_samples(count - 1, seed)]
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, path in enumerate(chosen):
            picture = Image.fromarray(images.read(path))
            picture.thumbnail(SIZE_PX)
            files.append(Path(folder) / f"{number}.png")
            picture.save(files[-1])
        yield files


def _samples(count: int, seed: int) -> list[Path]:
    paths = sorted(path for path in SAMPLES.glob("*.jp*g") if _readable(path))
    if not paths or count < 1:
        return []
    order = np.random.default_rng(seed).permutation(len(paths))
    return [paths[k] for k in order[:count]]


def _readable(path: Path) -> bool:
    try:
        return min(images.read(path).shape[:2]) >= SIZE_PX[1]
    except PictureError:
        return False


@contextmanager
def programs(fer_python: Path | None) -> Iterator[dict[str, Worker]]:
    """Our pipeline in each mode, and fer with both detectors if its environment is given; started one by one."""
    with ExitStack() as stack:
        started: dict[str, Worker] = {}
        for name in (*OURS, *THEIRS) if fer_python else OURS:
            program, _, mode = name.partition("_")
            python = fer_python if program == "fer" and fer_python else Path(sys.executable)
            started[name] = Worker(python, f"benchmarks.peers.worker_{program}", mode)
            stack.callback(started[name].close)
        yield started


def in_turn(workers: dict[str, Worker], files: Sequence[Path], repeats: int) -> dict[str, list[dict[str, Any]]]:
    """Every answer of every program. All see one picture before any sees the next, so that a busy machine is busy
    for all. The first round over the pictures is left out."""
    answers: dict[str, list[dict[str, Any]]] = {name: [] for name in workers}
    for number in range(repeats + 1):
        for file in files:
            for name, worker in workers.items():
                answer = worker.ask(file)
                if number:
                    answers[name].append(answer)
    return answers


def medians(answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Median and 95th percentile over the pictures, the processor's time, what was found, and memory at the end."""
    ms = [answer["ms"] for answer in answers]
    figures: dict[str, Any] = {
        "median_ms": round(median(ms), 1),
        "p95_ms": round(float(np.percentile(ms, 95)), 1),
        "median_cpu_ms": round(median(answer["cpu_ms"] for answer in answers), 1),
        "faces": sum(answer["faces"] for answer in answers),
        "memory_mb": answers[-1]["memory_mb"],
    }
    if "stage_ms" in answers[0]:
        stages = answers[0]["stage_ms"]
        figures["stage_ms"] = {stage: round(median(a["stage_ms"][stage] for a in answers), 2) for stage in stages}
    return figures


def ratios(ours: Sequence[dict[str, Any]], theirs: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Our time over theirs, elapsed and of the processor."""
    return {
        f"{kind}_ratio": round(median(a[kind] / max(b[kind], 0.01) for a, b in zip(ours, theirs, strict=True)), 3)
        for kind in ("ms", "cpu_ms")
    }


if __name__ == "__main__":
    typer.run(main)

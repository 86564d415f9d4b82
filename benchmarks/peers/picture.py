"""Compares Fizzog's whole pipeline (faces, 15 points, emotion, hands, gesture) on pictures with ``fer`` (emotion only).

python -m benchmarks.peers.picture [PICTURE...] [--fer-python PATH]

Prints JSON: start, load, first picture, later pictures by stage, and memory. With the Python of an environment in
which benchmarks/peers/requirements.txt is installed, also ratios to ``fer``. The programs take turns on each picture.
``fizzog_stream`` analyses a picture as a frame of the live page; ``fizzog_picture`` analyses it as an uploaded picture,
with tiles and a second pass. With a ratio below 1 Fizzog is faster. The ratio is computed for each picture and round
before the median, so that other load on the machine affects both sides.
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
    count: Annotated[int, typer.Option(help="Number of pictures if none are named.")] = 8,
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
    """Yields PNG files of at most 640x480: of ``paths``, or of the repository's picture and some samples."""
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
    """Starts, one after another, Fizzog in each mode and, with ``fer_python``, fer with both detectors."""
    with ExitStack() as stack:
        started: dict[str, Worker] = {}
        for name in (*OURS, *THEIRS) if fer_python else OURS:
            program, _, mode = name.partition("_")
            python = fer_python if program == "fer" and fer_python else Path(sys.executable)
            started[name] = Worker(python, f"benchmarks.peers.worker_{program}", mode)
            stack.callback(started[name].close)
        yield started


def in_turn(workers: dict[str, Worker], files: Sequence[Path], repeats: int) -> dict[str, list[dict[str, Any]]]:
    """Returns each result of each program, without the first round over the pictures.

    All programs process one picture before the next, so that other load on the machine affects all programs.
    """
    answers: dict[str, list[dict[str, Any]]] = {name: [] for name in workers}
    for number in range(repeats + 1):
        for file in files:
            for name, worker in workers.items():
                answer = worker.ask(file)
                if number:
                    answers[name].append(answer)
    return answers


def medians(answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Returns median and 95th percentile over the pictures, processor time, numbers of detections, and final memory."""
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
    """Returns Fizzog's time divided by the other program's, for elapsed and processor time."""
    return {
        f"{kind}_ratio": round(median(a[kind] / max(b[kind], 0.01) for a, b in zip(ours, theirs, strict=True)), 3)
        for kind in ("ms", "cpu_ms")
    }


if __name__ == "__main__":
    typer.run(main)

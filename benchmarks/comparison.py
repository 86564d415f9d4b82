"""What picture.py and versus_fer.py share: the pictures, the programs in turn, and their medians."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.workers import ROOT, Worker
from fizzog_core import images
from fizzog_core.errors import PictureError

SIZE_PX = (640, 480)
ASTRONAUT = ROOT / "samples" / "astronaut.png"
SAMPLES = ROOT.parent / "shared" / "data" / "samples" / "pictures"


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
def programs(fer_python: Path | None, modes: Sequence[str]) -> Iterator[dict[str, Worker]]:
    """Our pipeline in each mode, and fer with both detectors if its environment is given; started one by one."""
    with ExitStack() as stack:
        started: dict[str, Worker] = {}
        for mode in modes:
            started[f"fizzog_{mode}"] = Worker(Path(sys.executable), "benchmarks.worker_fizzog", mode)
            stack.callback(started[f"fizzog_{mode}"].close)
        for detector in ("haar", "mtcnn") if fer_python else ():
            assert fer_python is not None
            started[f"fer_{detector}"] = Worker(fer_python, "benchmarks.worker_fer", detector)
            stack.callback(started[f"fer_{detector}"].close)
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

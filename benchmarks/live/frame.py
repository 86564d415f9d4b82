"""Processor time of the analysis of one live frame, by stage. Prints a JSON line for each checkout.

python -m benchmarks.live.frame PICTURE [--against CHECKOUT] [--against-python PYTHON] [--rounds 10]

PICTURE shows a face and a hand. It fills a frame of 640x480 pixels as far as its shape permits, sways and zooms, as a
stream of 30 frames a second. CHECKOUT is a folder with another commit of the project: it analyses the same frames, and
both run in turn. PYTHON is the interpreter of that commit's environment, if it needs other packages than this one.
Stages: the two detectors' calls and the networks' calls, without threads of their own, as MediaPipe has; ``rest`` is
everything else, such as crops.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from fizzog_core.settings import ROOT

WORKER = Path(__file__).with_name("frame_worker.py")
ROUND_FRAMES = 32
"""Frames a round: a multiple of the detectors' intervals."""


def main(
    picture: Annotated[Path, typer.Argument(help="Picture of a face and a hand.")],
    against: Annotated[Path | None, typer.Option(help="Folder of another commit.")] = None,
    against_python: Annotated[Path, typer.Option(help="Interpreter for that commit.")] = Path(sys.executable),
    rounds: Annotated[int, typer.Option(min=1, help=f"Rounds of {ROUND_FRAMES} frames.")] = 10,
) -> None:
    checkouts = {ROOT: Path(sys.executable)} | ({} if against is None else {against.resolve(): against_python})
    with ExitStack() as opened:
        workers = {
            checkout: opened.enter_context(_worker(python.absolute(), checkout, picture.resolve()))
            for checkout, python in checkouts.items()
        }
        for worker in workers.values():
            _round(worker)  # warm up
        answers: dict[Path, list[dict[str, Any]]] = {checkout: [] for checkout in checkouts}
        for _ in range(rounds):
            for checkout, worker in workers.items():
                answers[checkout].append(_round(worker))
    for checkout, of_checkout in answers.items():
        print(json.dumps({"checkout": "this" if checkout == ROOT else "against"} | _summary(of_checkout)))


def _summary(answers: list[dict[str, Any]]) -> dict[str, Any]:
    frames = sum(answer["frames"] for answer in answers)
    stages = {stage for answer in answers for stage in answer["ms"]}
    means = {stage: round(sum(answer["ms"].get(stage, 0.0) for answer in answers) / frames, 2) for stage in stages}
    counts = {name: sum(answer[name] for answer in answers) for name in ("frames", "faces", "hands")}
    return counts | {"processor_ms": dict(sorted(means.items(), key=lambda stage: -stage[1]))}


@contextmanager
def _worker(python: Path, checkout: Path, picture: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [str(python), "-P", str(WORKER), str(picture)],
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": str(checkout)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _round(worker: subprocess.Popen[str]) -> dict[str, Any]:
    """Lets the worker analyse the next frames. Raises RuntimeError if it ends."""
    entry, answer = _pipe(worker.stdin), _pipe(worker.stdout)
    entry.write(f"{ROUND_FRAMES}\n")
    entry.flush()
    line = answer.readline()
    if not line:
        raise RuntimeError("The worker ended. Its message is above; does the other commit need --against-python?")
    return json.loads(line)


def _pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


if __name__ == "__main__":
    typer.run(main)

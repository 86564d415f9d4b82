"""Measures the speed of the video and folder commands, and the memory for a short and a long video. Prints JSON.

python -m benchmarks.scale.video speed      frames per second at 640x480, every frame analysed
python -m benchmarks.scale.video memory     peak memory for a clip of two minutes and for one of two hours
python -m benchmarks.scale.video peer PYTHON   the same clip with DeepFace, faces and emotion only
python -m benchmarks.scale.video folder     pictures per second on one core and on two
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import av
import numpy as np
import typer
from PIL import Image

from fizzog_core import settings
from fizzog_core.media import images
from fizzog_core.runtime.cpu import available_cores
from fizzog_core.types import Frame

ASTRONAUT = settings.ROOT / "samples" / "astronaut.png"
RATE = 30
app = typer.Typer(add_completion=False)


@dataclass(frozen=True, slots=True)
class Run:
    """A command's wall time, processor time of all threads, peak resident memory, and output."""

    wall_s: float
    cpu_s: float
    peak_mib: float
    printed: str


@app.command()
def speed(seconds: Annotated[int, typer.Option(help="Length of the clip.")] = 20) -> None:
    """Measures the command on a moving face. The command prints ``frames_per_s`` without the loading of networks."""
    with tempfile.TemporaryDirectory() as folder:
        start = _analyze_clip(Path(folder), 1 / RATE)
        whole = _analyze_clip(Path(folder), seconds)
    frames = seconds * RATE
    rate = _frames_per_s(whole)
    _print(
        frames=frames,
        frames_per_s=rate,
        times_real_time=round(rate / RATE, 2),
        cpu_ms_per_frame=round(1000 * (whole.cpu_s - start.cpu_s) / frames, 1),
        whole=asdict(whole),
    )


@app.command()
def peer(deepface_python: Path, seconds: int = 5) -> None:
    """Compares the command with all outputs with DeepFace and its fastest detector on the same clip."""
    with tempfile.TemporaryDirectory() as name:
        ours = _analyze_clip(Path(name), seconds)
        command = [deepface_python, "-m", "benchmarks.peers.worker_deepface", Path(name, "clip.mp4")]
        environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "DEEPFACE_HOME": name}
        done = subprocess.run(command, cwd=settings.ROOT, env=environment, capture_output=True, text=True, check=True)
    theirs = json.loads(done.stdout.splitlines()[-1])
    rate = _frames_per_s(ours)
    _print(fizzog_frames_per_s=rate, deepface=theirs, times_as_fast=round(rate / theirs["frames_per_s"], 2))


@app.command()
def memory(seconds: int = 120, times: int = 60, rate: int = 2, every: int = 10) -> None:
    """Measures peak memory for videos of ``seconds`` and of ``seconds * times``, at ``rate`` frames per second.

    All frames are written; every ``every``-th frame is analysed.
    """
    with tempfile.TemporaryDirectory() as folder:
        short = _analyze_clip(Path(folder), seconds, every, rate)
        long = _analyze_clip(Path(folder), times * seconds, every, rate)
    _print(
        short_s=seconds,
        long_s=times * seconds,
        rate=rate,
        every=every,
        short=asdict(short),
        long=asdict(long),
        long_to_short=round(long.peak_mib / short.peak_mib, 3),
    )


@app.command()
def folder(pictures: int = 60) -> None:
    """Measures the folder command, without its start, on copies of the sample picture, 512x512, with one table."""
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        for number in range(pictures):
            with Image.open(ASTRONAUT) as image:
                darker = [max(0, value - number % 20) for value in range(256)] * 3
                image.convert("RGB").point(darker).save(top / f"{number}.jpg")
        rates = {}
        for cores in (1, 2):
            run = _command(["analyze", top, "--out", top / f"{cores}.parquet"], cores)
            rates[f"{cores}_cores"] = float(run.printed.partition(" pictures/s")[0].split()[-1])
    _print(pictures=pictures, pictures_per_s=rates)


def _print(**figures: Any) -> None:
    machine = {"cores": available_cores(), "load_average": round(os.getloadavg()[0], 1)}
    print(json.dumps(machine | figures, indent=2))


def _analyze_clip(folder: Path, seconds: float, every: int = 1, rate: int = RATE) -> Run:
    clip = folder / "clip.mp4"
    _write_clip(clip, round(seconds * rate), rate)
    out, table = folder / "out.mp4", folder / "out.parquet"
    return _command(["video", clip, "--out", out, "--table", table, "--every", every])


def _frames_per_s(run: Run) -> float:
    return float(run.printed.partition(" frames/s")[0].split()[-1])


def _command(words: list[object], cores: int | None = None) -> Run:
    """Runs ``python -m fizzog_core``; ``cores`` limits it to the first cores."""
    command = [sys.executable, "-m", "fizzog_core", *map(str, words)]
    bind = None if cores is None else lambda: os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        program = subprocess.Popen(command, cwd=settings.ROOT, stdout=output, preexec_fn=bind)
        _, status, usage = os.wait4(program.pid, 0)
        program.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        printed = output.read().strip()
    if status:
        raise RuntimeError(f"{' '.join(command)} failed")
    wall = time.perf_counter() - began
    return Run(round(wall, 2), round(usage.ru_utime + usage.ru_stime, 2), round(usage.ru_maxrss / 1024, 1), printed)


def _write_clip(path: Path, frames: int, rate: int) -> None:
    """Writes a video, 640x480, in which the sample portrait moves over the frame and back."""
    picture = np.asarray(Image.fromarray(images.read(ASTRONAUT)).resize((760, 760)))
    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream("libx264", rate=rate, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        for index in range(frames):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(_view(picture, index), format="rgb24")))
        output.mux(stream.encode(None))


def _view(picture: Frame, index: int) -> Frame:
    x, y = round(60 + 60 * np.sin(index / 20)), round(20 + 20 * np.cos(index / 31))
    return np.ascontiguousarray(picture[y : y + 480, x : x + 640])


if __name__ == "__main__":
    app()

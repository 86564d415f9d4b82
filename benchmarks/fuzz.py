"""Mutated files through the readers of uploads: ``python -m benchmarks.fuzz``.

A child process reads seeded mutations of valid files, under limits of time and memory. A reader may return a result or
raise FizzogError. Every other exception, a crash of the process, and a read of more than ``LONGEST_S`` is a failure.
"""

from __future__ import annotations

import faulthandler
import io
import json
import re
import resource
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import av
import numpy as np
import typer
from PIL import Image

from fizzog_core.datasets import uploads
from fizzog_core.errors import FizzogError
from fizzog_core.labels import KEYPOINT_NAMES
from fizzog_core.media import images
from fizzog_core.media.video_reader import VideoReader
from fizzog_core.media.video_writer import open_video

LONGEST_S = 10.0
MEMORY_BYTES = 2_000_000_000
"""Private memory that the child may allocate."""
IMAGE_FORMATS = {
    "jpeg": "JPEG",
    "png": "PNG",
    "webp": "WEBP",
    "gif": "GIF",
    "tiff": "TIFF",
    "heic": "HEIF",
    "avif": "AVIF",
}
VIDEO_CODECS = {"mp4": ("libx264", "aac"), "webm": ("libvpx", "libopus")}
KINDS = (*IMAGE_FORMATS, *VIDEO_CODECS, "zip", "fer2013_csv", "keypoints_csv")
FRAMES = 5


@dataclass(frozen=True, slots=True)
class Report:
    """``failures``: one line for each; ``read``: mutations that gave a result; ``peak_bytes``: memory of the child."""

    cases: int
    read: int
    failures: tuple[str, ...]
    peak_bytes: int


def run(cases: int, seed: int = 0, total_s: float = 3600.0) -> Report:
    """Reads ``cases`` mutations, in a new child process after each crash. Raises TimeoutExpired after ``total_s``."""
    first, read, peak, failures = 0, 0, 0, []
    while first < cases:
        command = [sys.executable, "-m", "benchmarks.fuzz", "--child", "--first", str(first)]
        command += ["--cases", str(cases), "--seed", str(seed)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=total_s, check=False)
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        read += sum(line["outcome"] == "read" for line in lines)
        peak = max([peak, *(line["peak"] for line in lines)])
        failures += [
            f"{line['case']} {line['kind']}: {line['outcome']}" for line in lines if line["outcome"].startswith("!")
        ]
        first += len(lines)
        if first < cases:
            kind, reason = KINDS[first % len(KINDS)], done.stderr.strip()[-1500:]
            failures.append(f"{first} {kind}: the process ended with {done.returncode}: {reason}")
            first += 1
    return Report(cases, read, tuple(failures), peak)


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """``content`` with one to four mutations: changed, removed, repeated or zeroed bytes; each tenth is cut."""
    data = bytearray(content)
    for _ in range(int(rng.integers(1, 5))):
        # Half of the mutations hit the first 256 bytes, where the headers are.
        at = int(rng.integers(0, min(256, len(data)) if rng.random() < 0.5 else len(data)))
        length = int(rng.integers(1, 17))
        match int(rng.integers(0, 6)):
            case 0:
                data[at] ^= 1 << int(rng.integers(0, 8))
            case 1:
                data[at : at + length] = rng.bytes(length)
            case 2:
                data[at : at + length] = b"\xff" * length
            case 3:
                data[at : at + length] = bytes(length)
            case 4:
                del data[at : at + length]
            case _:
                data[at:at] = data[at : at + length]
    return bytes(data[: rng.integers(1, len(data))] if rng.random() < 0.1 else data)


@lru_cache
def valid(kind: str) -> bytes:
    """A small valid file of ``kind``."""
    pixels = np.random.default_rng(5).integers(0, 255, (24, 32, 3), dtype=np.uint8)
    if kind in IMAGE_FORMATS:
        images.is_picture(Path("/dev/null"))  # registers the HEIF encoder
        return _saved(pixels, IMAGE_FORMATS[kind])
    if kind in VIDEO_CODECS:
        return _video(kind, *VIDEO_CODECS[kind])
    if kind == "zip":
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in ("cat/a.png", "dog/b.png"):
                archive.writestr(name, _saved(pixels, "PNG"))
        return file.getvalue()
    if kind == "fer2013_csv":
        return f"emotion,pixels,Usage\n3,{' '.join(['7'] * 2304)},Training\n".encode()
    cells = {f"{name}_{axis}": "40.5" for name in KEYPOINT_NAMES for axis in "xy"} | {"Image": " ".join(["7"] * 9216)}
    return f"{','.join(cells)}\n{','.join(cells.values())}\n".encode()


def read(kind: str, content: bytes) -> None:
    """Reads ``content`` as the site does."""
    if kind in IMAGE_FORMATS:
        images.decode(content)
    elif kind in VIDEO_CODECS:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"a.{kind}")
            path.write_bytes(content)
            with VideoReader(path) as reader, open_video(Path(folder, "out.mp4"), reader) as writer:
                for frame in islice(reader.frames(), 3 * FRAMES):
                    writer.write(frame, frame.pixels)
    else:
        uploads.read(content)


def _saved(pixels: np.ndarray, form: str) -> bytes:
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "a camera"
    options: dict[str, Any] = {} if form == "GIF" else {"exif": exif}
    Image.fromarray(pixels).save(file, form, **options)
    return file.getvalue()


def _video(kind: str, codec: str, sound: str) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=kind) as output:
        video: Any = output.add_stream(codec, rate=10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio: Any = output.add_stream(sound, rate=48000, layout="mono")
        for index in range(FRAMES):
            pixels = np.full((48, 64, 3), 40 * index, np.uint8)
            output.mux(video.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        output.mux(video.encode(None))
        for start in range(0, 9600, 960):
            wave: Any = av.AudioFrame.from_ndarray(np.zeros((1, 960), np.float32), format="fltp", layout="mono")
            wave.sample_rate, wave.pts = 48000, start
            output.mux(audio.encode(wave))
        output.mux(audio.encode(None))
    return file.getvalue()


def peak_bytes() -> int:
    """Largest resident size of this process. ``ru_maxrss`` would include the process that started it."""
    (line,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return 1024 * int(line)


def _outcomes(first: int, cases: int, seed: int, door: Callable[[str, bytes], None]) -> Iterator[dict[str, Any]]:
    for case in range(first, cases):
        kind = KINDS[case % len(KINDS)]
        content = mutated(valid(kind), np.random.default_rng([seed, case]))
        faulthandler.dump_traceback_later(LONGEST_S, exit=True)
        try:
            door(kind, content)
            outcome = "read"
        except FizzogError:
            outcome = "refused"
        except Exception as error:
            outcome = f"! {type(error).__name__}: {error}"
        faulthandler.cancel_dump_traceback_later()
        yield {"case": case, "kind": kind, "outcome": outcome, "peak": peak_bytes()}


def main(
    cases: Annotated[int, typer.Option(min=1, help="Number of mutations.")] = 3000,
    seed: Annotated[int, typer.Option(help="Seed of the mutations.")] = 0,
    first: Annotated[int, typer.Option(help="First mutation of a child process.", hidden=True)] = 0,
    child: Annotated[bool, typer.Option("--child", hidden=True)] = False,
) -> None:
    """Reads mutated files and prints the failures. The exit status is 1 if there is one."""
    if child:
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
        for outcome in _outcomes(first, cases, seed, read):
            print(json.dumps(outcome), flush=True)
        return
    report = run(cases, seed)
    for failure in report.failures:
        print(failure)
    peak = f"{report.peak_bytes / 1e6:.0f} MB"
    print(f"{report.cases} mutations: {report.read} read, {len(report.failures)} failures, peak {peak}")
    raise typer.Exit(int(bool(report.failures)))


if __name__ == "__main__":
    typer.run(main)

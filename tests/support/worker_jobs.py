"""Jobs for tests of worker processes, which import them by name."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from fizzog_core.errors import PictureError, VideoError
from fizzog_core.jobs.upload_jobs import AnalyzedPicture
from fizzog_core.media.video_reader import VideoReader
from fizzog_core.runtime.worker_job import Report
from fizzog_core.types import FrameResult

LIMIT_S = 60.0


def pid(report) -> int:
    return os.getpid()


def priorities(report) -> tuple[int, int]:
    """The niceness of this process, and by how much sooner it is ended when memory is short."""
    return os.nice(0), int(Path("/proc/self/oom_score_adj").read_text(encoding="ascii"))


def count(report, until: int) -> int:
    for number in range(until):
        report(number)
    return until


def stay(report, folder: str, name: str = "a") -> str:
    """Writes its process number to ``folder/name.pid``, and returns when ``folder/go`` exists."""
    Path(folder, f"{name}.part").write_text(str(os.getpid()), encoding="utf-8")
    os.replace(Path(folder, f"{name}.part"), Path(folder, f"{name}.pid"))
    deadline = time.monotonic() + LIMIT_S
    while not Path(folder, "go").exists() and time.monotonic() < deadline:
        report(name)
        time.sleep(0.02)
    return name


def stay_for_a_turn(report: Report, folder: str, name: str) -> str:
    """As ``stay``, and returns also when its turn is over."""
    Path(folder, f"{name}.pid").touch()
    deadline = time.monotonic() + LIMIT_S
    while not Path(folder, "go").exists() and time.monotonic() < deadline:
        if report.turn_is_over():
            return f"{name}, in part"
        time.sleep(0.02)
    return name


def hang(report) -> None:
    time.sleep(LIMIT_S)


def hang_with(report, data: bytes, *_: object) -> None:
    """In place of ``dataset_upload.read`` or ``upload_jobs.annotate``."""
    time.sleep(LIMIT_S)


def die(report) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def crash(report) -> None:
    os.abort()


def refuse(report) -> None:
    raise PictureError("no picture")


def fail(report) -> None:
    raise ValueError("a secret of the file")


def write_to_standard_error(report) -> None:
    """As a native library does, and as Python's log does."""
    os.write(2, b"from native code\n")
    fail(report)


def allocate(report, megabytes: int) -> int:
    return int(np.ones(megabytes * 1_000_000, np.uint8)[-1])


def write(report, path: str, size: int) -> None:
    Path(path).write_bytes(bytes(size))


def show_and_die(report, data: bytes) -> AnalyzedPicture:
    """In place of ``upload_jobs.analyze_to_show``."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def write_for_ever(report, folder: Path, *_: object) -> None:
    """In place of ``video_upload.analyze``: reports its process number and goes on writing."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        (folder / "video.mp4").write_bytes(b"a part")
        report(os.getpid())
        time.sleep(0.02)


def write_and_die(report, folder: Path, *_: object) -> None:
    """In place of ``video_upload.analyze``."""
    (folder / "video.mp4").write_bytes(b"a part")
    os.kill(os.getpid(), signal.SIGKILL)


def analyze_when_told(report, data: bytes, faces: bool, hands: bool) -> FrameResult:
    """In place of ``upload_jobs.analyze``: ``data`` is a folder. Makes ``begun`` in it and waits for ``go``."""
    folder = Path(data.decode().strip())
    (folder / "begun").touch()
    deadline = time.monotonic() + LIMIT_S
    while not (folder / "go").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return FrameResult(1, 1)


def analyze_and_die(report, data: bytes, faces: bool, hands: bool) -> FrameResult:
    """In place of ``upload_jobs.analyze``: dies for the picture b"die"."""
    if data == b"die":
        os.kill(os.getpid(), signal.SIGKILL)
    return FrameResult(1, 1)


def peak_mb(report, job: Callable[..., object], *arguments: object) -> float:
    """Largest resident memory of this process after ``job``, in MB."""
    job(report, *arguments)
    status = Path("/proc/self/status").read_text(encoding="utf-8")  # getrusage would count the parent's pages too
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def peak_mb_of_video(report, path: str, sentence: str) -> float:
    """As ``peak_mb``, for a video whose frames are all read; it is refused with ``sentence``, unless that is empty."""

    def read(_) -> None:
        try:
            with VideoReader(Path(path)) as reader:
                for _frame in reader.frames():
                    pass
        except VideoError as error:
            if not sentence or sentence not in str(error):
                raise
        else:
            if sentence:
                raise VideoError("this video was read")

    return peak_mb(report, read)

"""Jobs on pictures that strangers upload. They run in a worker process, see ``runtime.worker_pool``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from fizzog_core import settings
from fizzog_core.drawing import overlay
from fizzog_core.media import images
from fizzog_core.networks import loading
from fizzog_core.networks.predictor import Networks
from fizzog_core.runtime.worker_job import Report
from fizzog_core.runtime.worker_process import WorkerLimits
from fizzog_core.types import Frame, FrameResult
from fizzog_core.vision.analyzer import Analyzer
from fizzog_core.vision.detector import Detector

WORKER_LIMITS = WorkerLimits(job_s=60.0, memory_bytes=1_000_000_000)
SHOWN_SIDE_PX = 1460
"""Longest side of the picture that a page shows. Streamlit sends no wider one to a browser."""

Analyze = Callable[[Report, bytes, bool, bool], FrameResult]
"""``analyze``, or what a test puts in its place."""


@dataclass(frozen=True, slots=True, eq=False)
class AnalyzedPicture:
    """``result``: in pixels of the whole picture. ``jpeg``: the picture as JPEG, at most ``SHOWN_SIDE_PX`` long."""

    result: FrameResult
    jpeg: bytes


def analyze(_: Report, data: bytes, faces: bool = True, hands: bool = True) -> FrameResult:
    """What is in the encoded picture ``data``. Raises PictureError and ModelError."""
    return _analyzer().analyze(images.decode(data), faces, hands)


def analyze_to_show(_: Report, data: bytes) -> AnalyzedPicture:
    """What is in the encoded picture ``data``, and a small copy of it. Raises PictureError and ModelError."""
    frame = images.decode(data)
    return AnalyzedPicture(_analyzer().analyze(frame), images.encode(_reduced(frame), "JPEG"))


def annotate(_: Report, data: bytes, emotions: tuple[str, ...]) -> bytes:
    """The encoded picture ``data`` with its result drawn on it, as PNG in full size. Raises as ``analyze``."""
    frame = images.decode(data)
    result = _analyzer().analyze(frame).with_emotions(emotions)
    return images.encode(overlay.draw(frame, result), "PNG")


def _reduced(frame: Frame) -> Frame:
    height, width = frame.shape[:2]
    shrink = SHOWN_SIDE_PX / max(height, width)
    if shrink >= 1:
        return frame
    size = max(1, round(shrink * width)), max(1, round(shrink * height))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


@cache
def _analyzer() -> Analyzer:
    """The analyzer of this process. Raises ModelError."""
    return Analyzer(Detector("image"), networks())


@cache
def networks() -> Networks:
    """The networks of this process. Raises ModelError."""
    return loading.load_all(settings.get().models)

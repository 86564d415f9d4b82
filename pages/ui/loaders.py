"""Objects that the process makes once, for all visitors.

They are not in Streamlit's caches, which a message of any visitor could clear: docs/decisions/022-cache-requests.md.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import cv2
import numpy as np

from fizzog_core import settings
from fizzog_core.jobs import dataset_upload, upload_jobs, video_upload
from fizzog_core.jobs.upload_jobs import AnalyzedPicture
from fizzog_core.live.capacity import Capacity
from fizzog_core.networks import loading
from fizzog_core.networks.predictor import Networks
from fizzog_core.replies.voice import Voice
from fizzog_core.runtime.cpu import available_cores
from fizzog_core.runtime.events import event
from fizzog_core.runtime.slots import Slots
from fizzog_core.runtime.worker_pool import WorkerPool

T = TypeVar("T")

LOGO = settings.ROOT / "pages" / "ui" / "logo.svg"
SAMPLE = settings.ROOT / "samples" / "astronaut.png"


WAITING_PICTURES, WAITING_VIDEOS, WAITING_DATA_SETS = 100, 20, 20

_made: dict[Callable[[], Any], Any] = {}


def once(make: Callable[[], T]) -> Callable[[], T]:
    """``make`` as a function that runs once and then returns the same object. A failure is not kept."""
    lock = threading.Lock()

    @wraps(make)
    def get() -> T:
        with lock:
            if make not in _made:
                _made[make] = make()
            return _made[make]

    return get


def close() -> None:
    """Closes and forgets all objects; the next call of each function makes a new one. For tests."""
    for made in [_made.pop(make) for make in list(_made)]:
        if isinstance(made, WorkerPool):
            made.close()


@once
def networks() -> Networks:
    """The published networks. Raises ModelError."""
    loaded = loading.load_all(settings.get().models)
    gc.freeze()
    return loaded


@once
def pictures() -> WorkerPool:
    """The processes that analyse the pictures of all visitors."""
    return WorkerPool(available_cores(), upload_jobs.WORKER_LIMITS, WAITING_PICTURES)


@once
def videos() -> WorkerPool:
    """The processes that analyse the videos of all visitors. They leave half of the cores to pictures."""
    return WorkerPool(max(1, available_cores() // 2), video_upload.WORKER_LIMITS, WAITING_VIDEOS)


@once
def data_sets() -> WorkerPool:
    """The process that reads the data sets of all visitors."""
    return WorkerPool(1, dataset_upload.WORKER_LIMITS, WAITING_DATA_SETS)


@once
def live_capacity() -> Capacity:
    """The results a second that this machine has for its live visitors."""
    return Capacity(available_cores(), draws=settings.get().live_drawing == "server")


@once
def slots() -> Slots:
    """One slot for each live visitor, and the queue for them. Before the measurement there is a slot for each core."""
    found = settings.get()
    return Slots(available_cores() if found.max_live is None else found.max_live, found.max_live_s)


def measure_capacity() -> None:
    """Measures what the live visitors can have, and sets the number of slots. Raises ModelError.

    It imports nothing, so that it can run beside pages: ``pages/ui/server/start.py``.
    """
    found = live_capacity()
    picture = cv2.imdecode(np.fromfile(SAMPLE, np.uint8), cv2.IMREAD_COLOR_RGB)
    ms = found.measure(networks(), np.asarray(picture, np.uint8))
    event("live capacity", analysis_ms=round(ms, 1), results_per_s=round(found.results_per_s), visitors=found.visitors)
    if settings.get().max_live is None:
        slots().limit = found.visitors


@once
def voice() -> Voice:
    """The voice that speaks replies, with its cache on the disk."""
    return Voice(settings.get().cache)


@once
def sample() -> AnalyzedPicture:
    """The sample picture of the repository and its result. Raises ModelError and WorkerError."""
    return pictures().submit(upload_jobs.analyze_to_show, SAMPLE.read_bytes()).future.result()

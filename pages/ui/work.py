"""A visitor's jobs in the worker processes, with the place in the queue meanwhile."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Hashable
from concurrent.futures import wait
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fizzog_core.drawing import overlay
from fizzog_core.drawing.resizing import resized
from fizzog_core.errors import PictureError
from fizzog_core.jobs import upload_jobs
from fizzog_core.jobs.upload_jobs import AnalyzedPicture
from fizzog_core.media import images
from fizzog_core.runtime.worker_job import Job
from fizzog_core.runtime.worker_pool import WorkerPool
from pages.ui import loaders
from pages.ui.server import addresses, metrics
from pages.ui.state import state_of

T = TypeVar("T")

LOOK_EVERY_S = 0.5
"""Interval at which a waiting page shows its place. A result is shown at once."""
MAX_KEPT = 20
"""Pictures of a visitor whose results are kept until the visit ends."""


@dataclass(slots=True)
class VisitorWork:
    """A visitor's job with its key, the job of a download, and the results of the visitor's pictures by the checksum of
    the file."""

    key: Hashable = None
    pool: WorkerPool | None = None
    job: Job[Any] | None = None
    download: Job[bytes] | None = None
    pictures: dict[str, AnalyzedPicture | PictureError] = field(default_factory=dict)


def run(
    pool: WorkerPool,
    key: Hashable,
    function: Callable[..., T],
    *arguments: object,
    show: Callable[[DeltaGenerator, Any], object] = lambda *_: None,
    keep: bool = True,
) -> T:
    """The result of a job; shows its place in the queue, and its progress with ``show``. Raises FizzogError.

    A visitor has one job at a time: another ``key`` cancels the job before. A new run of the page with the same key
    waits for the same job. The job is cancelled soon after the visitor has left; with ``keep=False`` it is cancelled
    when Streamlit stops this run of the page, and its process has ended when this function raises.
    """
    work = state_of(VisitorWork)
    if work.key != key or work.job is None or work.job.is_ended:
        cancel()
        work.key, work.pool, work.job = key, pool, pool.submit(function, *arguments, client=addresses.of_visitor())
    job: Job[T] = work.job
    try:
        _wait(pool, job, show)
    except BaseException:
        if not keep:
            pool.cancel(job)  # Streamlit allows no access to the session's state now
        raise
    work.job = None
    return job.future.result()


def cancel() -> None:
    """Cancels the visitor's job, if there is one, and returns when its process has ended."""
    work = state_of(VisitorWork)
    if work.pool is not None and work.job is not None:
        work.pool.cancel(work.job)
        work.job = None


def picture(data: bytes) -> AnalyzedPicture:
    """A visitor's picture and what is in it; deleted with the visit. Raises PictureError, ModelError, WorkerError."""
    results = state_of(VisitorWork).pictures
    key = hashlib.sha256(data).hexdigest()
    if key not in results:
        try:
            results[key] = found = run(loaders.pictures(), key, upload_jobs.analyze_to_show, data)
            metrics.site().stages("picture", found.result.stage_ms)
        except PictureError as error:  # a fault of the file, which stays
            results[key] = error
        while len(results) > MAX_KEPT:
            del results[next(iter(results))]
    else:
        st.empty()  # where ``run`` has shown the place in the queue: what follows stays where it is, and sounds go on
    result = results[key]
    if isinstance(result, PictureError):
        raise result.with_traceback(None)
    return result


@st.cache_resource(show_spinner=False, scope="session", max_entries=MAX_KEPT)
def drawn(key: str, emotions: tuple[str, ...], _picture: AnalyzedPicture) -> bytes:
    """The small copy of a picture with its result drawn on it, as JPEG. ``key``: one for each picture."""
    frame = images.decode(_picture.jpeg)
    found = resized(_picture.result.with_emotions(emotions), frame.shape[1], frame.shape[0])
    return images.encode(overlay.draw(frame, found), "JPEG")


def annotated(data: bytes, emotions: tuple[str, ...]) -> Callable[[], bytes]:
    """A function that returns the picture in full size with its result drawn on it, as PNG. Streamlit calls it when
    the visitor presses the button; a second press cancels what the first has started.
    """
    own, client = state_of(VisitorWork), addresses.of_visitor()

    def make() -> bytes:
        pool = loaders.pictures()
        if own.download is not None:
            pool.cancel(own.download)
        own.download = job = pool.submit(upload_jobs.annotate, data, emotions, client=client)
        return job.future.result()

    return make


def _wait(pool: WorkerPool, job: Job[Any], show: Callable[[DeltaGenerator, Any], object]) -> None:
    part = st.empty()
    while not wait([job.future], LOOK_EVERY_S).done:
        _show_place(part, pool, job, show)  # Streamlit ends the run here if the visitor has left
    part.empty()


def _show_place(part: DeltaGenerator, pool: WorkerPool, job: Job[Any], show: Callable[..., object]) -> None:
    place = pool.place(job)
    left = "" if place.left_s is None else f", about {max(1, math.ceil(place.left_s))} s left"
    if place.position:
        part.info(f"You are number {place.position} in the queue{left}.", icon=":material/hourglass_top:")
    elif job.progress is None:
        part.caption(f"In analysis{left}.")
    else:
        show(part, job.progress)

"""The job on a video that a stranger uploads. It runs in a worker process, see ``runtime.worker_pool``."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from fizzog_core.errors import ExportError, VideoError
from fizzog_core.jobs import upload_jobs, video
from fizzog_core.jobs.video import Sampling, VideoLimits, VideoResult
from fizzog_core.runtime.worker_job import Report
from fizzog_core.runtime.worker_process import WorkerLimits
from fizzog_core.vision.analyzer import Analyzer
from fizzog_core.vision.detector import Detector

LOG = logging.getLogger(__name__)

UPLOAD, MP4, PARQUET = "The video", "video.mp4", "rows.parquet"
"""Names of the files of a job. Messages contain the first one."""
LIMITS = VideoLimits(frames=18_000, work_s=300.0, side_px=1920)
WORKER_LIMITS = WorkerLimits(job_s=360.0, turn_s=30.0, memory_bytes=1_500_000_000, file_bytes=60_000_000)
"""The time includes a minute for the end of the files. The largest file is the annotated video."""


def analyze(
    report: Report, folder: Path, name: str, data: bytes, sampling: Sampling, resting_face: bool = False
) -> VideoResult:
    """Analyses the video ``data`` within ``LIMITS`` and until its turn is over; writes it annotated as ``MP4`` and its
    rows as ``PARQUET``, in ``folder``.

    ``name``: of the uploaded file, for the rows. ``resting_face``: see ``video.analyze_video``. Reports
    ``Progress``. Raises VideoError and ModelError.
    """
    upload = folder / UPLOAD
    upload.write_bytes(data)
    try:
        with Detector("video") as detector, Analyzer(detector, upload_jobs.networks()) as analyzer:
            return video.analyze_video(
                upload,
                analyzer,
                out=folder / MP4,
                table=folder / PARQUET,
                source=name,
                sampling=sampling,
                limits=replace(LIMITS, turn_is_over=report.turn_is_over),
                resting_face=resting_face,
                on_progress=report,
            )
    except ExportError as error:
        LOG.warning("a result cannot be written: %s", error)
        limit = f"{WORKER_LIMITS.file_bytes / 1e6:.0f} MB"
        message = f"The annotated video has more than {limit}, or the server has no room. Use a shorter video."
        raise VideoError(message) from None

"""The job on a video that a stranger uploads. It runs in a worker process, see ``runtime.worker_pool``."""

from __future__ import annotations

import logging
from pathlib import Path

from fizzog_core.errors import ExportError, VideoError
from fizzog_core.jobs import upload_jobs, video
from fizzog_core.jobs.video import Sampling, VideoLimits, VideoResult
from fizzog_core.output import tables
from fizzog_core.runtime.worker_pool import WorkerLimits
from fizzog_core.vision.analyzer import Analyzer
from fizzog_core.vision.detector import Detector

LOG = logging.getLogger(__name__)

LIMITS = VideoLimits(frames=18_000, work_s=300.0, side_px=1920)
WORKER_LIMITS = WorkerLimits(job_s=360.0, memory_bytes=1_500_000_000, file_bytes=100_000_000)
"""The time includes a minute for the end of the files. The largest file is the annotated video."""


def analyze(
    report: upload_jobs.Report, upload: Path, mp4: Path, parquet: Path, csv: Path, sampling: Sampling
) -> VideoResult:
    """Analyses the video ``upload`` within ``LIMITS``; writes the annotated video and its rows.

    Reports ``Progress``. Raises VideoError and ModelError.
    """
    try:
        with Detector("video") as detector, Analyzer(detector, upload_jobs.networks()) as analyzer:
            result = video.analyze_video(
                upload, analyzer, out=mp4, table=parquet, sampling=sampling, limits=LIMITS, on_progress=report
            )
        with tables.open_table(csv) as table:
            for block in tables.read_blocks(parquet):
                table.add_table(block)
    except ExportError as error:
        LOG.warning("a result cannot be written: %s", error)
        largest = f"{WORKER_LIMITS.file_bytes / 1e6:.0f} MB"
        raise VideoError(
            f"The annotated video has more than {largest}, or there is no room. Use a shorter one."
        ) from None
    return result

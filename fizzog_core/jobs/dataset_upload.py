"""The job on a data set that a stranger uploads. It runs in a worker process, see ``runtime.worker_pool``."""

from __future__ import annotations

from fizzog_core.datasets import uploads
from fizzog_core.datasets.uploads import Upload
from fizzog_core.runtime.worker_job import Report
from fizzog_core.runtime.worker_process import WorkerLimits

WORKER_LIMITS = WorkerLimits(job_s=uploads.MAX_ZIP_S + 20, memory_bytes=1_000_000_000)


def read(_: Report, data: bytes) -> Upload:
    """The data set in an uploaded file. Raises DataError."""
    return uploads.read(data)

"""kill -9 of a worker process in the middle of a real job: only that job is lost."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from benchmarks.scale.memory import descendants
from benchmarks.siege.files import flat_video, heavy_zip, noise_picture
from benchmarks.waiting import wait_for
from fizzog_core.errors import WorkerError
from fizzog_core.jobs import dataset_upload, upload_jobs, video_upload
from fizzog_core.jobs.video import Sampling
from fizzog_core.runtime.worker_pool import WorkerPool
from tests.support.paths import ROOT

RESULT_S = 120
MIDDLE_S = 0.3
"""Time after the begin of a job at which its process is killed. Each job takes more than a second."""

pytestmark = pytest.mark.slow


def long_job(kind: str, folder: Path) -> tuple[Any, ...]:
    if kind == "picture":
        return upload_jobs.analyze_to_show, noise_picture(24)
    if kind == "video":
        film = flat_video(folder / "a.mp4", (640, 480), frames=600)
        return video_upload.analyze, folder, "a.mp4", film.read_bytes(), Sampling()
    return dataset_upload.read, heavy_zip("PNG")


@pytest.mark.parametrize("kind", ["picture", "video", "data set"])
def test_only_the_job_of_a_killed_process_is_lost(
    kind: str, tiny_models: Path, tmp_path: Path, set_fizzog: Callable[..., None]
) -> None:
    set_fizzog(models=tiny_models)
    sample = (ROOT / "samples" / "astronaut.png").read_bytes()
    with closing(WorkerPool(1, video_upload.WORKER_LIMITS, 1)) as pool:
        before = set(descendants(os.getpid()))
        job = pool.submit(*long_job(kind, tmp_path))
        next_job = pool.submit(upload_jobs.analyze_to_show, sample)
        wait_for(lambda: job.begun, RESULT_S, "the job did not begin")
        time.sleep(MIDDLE_S)
        assert not job.future.done()
        [process] = set(descendants(os.getpid())) - before
        os.kill(process, signal.SIGKILL)
        with pytest.raises(WorkerError, match="ended unexpectedly"):
            job.future.result(RESULT_S)
        assert (next_job.future.result(RESULT_S).result.width, next_job.future.result().result.height) == (512, 512)

"""The job on an uploaded video, in a worker process with limits."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from fizzog_core.errors import VideoError
from fizzog_core.jobs import video_upload
from fizzog_core.jobs.video import Sampling
from fizzog_core.media.video_reader import VideoReader
from fizzog_core.output import tables
from fizzog_core.runtime.worker_pool import WorkerPool
from tests.support.videos import write_video

pytestmark = pytest.mark.slow

RESULT_S = 120
NAME = "../holiday/" + "ü" * 300 + ".mp4"
"""A name that would lie in another folder and is too long for a file system."""


def test_a_video_becomes_files(tiny_models: Path, tmp_path: Path, set_fizzog: Callable[..., None]) -> None:
    set_fizzog(models=tiny_models)
    data = write_video(tmp_path / "a.mp4", 3).read_bytes()
    with closing(WorkerPool(1, video_upload.WORKER_LIMITS, 1)) as pool:
        job = pool.submit(video_upload.analyze, tmp_path, NAME, data, Sampling())
        assert job.future.result(RESULT_S).frames == 3
    assert job.progress.share == 1
    with VideoReader(tmp_path / video_upload.MP4) as reader:
        assert len(list(reader.frames())) == 3
    assert sum(len(block) for block in tables.read_blocks(tmp_path / video_upload.PARQUET)) == 0


def test_a_video_ends_with_its_turn_if_others_wait(
    tiny_models: Path, tmp_path: Path, set_fizzog: Callable[..., None]
) -> None:
    set_fizzog(models=tiny_models)
    data = write_video(tmp_path / "a.mp4", 1000).read_bytes()
    folders = tmp_path / "first", tmp_path / "second"
    with closing(WorkerPool(1, replace(video_upload.WORKER_LIMITS, turn_s=0.0), 1)) as pool:
        jobs = []
        for folder in folders:
            folder.mkdir()
            jobs.append(pool.submit(video_upload.analyze, folder, NAME, data, Sampling()))
        first = jobs[0].future.result(RESULT_S)
        assert 0 < first.frames < 1000
        assert "as other visitors wait" in first.notes[0]


def test_a_result_that_is_too_large_is_a_sentence(
    tiny_models: Path, tmp_path: Path, set_fizzog: Callable[..., None]
) -> None:
    set_fizzog(models=tiny_models)
    data = write_video(tmp_path / "a.mp4", 3).read_bytes()
    with closing(WorkerPool(1, replace(video_upload.WORKER_LIMITS, file_bytes=3000), 1)) as pool:
        job = pool.submit(video_upload.analyze, tmp_path, NAME, data, Sampling())
        with pytest.raises(VideoError, match="The annotated video has more than"):
            job.future.result(RESULT_S)

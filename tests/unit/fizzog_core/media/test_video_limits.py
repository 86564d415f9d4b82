"""Small files with large frames take little memory: a sentence, or frames of a bounded size."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import pytest

from benchmarks.siege.files import flat_video, growing_video
from fizzog_core.errors import VideoError
from fizzog_core.media.video_reader import VideoReader
from fizzog_core.runtime.worker_pool import WorkerPool
from fizzog_core.runtime.worker_process import WorkerLimits
from tests.support import worker_jobs

RESULT_S = 60
PEAK_MB = 400


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    """A fresh process without a memory limit that matters, to measure its peak."""
    with closing(WorkerPool(1, WorkerLimits(job_s=RESULT_S, memory_bytes=20_000_000_000), 1)) as pool:
        yield pool


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.mp4", "a.ts"])
def test_large_frames_are_refused(name: str, tmp_path: Path, pool: WorkerPool) -> None:
    path = flat_video(tmp_path / name, (8160, 6120))
    assert path.stat().st_size < 200_000
    sentence = r"at most 9,000,000 pixels in a frame, got 8160 x 6120"
    peak = pool.submit(worker_jobs.peak_mb_of_video, str(path), sentence).future.result(RESULT_S)
    assert peak < PEAK_MB


def test_the_pixel_aspect_counts(tmp_path: Path, pool: WorkerPool) -> None:
    path = flat_video(tmp_path / "a.mp4", (2900, 2900), pixel_aspect=Fraction(4, 1))
    sentence = r"got 11600 x 2900 = 33,640,000"
    peak = pool.submit(worker_jobs.peak_mb_of_video, str(path), sentence).future.result(RESULT_S)
    assert peak < PEAK_MB


@pytest.mark.slow
def test_frames_that_grow_later_are_skipped(tmp_path: Path, pool: WorkerPool) -> None:
    path = growing_video(tmp_path / "a.avi")
    with VideoReader(path) as reader:
        assert [frame.pixels.shape for frame in reader.frames()] == [(64, 64, 3)] * 10
        assert any("could not be decoded" in note for note in reader.notes)
    assert pool.submit(worker_jobs.peak_mb_of_video, str(path), "").future.result(RESULT_S) < PEAK_MB


@pytest.mark.parametrize(
    ("size", "pixel_aspect", "reduced"),
    [((64, 48), None, (64, 48)), ((200, 100), None, (100, 50)), ((80, 60), Fraction(2, 1), (100, 38))],
)
def test_frames_are_reduced_to_a_side(
    size: tuple[int, int], pixel_aspect: Fraction | None, reduced: tuple[int, int], tmp_path: Path
) -> None:
    path = flat_video(tmp_path / "a.mp4", size, pixel_aspect=pixel_aspect)
    with VideoReader(path, max_side_px=100) as reader:
        shapes = {frame.pixels.shape for frame in reader.frames()}
        notes = reader.notes
        assert (reader.info.width, reader.info.height) == reduced
    assert shapes == {(reduced[1], reduced[0], 3)}
    assert bool(notes) == (size != reduced)
    assert all(f"reduced to {reduced[0]} x {reduced[1]}" in note for note in notes)


def test_a_limit_is_a_parameter(tmp_path: Path) -> None:
    path = flat_video(tmp_path / "a.mp4", (64, 48))
    VideoReader(path, max_pixels=64 * 48).close()
    with pytest.raises(VideoError, match="at most 3,071"):
        VideoReader(path, max_pixels=64 * 48 - 1)

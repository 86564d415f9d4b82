"""Jobs on uploaded files, in worker processes with their real limits."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fizzog_core.errors import PictureError
from fizzog_core.jobs import upload_jobs
from fizzog_core.labels import EMOTIONS
from fizzog_core.media import images
from fizzog_core.runtime.worker_pool import WorkerPool
from fizzog_core.types import Frame
from tests.support import worker_jobs
from tests.support.paths import ROOT

ASTRONAUT = (ROOT / "samples" / "astronaut.png").read_bytes()
RESULT_S = 60


@pytest.fixture
def pool(tiny_models: Path, set_fizzog: Callable[..., None]) -> Iterator[WorkerPool]:
    set_fizzog(models=tiny_models)
    with closing(WorkerPool(1, upload_jobs.WORKER_LIMITS, 10)) as pool:
        yield pool


def saved(picture: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def test_a_picture_and_its_small_copy(pool: WorkerPool, astronaut: Frame) -> None:
    large = Image.fromarray(astronaut).resize((2920, 1000))
    analyzed = pool.submit(upload_jobs.analyze_to_show, saved(large, "PNG")).future.result(RESULT_S)
    assert (analyzed.result.width, analyzed.result.height) == (2920, 1000)
    assert images.decode(analyzed.jpeg).shape == (500, 1460, 3)
    analyzed = pool.submit(upload_jobs.analyze_to_show, ASTRONAUT).future.result(RESULT_S)
    assert len(analyzed.result.faces or ()) == 1
    assert np.abs(images.decode(analyzed.jpeg).astype(int) - astronaut).mean() < 3


def test_only_the_requested_search_runs(pool: WorkerPool) -> None:
    result = pool.submit(upload_jobs.analyze, ASTRONAUT, False, True).future.result(RESULT_S)
    assert result.faces is None
    assert result.hands is not None


def test_the_drawing_has_the_size_of_the_picture(pool: WorkerPool, astronaut: Frame) -> None:
    drawn = images.decode(pool.submit(upload_jobs.annotate, ASTRONAUT, EMOTIONS).future.result(RESULT_S))
    assert drawn.shape == astronaut.shape
    assert not np.array_equal(drawn, astronaut)


@pytest.mark.slow
def test_fifty_megapixels_in_a_small_file_take_little_memory(pool: WorkerPool) -> None:
    picture = Image.new("RGB", (8192, 6144), "grey")
    png = saved(picture, "PNG")
    assert len(png) < 200_000
    with pytest.raises(PictureError, match="expected at most 25,000,000 pixels"):
        pool.submit(upload_jobs.analyze_to_show, png).future.result(RESULT_S)
    jpeg = saved(picture, "JPEG", progressive=True)
    peak = pool.submit(worker_jobs.peak_mb, upload_jobs.analyze_to_show, jpeg).future.result(RESULT_S)
    assert peak < 600

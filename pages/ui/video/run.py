"""Analyze one uploaded video with progress. Its files are deleted, however the analysis ends."""

from __future__ import annotations

from dataclasses import dataclass

from streamlit.delta_generator import DeltaGenerator

from fizzog_core.jobs import video_upload
from fizzog_core.jobs.video import Progress, Sampling, VideoResult
from fizzog_core.runtime.private_folder import private_folder
from pages.ui import loaders, work
from pages.ui.video.charts import clock


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A visitor's result, in memory only: the annotated video and the table as files' bytes."""

    name: str
    result: VideoResult
    mp4: bytes
    parquet: bytes


def run(name: str, data: bytes, sampling: Sampling, resting_face: bool) -> Outcome:
    """Analyze an uploaded video and show the place in the queue and the progress. Raises FizzogError.

    Streamlit stops it, from inside the progress bar, when the visitor presses a button or leaves. That ends the job.
    """
    with private_folder() as folder:
        job = video_upload.analyze
        result = work.run(
            loaders.videos(),
            str(folder),
            job,
            folder,
            name,
            data,
            sampling,
            resting_face,
            show=show_progress,
            keep=False,
        )
        mp4, parquet = ((folder / file).read_bytes() for file in (video_upload.MP4, video_upload.PARQUET))
        return Outcome(name, result, mp4, parquet)


def show_progress(part: DeltaGenerator, progress: Progress) -> None:
    """Show how far the analysis is, and the time that is left if it is known."""
    left = "" if progress.left_s is None else f", {clock(progress.left_s)} left"
    text = f"{clock(progress.time_s)}: {progress.frames} frames, {progress.frames_per_s:.0f} frames/s{left}"
    part.progress(progress.share or 0.0, text)

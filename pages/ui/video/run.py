"""Analyze one uploaded video with progress. Its files are deleted, however the analysis ends."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fizzog_core.errors import VideoError
from fizzog_core.jobs.video import Progress, Sampling, VideoResult, analyze_video
from fizzog_core.output import tables
from fizzog_core.runtime.cpu import available_cores
from fizzog_core.runtime.slots import Slots
from fizzog_core.vision.analyzer import Analyzer
from fizzog_core.vision.detector import Detector
from pages.ui import loaders
from pages.ui.video.charts import clock

LONGEST_NAME = 60
"""Characters of a file's name that are kept: at most 240 bytes, since file systems allow 255."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A visitor's result, in memory only: the annotated video and the table as files' bytes."""

    name: str
    result: VideoResult
    mp4: bytes
    parquet: bytes
    csv: bytes


@st.cache_resource(show_spinner=False)
def slots() -> Slots:
    """Slots for videos that are analyzed at the same time: one for each core."""
    return Slots(available_cores())


def run(name: str, data: bytes, sampling: Sampling) -> Outcome:
    """Analyze an uploaded video and show the progress. Raises FizzogError.

    Streamlit stops it, from inside the progress bar, when the visitor presses a button or leaves.
    """
    visit = object()
    if not slots().acquire(visit):
        raise VideoError(f"{slots().limit} other videos are being analysed. Wait a little, then start again.")
    bar = st.progress(0.0, "Loading the networks …")
    try:
        with (
            tempfile.TemporaryDirectory(prefix="fizzog-") as folder,
            Detector("video") as detector,
            Analyzer(detector, loaders.networks()) as analyzer,
        ):
            upload = Path(folder, "upload", Path(name).name[-LONGEST_NAME:])
            upload.parent.mkdir()
            upload.write_bytes(data)
            mp4, parquet, csv = (Path(folder, file) for file in ("video.mp4", "rows.parquet", "rows.csv"))
            result = analyze_video(
                upload,
                analyzer,
                out=mp4,
                table=parquet,
                sampling=sampling,
                on_progress=lambda progress: _show(bar, progress),
            )
            with tables.open_table(csv) as table:
                for block in tables.read_blocks(parquet):
                    table.add_table(block)
            return Outcome(name, result, mp4.read_bytes(), parquet.read_bytes(), csv.read_bytes())
    finally:
        slots().release(visit)


def _show(bar: DeltaGenerator, progress: Progress) -> None:
    left = "" if progress.left_s is None else f", {clock(progress.left_s)} left"
    text = f"{clock(progress.time_s)}: {progress.frames} frames, {progress.frames_per_s:.0f} frames/s{left}"
    bar.progress(progress.share or 0.0, text)

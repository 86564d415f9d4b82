"""``fizzog video``: one video to an annotated video and a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from fizzog_core import settings
from fizzog_core.cli.exits import exit_on_error
from fizzog_core.jobs.video import Sampling, VideoResult, analyze_video
from fizzog_core.media.video_reader import VideoReader
from fizzog_core.networks import loading
from fizzog_core.runtime.paths import path_text
from fizzog_core.runtime.stderr import quiet
from fizzog_core.tracking import timeline
from fizzog_core.vision.analyzer import Analyzer
from fizzog_core.vision.detector import Detector


def video(
    path: Annotated[Path, typer.Argument(metavar="IN", help="A video file.")],
    out: Annotated[Path | None, typer.Option(metavar="OUT.mp4", help="Write the annotated video to this file.")] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT.parquet|.csv|.jsonl",
            help="Write a row for each face and hand.",
        ),
    ] = None,
    every: Annotated[int, typer.Option(metavar="N", help="Analyse every N-th frame.")] = 1,
    fps: Annotated[float | None, typer.Option(help="Analyse at most this number of frames per second.")] = None,
    resting_face: Annotated[
        bool, typer.Option("--resting-face", help="Compare each face with its own resting face.")
    ] = False,
) -> None:
    """Analyse a video: each face's expressions and each hand's gestures over time. The exit status is 1 on an error."""
    with exit_on_error(Console(stderr=True, soft_wrap=True), "Stopped. Nothing was written."):
        result = _run(path, out, table, Sampling(every, fps), resting_face)
    _show(path, result)


def _run(path: Path, out: Path | None, table: Path | None, sampling: Sampling, resting_face: bool) -> VideoResult:
    VideoReader(path).close()  # rejects other files before the networks are loaded
    speed = TextColumn("{task.fields[speed]:.0f} frames/s")
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), speed, TimeRemainingColumn()
    with (
        quiet() as terminal,
        Progress(*columns, console=Console(file=terminal)) as bar,
        Detector("video") as detector,
        Analyzer(detector, loading.load_all(settings.get().models)) as analyzer,
    ):
        task = bar.add_task(escape(path_text(path.name)), total=1.0, speed=0.0)
        return analyze_video(
            path,
            analyzer,
            out=out,
            table=table,
            sampling=sampling,
            resting_face=resting_face,
            on_progress=lambda p: bar.update(task, completed=p.share, speed=p.frames_per_s),
        )


def _show(path: Path, result: VideoResult) -> None:
    console = Console(soft_wrap=True)
    rate = result.frames / result.took_s
    console.print(
        f"[bold]{escape(path_text(path.name))}[/bold]  {result.info.width} x {result.info.height}, "
        f"{result.duration_s:.1f} s, {result.frames} frames, {result.analysed} of them analysed, {rate:.1f} frames/s"
    )
    for note in result.notes:
        console.print(escape(note))
    console.print(_seconds(result) if result.intervals else "No face and no hand found.")
    for moment in timeline.key_moments(result.intervals):
        where = f"{int(moment.peak_s // 60)}:{moment.peak_s % 60:04.1f}"
        console.print(f"{where}  {moment.kind} {moment.track_id}: {moment.label} {moment.peak_score:.0%}")


def _seconds(result: VideoResult) -> Table:
    table = Table("", "label", "seconds")
    for row in timeline.seconds_per_label(result.intervals).itertuples():
        table.add_row(f"{row.kind} {row.track_id}", row.label, f"{row.seconds:.1f}")
    return table

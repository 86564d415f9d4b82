"""Counts changes of the label of a face or hand: of single frames, smoothed, and smoothed against the resting face.

Prints a JSON line.

python -m benchmarks.live.flicker VIDEO... [--mode live] [--rate 10]

``--mode live``: emotions are read as often as in a live stream, instead of in every frame. ``--rate``: most frames a
second that are analysed.
The expression of a real face changes too: no number has to be zero, and their ratios matter. Tracks of less
than a second do not count.
"""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from fizzog_core import settings
from fizzog_core.jobs.video import Sampling
from fizzog_core.labels import NOT_SURE
from fizzog_core.media.video_reader import VideoReader
from fizzog_core.networks import loading
from fizzog_core.networks.predictor import Networks
from fizzog_core.tracking.interpreter import Interpreter
from fizzog_core.tracking.resting_face import RestingChoice
from fizzog_core.types import FaceResult
from fizzog_core.vision.analyzer import Analyzer
from fizzog_core.vision.detector import Detector

SHORTEST_S = 1.0
COLUMNS = ("frame_alone", "shown", "shown_against_resting_face")


class StreamMode(StrEnum):
    """The detector's modes of a stream."""

    video = "video"
    live = "live"


def main(
    videos: Annotated[list[Path], typer.Argument(help="Videos of faces and hands.")],
    mode: StreamMode = StreamMode.video,
    rate: float | None = None,
) -> None:
    networks, sampling = loading.load_all(settings.get().models), Sampling(per_s=rate)
    tracks = [track for video in videos for track in _tracks(_rows(video, networks, mode, sampling))]
    seconds = sum(track["time_s"].max() - track["time_s"].min() for track in tracks)
    changes = {column: sum(_changes(track[column]) for track in tracks) for column in COLUMNS}
    found = {f"changes_a_minute_{column}": round(60 * count / seconds, 1) for column, count in changes.items()}
    print(json.dumps({"videos": len(videos), "tracks": len(tracks), "seconds": round(float(seconds), 1)} | found))


def _rows(video: Path, networks: Networks, mode: StreamMode, sampling: Sampling) -> pd.DataFrame:
    rows, last = [], None
    interpreter, resting = Interpreter(), RestingChoice(on=True)
    with Detector(mode.value) as detector, Analyzer(detector, networks) as analyzer, VideoReader(video) as reader:
        for frame in reader.frames():
            if not sampling.takes(frame, last):
                continue
            last = frame
            raw = analyzer.analyze(frame.pixels, time_s=frame.time_s)
            tracked = interpreter.update(raw, frame.time_s, resting=resting)
            for item in tracked.result.items:
                alone = item.emotion if isinstance(item, FaceResult) else item.gesture
                steady = tracked.smoothed_of(item)
                if alone is not None and steady is not None:
                    key = (item.detection.kind, item.track_id or 0)
                    shown = tracked.unadjusted.get(key, steady).label
                    rows.append([*key, frame.time_s, alone.label if alone.is_sure else None, shown, steady.label])
    return pd.DataFrame(rows, columns=["kind", "track_id", "time_s", *COLUMNS]).fillna(NOT_SURE)


def _tracks(rows: pd.DataFrame) -> list[pd.DataFrame]:
    groups = [track.sort_values("time_s") for _, track in rows.groupby(["kind", "track_id"])]
    return [track for track in groups if track["time_s"].max() - track["time_s"].min() >= SHORTEST_S]


def _changes(labels: pd.Series) -> int:
    return int((labels != labels.shift()).sum()) - 1


if __name__ == "__main__":
    typer.run(main)

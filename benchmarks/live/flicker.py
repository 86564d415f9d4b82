"""Counts changes of the label of a face or hand, for single frames and after smoothing. Prints a JSON line.

python -m benchmarks.live.flicker VIDEO...

The expression of a real face changes too: neither number has to be zero, and the ratio of both matters. Tracks of less
than a second do not count.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import pandas as pd
import typer

from fizzog_core import settings
from fizzog_core.jobs.video import analyze_video
from fizzog_core.networks import loading
from fizzog_core.networks.predictor import Networks
from fizzog_core.vision.analyzer import Analyzer
from fizzog_core.vision.detector import Detector

SHORTEST_S = 1.0


def main(videos: Annotated[list[Path], typer.Argument(help="Videos of faces and hands.")]) -> None:
    networks = loading.load_all(settings.get().models)
    tracks = [track for video in videos for track in _tracks(_rows(video, networks))]
    seconds = sum(track["time_s"].max() - track["time_s"].min() for track in tracks)
    changes = {column: sum(_changes(track[column]) for track in tracks) for column in ("label", "steady_label")}
    print(
        json.dumps(
            {
                "videos": len(videos),
                "tracks": len(tracks),
                "seconds": round(float(seconds), 1),
                "changes_a_minute_frame_alone": round(60 * changes["label"] / seconds, 1),
                "changes_a_minute_shown": round(60 * changes["steady_label"] / seconds, 1),
            }
        )
    )


def _rows(video: Path, networks: Networks) -> pd.DataFrame:
    with TemporaryDirectory() as folder, Detector("video") as detector:
        table = Path(folder) / "rows.parquet"
        analyze_video(video, Analyzer(detector, networks), table=table)
        return pd.read_parquet(table)


def _tracks(rows: pd.DataFrame) -> list[pd.DataFrame]:
    groups = [track.sort_values("time_s") for _, track in rows.groupby(["kind", "track_id"])]
    return [track for track in groups if track["time_s"].max() - track["time_s"].min() >= SHORTEST_S]


def _changes(labels: pd.Series) -> int:
    return int((labels != labels.shift()).sum()) - 1


if __name__ == "__main__":
    typer.run(main)

"""The labelled whole pictures, with their largest face as our detector finds it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from fizzog_core import images
from fizzog_core.detectors import Detector
from fizzog_core.types import Detection, Frame


def largest_faces(folder: Path) -> Iterator[tuple[Frame, Detection, str, str]]:
    """Picture, face, label and source of each row of ``manifest.csv``; rows in which no face is found are left out."""
    with Detector() as detector, (folder / "manifest.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            frame = images.read(folder / row["path"])
            faces = detector.find_faces(frame)
            if faces:
                yield frame, max(faces, key=lambda face: face.box.width), row["label"], row["source"]

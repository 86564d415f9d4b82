"""Measures faces found, emotion and keypoints through the product's own path. Prints a JSON line for each.

python -m benchmarks.accuracy.as_used [--data ../shared/data]
"""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Annotated

import cv2
import typer

from fizzog_core import settings
from fizzog_core.errors import PictureError
from fizzog_core.media import images
from fizzog_core.networks import loading
from fizzog_core.vision.detector import Detector
from training.data.sets import load_keypoints
from training.evaluation import end_to_end

SINGLE_SOURCE = "as_used_accuracy_"
"""Prefix of the accuracies of single sources, which are not printed."""


def main(data: Annotated[Path, typer.Option(help="Folder of the data sets.")] = Path("../shared/data")) -> None:
    models = settings.get().models
    report("samples/pictures", sample_faces(data / "samples"))
    report("emotion_pictures", labelled_faces(data / "emotion_pictures"))
    emotion = end_to_end.emotion(loading.load(models / "emotion"), None, data / "emotion_pictures")
    report("emotion_pictures", {n: round(m.value, 4) for n, m in emotion.items() if not n.startswith(SINGLE_SOURCE)})
    keypoints = end_to_end.keypoints(loading.load(models / "keypoints"), load_keypoints(data / "keypoints"))
    report("keypoints", {name: round(metric.value, 5) for name, metric in keypoints.items()})


def report(name: str, figures: dict[str, float]) -> None:
    """Print one JSON line."""
    print(json.dumps({"opencv": cv2.__version__, "data": name} | figures), flush=True)


def sample_faces(samples: Path) -> dict[str, float]:
    """Faces that a person counted in the readable pictures, those found, and others that are found.

    A count may be a range ("3-4", "0 or 1"): fewer than its lower end are missed, more than its upper end are false.
    """
    wanted = found = false = unreadable = 0
    with Detector() as detector, (samples / "pictures" / "manifest.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            try:
                count = len(detector.find_faces(images.read(samples / row["path"])))
            except PictureError:
                unreadable += 1
                continue
            counted = [int(number) for number in re.findall(r"\d+", row["faces"].split("(")[0])]
            if not counted:  # a file that no program should be able to read
                continue
            low, high = counted[0], counted[-1]
            wanted, found, false = wanted + low, found + min(low, count), false + max(0, count - high)
    return {"faces": wanted, "found": found, "false": false, "unreadable_pictures": unreadable}


def labelled_faces(folder: Path) -> dict[str, float]:
    """Pictures in which a face is found, each as a picture and as a frame of a stream."""
    pictures = as_picture = in_stream = 0
    with Detector() as detector, Detector("video") as stream, (folder / "manifest.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            frame = images.read(folder / row["path"])
            in_stream += bool(stream.find_faces(frame))
            as_picture += bool(detector.find_faces(frame))
            pictures += 1
    return {"pictures": pictures, "found": as_picture, "found_in_a_stream": in_stream}


if __name__ == "__main__":
    typer.run(main)

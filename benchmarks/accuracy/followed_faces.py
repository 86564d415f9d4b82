"""What following faces costs in accuracy: streams with the face detector in each frame, and as the product runs them.

python -m benchmarks.accuracy.followed_faces [--data ../shared/data]

Each picture becomes a stream of eight frames in which it moves and turns by a few pixels a frame. ``emotion_pictures``
give the faces found and the accuracy of the emotion; HELEN's test faces give the error of the keypoints. Prints a JSON
line for each data set and way of running.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from fizzog_core import settings
from fizzog_core.media import images
from fizzog_core.networks import loading
from fizzog_core.networks.predictor import Networks
from fizzog_core.types import FaceResult, Frame
from fizzog_core.vision.analyzer import Analyzer
from fizzog_core.vision.detector import Detector

FRAMES = 8
STEPS_S = {"detector in each frame": 2.0, "followed": 1 / 30}
"""Time between two frames. Seconds apart, a stream is searched in each frame."""
SHIFT, TURN_DEG = 0.008, 0.5
"""Movement from one frame to the next, in short sides of the picture and degrees."""
KEYPOINT_SOURCE = "helen_ibug"


def main(data: Annotated[Path, typer.Option(help="Folder of the data sets.")] = Path("../shared/data")) -> None:
    networks = loading.load_all(settings.get().models)
    for name, step_s in STEPS_S.items():
        print(json.dumps({"data": "emotion_pictures", "stream": name} | _emotions(networks, data, step_s)), flush=True)
        print(json.dumps({"data": KEYPOINT_SOURCE, "stream": name} | _keypoints(networks, data, step_s)), flush=True)


def _emotions(networks: Networks, data: Path, step_s: float) -> dict[str, float]:
    folder = data / "emotion_pictures"
    found, correct = [], []
    with (folder / "manifest.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            faces = [face for face, _ in _stream(networks, images.read(folder / row["path"]), step_s)]
            found.append([face is not None for face in faces])
            correct.append([face is not None and _label(face) == row["label"] for face in faces])
    return {
        "pictures": len(found),
        "found_in_the_first_frame": int(np.sum([frames[0] for frames in found])),
        "found_in_all_frames": int(np.sum([all(frames) for frames in found])),
        "share_of_frames_with_a_face": round(float(np.mean(found)), 4),
        "emotion_accuracy": round(float(np.mean(correct)), 4),
    }


def _keypoints(networks: Networks, data: Path, step_s: float) -> dict[str, float]:
    labels = np.load(data / "keypoints" / "labels.npz")
    rows = np.flatnonzero((labels["split"] == "test") & (labels["source"] == KEYPOINT_SOURCE))
    errors, missed = [], 0
    for row in rows:
        expected = labels["keypoints_px"][row] + 0.5  # the data counts from the middle of the first pixel
        eyes = float(np.hypot(*(expected[0] - expected[1])))
        for face, matrix in _stream(networks, images.read(data / "keypoints" / labels["path"][row].item()), step_s):
            if face is None or face.keypoints is None:
                missed += 1
                continue
            placed = expected @ matrix[:, :2].T + matrix[:, 2]
            errors.append(float(np.nanmean(np.hypot(*(face.keypoints.xy_px - placed).T))) / eyes)
    return {
        "pictures": len(rows),
        "frames_without_a_face": missed,
        "median_error_in_eye_distances": round(float(np.median(errors)), 5),
        "mean_error_in_eye_distances": round(float(np.mean(errors)), 5),
        "error_above_0.1": round(float(np.mean(np.array(errors) > 0.1)), 5),
    }


def _stream(networks: Networks, picture: Frame, step_s: float) -> Iterator[tuple[FaceResult | None, NDArray]]:
    """The largest face of each frame, and the matrix ``(2, 3)`` from the picture to the frame."""
    height, width = picture.shape[:2]
    with Detector("video") as detector, Analyzer(detector, networks) as analyzer:
        for index in range(FRAMES):
            matrix = cv2.getRotationMatrix2D((width / 2, height / 2), TURN_DEG * index, 1.0)
            matrix[:, 2] += SHIFT * index * min(width, height)
            frame = cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
            result = analyzer.analyze(np.asarray(frame, np.uint8), hands=False, time_s=step_s * index)
            yield max(result.faces or (), key=lambda face: face.detection.box.width, default=None), matrix


def _label(face: FaceResult) -> str:
    return face.emotion.label if face.emotion else ""


if __name__ == "__main__":
    typer.run(main)

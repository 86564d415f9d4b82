"""Measures size and position of the square crop around the face detector's box. Prints JSON.

python -m benchmarks.accuracy.crop_geometry fit        the square, in box sides, that matches the training frames
python -m benchmarks.accuracy.crop_geometry emotion    accuracy with the detector and each crop geometry
python -m benchmarks.accuracy.crop_geometry keypoints  the keypoints' error, on the validation split
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer

from fizzog_core import settings
from fizzog_core.labels import EMOTIONS
from fizzog_core.media import images
from fizzog_core.networks import loading, preprocessing
from fizzog_core.networks.model_card import CropGeometry
from fizzog_core.types import Frame
from fizzog_core.vision import crops
from fizzog_core.vision.detector import Detector
from training.evaluation.end_to_end import largest_faces

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
DataFolder = Annotated[Path, typer.Option(help="Folder of the data sets.")]
app = typer.Typer(add_completion=False)


@app.command()
def fit(data: DataFolder = DATA, count: int = 600, seed: int = 0) -> None:
    """Detects faces on training frames with a border, and compares each frame with the detected box."""
    rng = np.random.default_rng(seed)
    with Detector() as detector:
        for name, frames, inset in (
            ("fer2013", _fer_frames(data, count, rng), 0),
            ("keypoints", _keypoint_frames(data, count, rng), 16),
        ):
            for border in (0.3, 0.6):
                _print_fit(name, frames, inset, border, detector)


def _fer_frames(data: Path, count: int, rng: np.random.Generator) -> list[Frame]:
    spec = importlib.util.spec_from_file_location("fer2013_load", data / "fer2013" / "load.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pixels, labels = module.load()
    rows = rng.choice(np.flatnonzero(labels["usage"] == 0), count, replace=False)
    return [np.repeat(face[:, :, None], 3, axis=2) for face in pixels[rows]]


def _keypoint_frames(data: Path, count: int, rng: np.random.Generator) -> list[Frame]:
    labels = np.load(data / "keypoints" / "labels.npz", allow_pickle=False)
    rows = rng.choice(np.flatnonzero(labels["split"] == "train"), count, replace=False)
    return [images.read(data / "keypoints" / str(labels["path"][row])) for row in rows]


def _print_fit(name: str, frames: list[Frame], inset: int, border: float, detector: Detector) -> None:
    """Prints one line: the network's frame, without ``inset`` pixels on each side, in sides of the detected box."""
    figures = []
    for frame in frames:
        side = frame.shape[0]
        scale = 192 / side
        rim = round(border * side)
        wide = cv2.copyMakeBorder(frame, rim, rim, rim, rim, cv2.BORDER_REPLICATE)
        wide = cv2.resize(wide, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        faces = detector.find_faces(np.asarray(wide, dtype=np.uint8))
        if not faces:
            continue
        box = max(faces, key=lambda face: face.box.width).box
        length = max(box.width, box.height)
        (x, y), middle = box.center, wide.shape[0] / 2
        figures.append(((side - 2 * inset) * scale / length, (middle - x) / length, (middle - y) / length))
    columns = np.array(figures)
    square, right, down = np.median(columns, axis=0)
    spread = columns.std(axis=0)
    _print(
        data=name, border=border, frames=len(frames), found=len(figures),
        margin=(square - 1) / 2, shift_down=down, shift_right=right,
        sd_square=spread[0], sd_down=spread[2], sd_right=spread[1],
    )  # fmt: skip


@app.command()
def emotion(
    data: DataFolder = DATA, margins: str = "0,0.05,0.1,0.15,0.2,0.3", shifts: str = "-0.1,-0.05,0,0.05"
) -> None:
    """Prints the accuracy of the published emotion network on ``emotion_pictures`` for each crop geometry."""
    network = loading.load(settings.get().models / "emotion")
    found = [(frame, face, *row) for frame, face, *row in largest_faces(data / "emotion_pictures") if face]
    truth = np.array([EMOTIONS.index(label) for _, _, label, _ in found])
    wild = np.array([source == "lfw_wild" for _, _, _, source in found])
    _print(pictures=len(found), wild=int(wild.sum()))
    for geometry in _geometries(margins, shifts):
        cuts = [crops.cut(frame, face, geometry, network.card.input_size) for frame, face, _, _ in found]
        right = network.predict(preprocessing.to_batch(cuts, network.card)).argmax(axis=1) == truth
        recalls = [right[truth == k].mean() for k in np.unique(truth)]
        _print(
            **asdict(geometry), accuracy=right.mean(), balanced=np.mean(recalls), accuracy_wild=right[wild].mean()
        )  # fmt: skip


@app.command()
def keypoints(
    data: DataFolder = DATA, margins: str = "0,0.03,0.06,0.09,0.12", shifts: str = "-0.12,-0.08,-0.04", count: int = 200
) -> None:
    """Prints the error of the published keypoints network, in % of the distance of the eyes, for each crop geometry."""
    network = loading.load(settings.get().models / "keypoints")
    labels = np.load(data / "keypoints" / "labels.npz", allow_pickle=False)
    rows = np.random.default_rng(0).choice(np.flatnonzero(labels["split"] == "validation"), count, replace=False)
    with Detector() as detector:
        frames = [images.read(data / "keypoints" / str(labels["path"][row])) for row in rows]
        found = [max(detector.find_faces(frame), key=lambda f: f.box.width, default=None) for frame in frames]
    seen = [
        (frame, face, labels["keypoints_px"][row] + 0.5)
        for frame, face, row in zip(frames, found, rows, strict=True)
        if face
    ]
    _print(pictures=count, found=len(seen))
    for geometry in _geometries(margins, shifts):
        cuts = [crops.cut(frame, face, geometry, network.card.input_size) for frame, face, _ in seen]
        points = loading.to_keypoints(network.predict(preprocessing.to_batch(cuts, network.card)), cuts, network.card)
        errors = [
            np.nanmean(np.hypot(*(answer.xy_px - truth).T)) / np.hypot(*(truth[0] - truth[1]))
            for answer, (_, _, truth) in zip(points, seen, strict=True)
        ]
        _print(**asdict(geometry), mean_error_percent=100 * np.mean(errors), worst_tenth=100 * np.quantile(errors, 0.9))


def _geometries(margins: str, shifts: str) -> Iterator[CropGeometry]:
    for margin, shift, aligned in product(map(float, margins.split(",")), map(float, shifts.split(",")), (False, True)):
        yield CropGeometry(margin=margin, shift_down=shift, aligned=aligned)


def _print(**figures: object) -> None:
    print(json.dumps({k: round(float(v), 4) if isinstance(v, np.floating) else v for k, v in figures.items()}))


if __name__ == "__main__":
    app()

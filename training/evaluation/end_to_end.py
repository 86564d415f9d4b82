"""Metrics of the whole pipeline, with the own detector and crop, and metrics on degraded pictures."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fizzog_core.datasets import augmentation
from fizzog_core.errors import DataError
from fizzog_core.labels import EMOTIONS, GESTURES
from fizzog_core.media import images
from fizzog_core.networks import loading, preprocessing
from fizzog_core.networks.model_card import Metric
from fizzog_core.networks.predictor import Predictor
from fizzog_core.types import Detection, Frame
from fizzog_core.vision import crops
from fizzog_core.vision.detector import Detector
from training.data import redetected_hands
from training.data.sets import NONE, NOTHING, GestureData, KeypointData, as_input
from training.evaluation import metrics as measures

Change = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
SMALL_FACE_PX = 30
IN_THE_WILD = "helen_ibug"
"""The keypoints' source of photographs in the wild, with all fifteen points."""


def _blurred(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), len(picture) / 32), np.uint8)


def _dark(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return (picture * 0.25).astype(np.uint8)


def _compressed(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 20])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def _small(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    little = cv2.resize(picture, (SMALL_FACE_PX, SMALL_FACE_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(little, picture.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)


def _turned(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    side = len(picture)
    return augmentation.warp(picture, augmentation.affine(side, side, angle_deg=20), side)


WORSE: dict[str, Change] = {
    "blurred": _blurred,
    "at_a_quarter_of_the_light": _dark,
    "as_jpeg_of_quality_20": _compressed,
    f"of_{SMALL_FACE_PX}_px": _small,
}
"""Changes of a grey square (S, S) that leave its points where they are; the blur is 1/32 of its side."""
WORSE_FOR_EMOTIONS = WORSE | {"turned_by_20_degrees": _turned}


def worse(pixels: NDArray[np.uint8], change: Change, side: int) -> NDArray[np.float32]:
    """(N, S, S) uint8, each changed, as a network takes them: (N, ``side``, ``side``, 1) float32 0..255."""
    return as_input(np.stack([change(picture) for picture in pixels]), side)


def largest_faces(folder: Path) -> Iterator[tuple[Frame, Detection | None, str, str]]:
    """Picture, largest face as our detector finds it or None, label and source of each row of ``manifest.csv``.

    Raises DataError if the folder has no manifest.
    """
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        raise DataError(f"Expected whole pictures with a manifest.csv in {folder}, found none.")
    with Detector() as detector, manifest.open(newline="") as file:
        for row in csv.DictReader(file):
            frame = images.read(folder / row["path"])
            faces = detector.find_faces(frame)
            largest = max(faces, key=lambda face: face.box.width) if faces else None
            yield frame, largest, row["label"], row["source"]


def emotion(network: Predictor, data: object, folder: Path | None, _: Path | None = None) -> dict[str, Metric]:
    """Accuracy and recalls on the whole labelled pictures in ``folder``, and accuracy by source; {} without a folder.

    A face that the detector does not find counts as an error.
    """
    if folder is None:
        return {}
    predicted, labels, sources = [], [], []
    for frame, face, label, source in largest_faces(folder):
        sources.append(source)
        labels.append(EMOTIONS.index(label))
        predicted.append(-1 if face is None else int(_read(network, frame, [face])[0][0].argmax()))
    y_pred, y_true, source_of = np.array(predicted), np.array(labels), np.array(sources)
    right, missed = y_pred == y_true, y_pred < 0
    found = measures.missed_as_errors(y_true, y_pred, missed, len(EMOTIONS))
    named = {
        "accuracy": _share(right, "whole pictures"),
        "faces_missed": _share(missed, "whole pictures"),
        "balanced_accuracy": measures.interval(
            lambda rows: measures.balanced_accuracy(y_true[rows], found[rows], len(EMOTIONS)),
            np.arange(len(y_true)),
            "whole pictures",
        ),
    }
    for source in np.unique(source_of).tolist():
        named[f"accuracy_{source}"] = _share(right[source_of == source], "whole pictures")
    for i in np.unique(y_true).tolist():
        named[f"recall_{EMOTIONS[i]}"] = _share(right[y_true == i], "whole pictures")
    return {f"as_used_{name}": metric for name, metric in named.items()}


def keypoints(network: Predictor, data: KeypointData, *_: Path | None) -> dict[str, Metric]:
    """Error on the test split's photographs in the wild, with the face found by our detector, in eye distances."""
    rows = np.flatnonzero((data.split == "test") & (data.source == IN_THE_WILD))
    errors, subjects, missed = [], [], []
    with Detector() as detector:
        for row in rows:
            frame = np.ascontiguousarray(np.repeat(data.pixels[row][..., None], 3, axis=2))
            faces = detector.find_faces(frame)
            missed.append(not faces)
            if faces:
                face = max(faces, key=lambda found: found.box.width)
                outputs, squares = _read(network, frame, [face])
                points = loading.to_keypoints(outputs, squares, network.card)[0].xy_px
                errors.append(measures.normalised_errors(data.keypoints_px[row][None], points[None])[0])
                subjects.append(data.subject[row])
    if not errors:
        return {}
    normalised = np.array(errors)
    return {
        "test_own_detector_median_error": measures.interval(
            lambda drawn: float(np.median(normalised[drawn])), np.array(subjects), "test", "eye distances"
        ),
        "test_own_detector_faces_missed": _share(np.array(missed), "test"),
    }


def gesture(network: Predictor, data: GestureData, others: Path | None, folder: Path | None) -> dict[str, Metric]:
    """The test split's pictures in ``folder``, each in three views, and ``others``: hands that show none of our
    gestures. Returns {} without either folder.

    A hand that is not found is an error of the balanced accuracy. Raises DataError if ``others`` has no manifest.
    """
    if others is None or folder is None or not folder.is_dir():
        return {}
    metrics: dict[str, Metric] = {}
    with Detector() as detector:
        alarms, sure = _alarms(network, detector, others)
        views = redetected_hands.redetect(detector, folder, data, np.flatnonzero(data.split == "test"))
    for view, seen in views.items():
        metrics |= {f"test_own_detector_{view}_{name}": m for name, m in gesture_view(network, seen).items()}
    return metrics | {
        "as_used_false_alarms_on_other_hands": _share(alarms, "other hands"),
        "as_used_sure_false_alarms_on_other_hands": _share(sure, "other hands"),
    }


def gesture_view(network: Predictor, seen: GestureData) -> dict[str, Metric]:
    probabilities = np.eye(len(GESTURES), dtype=np.float32)[np.full(len(seen.found), NONE)]
    probabilities[seen.found] = network.predict(seen.landmarks_px[seen.found])
    y_pred, sure = probabilities.argmax(axis=1), probabilities.max(axis=1) >= network.card.not_sure_below
    missed, other = ~seen.found & (seen.label != NOTHING), seen.gesture == NONE
    named = measures.missed_as_errors(seen.gesture, y_pred, missed, len(GESTURES))

    def balanced(rows: NDArray[np.int64]) -> float:
        return measures.balanced_accuracy(seen.gesture[rows], named[rows], len(GESTURES))

    wrong = y_pred[other] != NONE
    return {
        "balanced_accuracy": measures.interval(balanced, seen.signer, "test"),
        "hands_missed": _share(missed, "test", seen.signer),
        "false_alarms_on_none": _share(wrong, "test", seen.signer[other]),
        "sure_false_alarms_on_none": _share(wrong & sure[other], "test", seen.signer[other]),
    }


def _alarms(network: Predictor, detector: Detector, folder: Path) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(N,) For each picture of manifest.csv: whether a hand is classified as a gesture; and above the threshold."""
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        raise DataError(f"Expected pictures of other hands with a manifest.csv in {folder}, found none.")
    alarms, sure = [], []
    with manifest.open(newline="") as file:
        for row in csv.DictReader(file):
            hands = detector.find_hands(images.read(folder / Path(row["path"]).name))
            probabilities = network.predict(preprocessing.to_landmark_batch(hands, network.card))
            wrong = probabilities.argmax(axis=1) != NONE
            alarms.append(bool(wrong.any()))
            sure.append(bool((wrong & (probabilities.max(axis=1) >= network.card.not_sure_below)).any()))
    return np.array(alarms), np.array(sure)


def _read(network: Predictor, frame: Frame, faces: Sequence[Detection]) -> tuple[NDArray[np.float32], list]:
    card = network.card
    squares = [crops.cut(frame, face, card.crop_geometry, card.input_size) for face in faces]
    return network.predict(preprocessing.to_batch(squares, card)), squares


def _share(right: NDArray[np.bool_], split: str, groups: NDArray | None = None) -> Metric:
    drawn = np.arange(len(right)) if groups is None else groups
    return measures.interval(lambda rows: float(right[rows].mean()), drawn, split)

"""Metrics of a network of each task on its validation and test rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fizzog_core.labels import EMOTION_VOCABULARIES, EMOTIONS, GESTURES, KEYPOINT_NAMES
from fizzog_core.networks.model_card import Metric
from training.data.sets import (
    NONE,
    NOTHING,
    SPLITS,
    USAGES,
    VOTES_AS_EMOTIONS,
    EmotionData,
    GestureData,
    KeypointData,
    Usage,
    as_input,
)
from training.evaluation import end_to_end
from training.evaluation import metrics as measures
from training.evaluation.measured import Measured
from training.fit import augment, batches
from training.fit.configs import CONFIGS

SIDE = batches.KEYPOINT_SIDE


@dataclass(frozen=True, slots=True, eq=False)
class Assessment:
    """``metrics`` by name; ``rows``: one line for each measured row, with its number in the data set."""

    metrics: dict[str, Metric]
    rows: pd.DataFrame


def predict(network: Measured, inputs: NDArray[np.float32], size: int = 256) -> NDArray[np.float32]:
    """The network's outputs for (N, ...) inputs, N > 0."""
    parts = [network.predict_on_batch(inputs[i : i + size]) for i in range(0, len(inputs), size)]
    return np.concatenate(parts).astype(np.float32)


def emotion(network: Measured, data: EmotionData) -> Assessment:
    """FER2013's PublicTest and PrivateTest: all vocabularies, the mean with the mirrored picture, FER+ majorities,
    calibration; of PrivateTest also worse pictures."""
    metrics: dict[str, Metric] = {}
    tables = []
    for usage in (Usage.PUBLIC_TEST, Usage.PRIVATE_TEST):
        index = np.flatnonzero(data.usage == usage)
        pixels = as_input(data.pixels[index], network.input_shape[1])
        probabilities, y_true = predict(network, pixels), data.emotion[index].astype(np.int64)
        mirrored = (probabilities + predict(network, pixels[:, :, ::-1])) / 2
        votes = None if data.votes is None else data.votes[index].astype(int)
        found = _emotion_metrics(probabilities, mirrored, y_true, votes, USAGES[usage])
        right = (probabilities.argmax(1) == y_true)[~copies(data, index)]
        found["accuracy_without_copies_of_training_rows"] = share(right, USAGES[usage])
        for name, change in end_to_end.WORSE_FOR_EMOTIONS.items() if usage == Usage.PRIVATE_TEST else ():
            y_pred = predict(network, end_to_end.worse(data.pixels[index], change, network.input_shape[1])).argmax(1)
            found[f"accuracy_{name}"] = share(y_pred == y_true, USAGES[usage])
        metrics |= {f"{USAGES[usage].lower()}_{name}": metric for name, metric in found.items()}
        tables.append(class_table(index, USAGES[usage], y_true, probabilities, EMOTIONS))
    return Assessment(metrics, pd.concat(tables, ignore_index=True))


def copies(data: EmotionData, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(N,) True where the picture of a row is, byte for byte, also in the Training rows."""
    seen = {picture.tobytes() for picture in data.pixels[data.usage == Usage.TRAINING]}
    return np.array([picture.tobytes() in seen for picture in data.pixels[rows]])


def _emotion_metrics(
    probabilities: NDArray, mirrored: NDArray, y_true: NDArray, votes: NDArray | None, split: str
) -> dict[str, Metric]:
    y_pred, everyone, classes = probabilities.argmax(1), np.arange(len(y_true)), len(EMOTIONS)
    metrics = {
        "accuracy": share(y_pred == y_true, split),
        "accuracy_mirror_averaged": share(mirrored.argmax(1) == y_true, split),
    }
    for size in (6, 5):
        columns = np.array([EMOTIONS.index(name) for name in EMOTION_VOCABULARIES[size]])
        kept = np.isin(y_true, columns)
        chosen = columns[probabilities[kept][:, columns].argmax(1)]
        metrics[f"accuracy_{size}_classes"] = share(chosen == y_true[kept], split)
    if votes is not None:
        clear = votes[:, :classes].max(1) > votes[:, classes:].max(1)
        majority = votes[clear][:, list(VOTES_AS_EMOTIONS)].argmax(1)
        metrics["accuracy_ferplus_majority"] = share(y_pred[clear] == majority, split)
    return metrics | {
        "balanced_accuracy": measures.interval(
            lambda rows: measures.balanced_accuracy(y_true[rows], y_pred[rows], classes), everyone, split
        ),
        "macro_f1": measures.interval(
            lambda rows: measures.macro_f1(y_true[rows], y_pred[rows], classes), everyone, split
        ),
        "calibration_error": measures.interval(
            lambda rows: measures.expected_calibration_error(probabilities[rows], y_true[rows]), everyone, split
        ),
    }


def gesture(network: Measured, data: GestureData) -> Assessment:
    """Validation and test splits; intervals draw whole signers. A picture whose hand was not found counts as "none";
    in ``balanced_accuracy_missed_hand_is_error`` it is an error for every label except ``nothing``."""
    metrics: dict[str, Metric] = {}
    tables = []
    for split in SPLITS[1:]:
        index = np.flatnonzero(data.split == split)
        y_true, found, landmarks = data.gesture[index], data.found[index], data.landmarks_px[index]
        signer, letter = data.signer[index], data.label[index]
        probabilities = gesture_probabilities(network, landmarks, found)
        mirrored = gesture_probabilities(network, landmarks * np.array([-1, 1, 1], np.float32), found)
        missed = ~found & (letter != NOTHING)
        named = _gesture_metrics(probabilities.argmax(1), mirrored.argmax(1), y_true, missed, signer, split)
        metrics |= {f"{split}_{name}": metric for name, metric in named.items()}
        table = class_table(index, split, y_true, probabilities, GESTURES)
        tables.append(table.assign(found=found, letter=letter, source=data.source[index], signer=signer))
    return Assessment(metrics, pd.concat(tables, ignore_index=True))


def gesture_probabilities(network: Measured, landmarks: NDArray[np.float32], found: NDArray) -> NDArray[np.float32]:
    """(N, 5) probabilities; 1 for "none" in the rows that are not ``found`` (N,) bool."""
    probabilities = np.tile(np.eye(len(GESTURES), dtype=np.float32)[NONE], (len(found), 1))
    if found.any():
        probabilities[found] = predict(network, landmarks[found])
    return probabilities


def _gesture_metrics(
    y_pred: NDArray, mirrored: NDArray, y_true: NDArray, missed: NDArray, signer: NDArray, split: str
) -> dict[str, Metric]:
    def balanced(predicted: NDArray) -> Metric:
        return measures.interval(
            lambda rows: measures.balanced_accuracy(y_true[rows], predicted[rows], len(GESTURES)), signer, split
        )

    named = measures.missed_as_errors(y_true, y_pred, missed, len(GESTURES))
    other = y_true == NONE
    metrics = {
        "balanced_accuracy": balanced(y_pred),
        "balanced_accuracy_missed_hand_is_error": balanced(named),
        "balanced_accuracy_mirrored_hand": balanced(mirrored),
        "false_alarms_on_none": share(y_pred[other] != NONE, split, signer[other]),
        "hands_missed": share(missed, split, signer),
    }
    for i, name in enumerate(GESTURES[:NONE]):
        own = y_true == i
        metrics[f"recall_{name}"] = share(y_pred[own] == i, split, signer[own])
    return metrics


def keypoints(network: Measured, data: KeypointData) -> Assessment:
    """Validation and test splits; intervals draw whole subjects; the test split also with moved and turned boxes."""
    metrics: dict[str, Metric] = {}
    tables = []
    for split in SPLITS[1:]:
        index = np.flatnonzero(data.split == split)
        subject = data.subject[index]
        inputs, target = batches.keypoint_arrays(data, index)
        y_true, points = to_pixels(target), to_pixels(predict(network, inputs))
        found = keypoint_metrics(y_true, points, subject, split)
        if split == "test":
            found |= _harder_keypoints(network, data, index, y_true, points)
        metrics |= {f"{split}_{name}": metric for name, metric in found.items()}
        errors = measures.point_errors(y_true, points).round(3)
        columns = {
            "row": index,
            "split": split,
            "source": data.source[index],
            "normalised_error": measures.normalised_errors(y_true, points).round(4),
        }
        tables.append(pd.DataFrame(columns | {name: errors[:, i] for i, name in enumerate(KEYPOINT_NAMES)}))
    return Assessment(metrics, pd.concat(tables, ignore_index=True))


def _harder_keypoints(
    network: Measured, data: KeypointData, index: NDArray, y_true: NDArray, points: NDArray
) -> dict[str, Metric]:
    """Metrics of the test rows with moved and turned boxes, of worse pictures, and of each source."""
    subject, source = data.subject[index], data.source[index]
    moved, target = _moved(data, index, 0.1, 20)
    metrics = {
        "rmse_px_shifted_10_percent_turned_20_degrees": rmse(
            to_pixels(target), to_pixels(predict(network, moved)), subject, "test"
        )
    }
    squares = batches.keypoint_arrays(data, index)[0][..., 0].astype(np.uint8)
    for name, change in end_to_end.WORSE.items():
        metrics[f"rmse_px_{name}"] = rmse(
            y_true, to_pixels(predict(network, end_to_end.worse(squares, change, squares.shape[1]))), subject, "test"
        )
    for name in np.unique(source).tolist():
        own = source == name
        metrics[f"rmse_px_from_{name}"] = rmse(y_true[own], points[own], subject[own], "test")
    return metrics


def keypoint_metrics(y_true: NDArray, points: NDArray, subject: NDArray, split: str) -> dict[str, Metric]:
    normalised, errors = measures.normalised_errors(y_true, points), measures.point_errors(y_true, points)
    metrics = {
        "rmse_px": rmse(y_true, points, subject, split),
        "normalised_mean_error": measures.interval(
            lambda rows: float(normalised[rows].mean()), subject, split, "eye distances"
        ),
        "failure_rate_at_0.1": share(normalised > 0.1, split, subject),
    }
    for i, name in enumerate(KEYPOINT_NAMES):
        metrics[f"mean_error_px_{name}"] = measures.interval(
            lambda rows, own=errors[:, i]: float(np.nanmean(own[rows])), subject, split, "px of 96"
        )
    return metrics


def rmse(y_true: NDArray, points: NDArray, subject: NDArray, split: str) -> Metric:
    return measures.interval(
        lambda rows: measures.root_mean_square(y_true[rows], points[rows]), subject, split, "px of 96"
    )


def to_pixels(units: NDArray[np.float32]) -> NDArray[np.float32]:
    return units.reshape(-1, len(KEYPOINT_NAMES), 2) * SIDE


def _moved(data: KeypointData, rows: NDArray, shift: float, rotation: float) -> batches.Arrays:
    """Inputs and targets of the rows with boxes shifted by up to ``shift`` of the side, turned by up to ``rotation``
    degrees and, half of them, mirrored. Every call returns the same arrays."""
    change = replace(CONFIGS["keypoints_heatmap"], shift=shift, rotation=rotation, scale=0.0, light=0.0, erase=0.0)
    rng = np.random.default_rng(0)
    pairs = [augment.picture_and_points(rng, change, data.pixels[i], data.keypoints_px[i], SIDE) for i in rows]
    points = np.stack([p for _, p in pairs if p is not None])
    return np.stack([picture for picture, _ in pairs])[..., None].astype(np.float32), batches.to_unit(points)


def share(right: NDArray[np.bool_], split: str, groups: NDArray | None = None) -> Metric:
    """The share of True, with the interval of independent rows or of whole ``groups``."""
    drawn = np.arange(len(right)) if groups is None else groups
    return measures.interval(lambda rows: float(right[rows].mean()), drawn, split)


def class_table(
    index: NDArray, split: str, y_true: NDArray, probabilities: NDArray, names: tuple[str, ...]
) -> pd.DataFrame:
    columns = {"row": index, "split": split, "label": [names[i] for i in y_true]}
    return pd.DataFrame(columns | {name: probabilities[:, i].round(4) for i, name in enumerate(names)})

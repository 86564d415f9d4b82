"""Tiny random networks with cards, synthetic faces and hands, and a detector that returns constant results."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from fizzog_core.labels import EMOTIONS, GESTURES, KEYPOINT_NAMES
from fizzog_core.networks import model_card
from fizzog_core.networks.model_card import Metric, ModelCard
from fizzog_core.types import Box, Detection, Frame


def make_card(task: str = "emotion", **changes: Any) -> ModelCard:
    """A complete card for a tiny network of ``task``."""
    labels = {"emotion": EMOTIONS, "keypoints": KEYPOINT_NAMES, "gesture": GESTURES}[task]
    fields: dict[str, Any] = {
        "task": task,
        "name": f"tiny {task}",
        "input": "landmarks" if task == "gesture" else "pixels",
        "input_size": {"emotion": 48, "keypoints": 96, "gesture": 21}[task],
        "channels": 3 if task == "gesture" else 1,
        "labels": labels,
        "crop_margin": 0.1,
        "crop_shift_down": -0.05,
        "not_sure_below": 0.0,
        "parameters": 1,
        "multiply_adds": 1,
        "dataset": "random numbers",
        "split_sizes": {"train": 8, "test": 2},
        "config": {"epochs": 1},
        "seed": 0,
        "metrics": {"accuracy": Metric(0.5, 0.4, 0.6, 100, "test")},
        "limits": ("made for tests",),
        "licence": "MIT",
    }
    return ModelCard(**(fields | changes))


def publish_tiny(folder: Path, card: ModelCard) -> ModelCard:
    """Saves a random network with the card's shapes and the card; returns the card with its checksums."""
    import keras

    from training.networks.architectures import CELL_MIDDLES
    from training.release import served

    keras.utils.set_random_seed(1)
    pixels = card.input == "pixels"
    shape = (card.input_size, card.input_size, card.channels) if pixels else (card.input_size, 3)
    inputs = keras.Input(shape)
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.Flatten()(keras.layers.AveragePooling2D(12)(x) if pixels else x)
    if card.task == "keypoints":
        maps = keras.layers.Softmax()(keras.layers.Reshape((15, 16))(keras.layers.Dense(15 * 16)(x)))
        outputs = keras.layers.Flatten()(keras.layers.Dense(2, "sigmoid", name=CELL_MIDDLES)(maps))
    else:
        outputs = keras.layers.Dense(len(card.labels), "softmax")(x)
    folder.mkdir(parents=True, exist_ok=True)
    network = keras.Model(inputs, outputs)
    network.save(folder / model_card.NETWORK_FILE)
    card = dataclasses.replace(
        card,
        sha256=model_card.checksum(folder / model_card.NETWORK_FILE),
        served_sha256=served.write(network, card, folder, np.zeros((1, *network.input_shape[1:]), np.float32)),
    )
    model_card.save(card, folder)
    return card


def make_face(x: float = 100, y: float = 60, side: float = 80, score: float = 0.9) -> Detection:
    """A face with level eyes; (x, y) is the upper left corner of its box."""
    points_unit = np.array([(0.3, 0.35), (0.7, 0.35), (0.5, 0.6), (0.5, 0.75), (0.05, 0.45), (0.95, 0.45)])
    landmarks = (points_unit * side + (x, y)).astype(np.float32)
    return Detection("face", Box(x, y, x + side, y + side), score, landmarks)


def make_hand(x: float = 200, y: float = 120, side: float = 60, score: float = 0.8) -> Detection:
    """A right hand with 21 landmarks spread over its box."""
    points_unit = np.random.default_rng(3).random((21, 3)) * (1, 1, 0.2)
    landmarks = (points_unit * side + (x, y, 0)).astype(np.float32)
    return Detection("hand", Box(x, y, x + side, y + side), score, landmarks, "right")


class FakeDetector:
    """Returns constant faces and hands, and counts its calls."""

    mode = "image"

    def __init__(self, faces: tuple[Detection, ...] = (), hands: tuple[Detection, ...] = ()) -> None:
        self.faces, self.hands = faces, hands
        self.face_calls = self.hand_calls = 0

    def find_faces(self, frame: Frame) -> tuple[Detection, ...]:
        self.face_calls += 1
        return self.faces

    def find_hands(self, frame: Frame, time_s: float | None = None) -> tuple[Detection, ...]:
        self.hand_calls += 1
        return self.hands

    def close(self) -> None:
        pass

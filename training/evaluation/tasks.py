"""The published tasks: data, batches, metrics and card texts of each, in one registry.

A new task is one more entry of TASKS.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
from numpy.typing import NDArray

from fizzog_core.errors import DataError
from fizzog_core.labels import EMOTIONS, GESTURES, KEYPOINT_NAMES
from fizzog_core.networks.model_card import ModelCard
from training.data.sets import Data, as_input, load_emotion, load_gestures, load_keypoints
from training.evaluation import assess, card_texts, end_to_end
from training.evaluation.assess import Assessment
from training.evaluation.measured import Measured
from training.fit import batches, train
from training.fit.batches import Arrays, MakeBatch
from training.fit.configs import Config
from training.fit.task import TrainingSet
from training.networks import architectures


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedTask:
    """One task whose network is published; implements ``training.fit.task.Task`` for a ``Config``.

    ``read`` loads the data set; ``augmented`` and ``arrays`` build its batches with and without augmentation;
    ``assessed`` measures test rows; ``as_used`` measures through the own detector (arguments: network, data, folder
    with whole pictures or None, the data set's folder or None).
    """

    labels: tuple[str, ...]
    input: Literal["pixels", "landmarks"]
    classifies: bool
    best_epoch_by: str | None
    facts: card_texts.TaskFacts
    read: Callable[[Path], Any]
    augmented: Callable[[Any, Config, NDArray[np.int64]], MakeBatch]
    arrays: Callable[[Any, NDArray[np.int64]], Arrays]
    assessed: Callable[[Measured, Any], Assessment]
    as_used: Callable[..., dict[str, Any]]

    def load(self, config: Any, path: Path, run: Path) -> Data:
        return self.read(path)

    def extended(self, data: Any, path: Path) -> Data:
        return data.extended(self.read(path))

    def training_set(self, config: Config, data: Any) -> TrainingSet:
        rows, held_out = data.training_rows(), data.validation_rows()
        if not len(rows) or not len(held_out):
            raise DataError("Expected rows to train on and rows to validate on; prepare the data with a split first.")
        return TrainingSet(self.augmented(data, config, rows), len(rows), self.arrays(data, held_out))

    def inputs(self, data: Any, rows: NDArray[np.int64], card: ModelCard) -> NDArray[np.float32]:
        """``rows`` as the published network of ``card`` takes them."""
        found = self.arrays(data, rows)[0]
        return as_input(found[..., 0], card.input_size) if card.input == "pixels" else found

    def compiled(self, config: Config, steps: int) -> keras.Model:
        return train.compiled(config, steps)

    def start_weights(self, config: Config, run: Path) -> list[NDArray[np.float32]] | None:
        return train.start_weights(config, run.parent / config.start) if config.start else None

    def monitor(self, config: Any) -> str | None:
        return self.best_epoch_by

    def callbacks(self, config: Any) -> list[keras.callbacks.Callback]:
        return []

    def build(self, config: Config) -> keras.Model:
        return architectures.build(config)

    def assess(self, config: Any, network: keras.Model, data: Any) -> Assessment:
        return self.assessed(network, data)


TASKS = {
    "emotion": PublishedTask(
        labels=EMOTIONS, input="pixels", classifies=True, best_epoch_by="val_accuracy", facts=card_texts.EMOTION,
        read=load_emotion, augmented=batches.emotion, arrays=batches.emotion_arrays, assessed=assess.emotion,
        as_used=end_to_end.emotion,
    ),
    "keypoints": PublishedTask(
        labels=KEYPOINT_NAMES, input="pixels", classifies=False, best_epoch_by="val_rmse_px",
        facts=card_texts.KEYPOINTS, read=load_keypoints, augmented=batches.keypoints, arrays=batches.keypoint_arrays,
        assessed=assess.keypoints, as_used=end_to_end.keypoints,
    ),
    "gesture": PublishedTask(
        # The validation signers do not tell the epochs apart: the last epoch is kept.
        labels=GESTURES, input="landmarks", classifies=True, best_epoch_by=None, facts=card_texts.GESTURE,
        read=load_gestures, augmented=batches.gesture, arrays=batches.gesture_arrays, assessed=assess.gesture,
        as_used=end_to_end.gesture,
    ),
}  # fmt: skip


def find(name: str) -> PublishedTask:
    """The task ``name``. Raises DataError for an unknown name."""
    if name not in TASKS:
        raise DataError(f"Expected {', '.join(TASKS)}, got {name!r}.")
    return TASKS[name]

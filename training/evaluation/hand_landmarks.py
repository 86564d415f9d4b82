"""The hand landmark network as a task of the training loop, and its metrics on validation crops."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fizzog_core.errors import DataError
from fizzog_core.vision.anchor_detector import WEIGHTS
from training.data.hand_crops import HandCrops
from training.data.sets import SPLITS
from training.evaluation import metrics as measures
from training.evaluation.assess import Assessment, predict
from training.fit import hand_landmarks as fit
from training.fit.hand_landmarks import HandConfig
from training.fit.task import TrainingSet
from training.networks import hand_landmarks as architecture


class HandLandmarkTask:
    """Implements ``training.fit.task.Task`` for a ``HandConfig``."""

    def load(self, config: HandConfig, path: Path, run: Path) -> HandCrops:
        if not path.is_file():
            raise DataError(f"Expected an .npz of `python -m training prepare hands`, got {path}.")
        return HandCrops.load(path)

    def extended(self, data: HandCrops, path: Path) -> Any:
        raise DataError("The hands come from `training prepare hands` only: leave --add out.")

    def training_set(self, config: HandConfig, data: HandCrops) -> TrainingSet:
        if not (data.split == SPLITS[1]).any():
            raise DataError("Expected validation rows; prepare the data again.")
        return TrainingSet(*fit.batches(data, config), fit.arrays(data, config, SPLITS[1]))

    def compiled(self, config: HandConfig, steps: int) -> keras.Model:
        return fit.compiled(config, steps)

    def start_weights(self, config: HandConfig, run: Path) -> list[NDArray[np.float32]]:
        if not config.start:
            drawn, full = np.random.default_rng(config.seed), config.layout == "full"
            folder = WEIGHTS if full else run.parent
            file = folder / architecture.LAYOUTS[config.layout].file
            if not file.is_file():
                raise DataError(
                    f"Expected {file}. It is in the wheel mediapipe 0.10.21, below mediapipe/modules/hand_landmark/: "
                    "pip download mediapipe==0.10.21 --no-deps."
                )
            return architecture.teacher_weights(config.blocks, drawn, config.layout, folder)
        before = self.build(config)
        path = run.parent / config.start / "best.weights.h5"
        if not path.is_file():
            raise DataError(f"Expected weights at {path}. First run: python -m training train {config.start}.")
        before.load_weights(path)
        return before.get_weights()

    def monitor(self, config: HandConfig) -> str:
        return "val_loss"

    def callbacks(self, config: HandConfig) -> list[keras.callbacks.Callback]:
        return []

    def build(self, config: HandConfig) -> keras.Model:
        return architecture.build(config.side, config.blocks, config.layout)

    def assess(self, config: HandConfig, network: keras.Model, data: HandCrops) -> Assessment:
        """Errors of the landmarks, presence, handedness and the gesture head on the validation rows."""
        pictures, truth = fit.arrays(data, config, SPLITS[1])
        outputs = predict(network, pictures)
        gaps = (outputs - truth)[:, architecture.POINTS].reshape(-1, 21, 3)[:, :, :2]
        chosen = np.flatnonzero(data.split == SPLITS[1])
        table = pd.DataFrame(
            {
                "row": chosen,
                "split": SPLITS[1],
                "source": data.source[chosen],
                "hand": data.hand[chosen],
                "error": np.hypot(gaps[:, :, 0], gaps[:, :, 1]).mean(axis=1),
                "presence": 1 / (1 + np.exp(-outputs[:, architecture.PRESENCE])),
                "right": (outputs[:, architecture.RIGHT] > 0) == data.right[chosen],
                "gesture": outputs[:, architecture.GESTURE].argmax(axis=1) == data.gesture[chosen],
                "label": data.gesture[chosen],
            }
        )
        hands, others = table[table["hand"]], table[~table["hand"]]
        known = hands[hands["label"] >= 0]
        named = {
            "landmarks_median_error": _of(hands["error"], np.median, "sides of the square"),
            "landmarks_mean_error": _of(hands["error"], np.mean, "sides of the square"),
            "hands_present": _of(hands["presence"] > 0.5, np.mean),
            "others_present": _of(others["presence"] > 0.5, np.mean),
            "handedness_accuracy": _of(hands["right"], np.mean),
            "gesture_head_accuracy": _of(known["gesture"], np.mean),
        }
        return Assessment(named, table)


def _of(values: pd.Series, statistic: Any, unit: str = "") -> measures.Metric:
    rows = values.to_numpy(np.float64)
    return measures.interval(lambda drawn: float(statistic(rows[drawn])), np.arange(len(rows)), SPLITS[1], unit)


HAND_LANDMARKS = HandLandmarkTask()
"""The task of every config in ``training.fit.hand_landmarks``."""

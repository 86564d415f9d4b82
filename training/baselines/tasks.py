"""Training and measuring the source projects' networks: the task of every baseline config."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from fizzog_core.errors import DataError
from training.baselines import data as sources
from training.baselines import hand_pictures, measure, networks
from training.baselines.configs import BaselineConfig
from training.evaluation.assess import Assessment
from training.evaluation.tasks import TASKS
from training.fit.task import TrainingSet


class BaselineTask:
    """Implements ``training.fit.task.Task`` for a ``BaselineConfig`` of any task."""

    def load(self, config: BaselineConfig, path: Path, run: Path) -> Any:
        return hand_pictures.load(path, config, run) if config.task == "gesture" else TASKS[config.task].read(path)

    def extended(self, data: Any, path: Path) -> Any:
        raise DataError("A baseline is trained on its author's rows only: leave --add out.")

    def training_set(self, config: BaselineConfig, data: Any) -> TrainingSet:
        found = sources.material(config, data)
        return TrainingSet(*sources.make_batches(config, found), sources.validation(found))

    def compiled(self, config: BaselineConfig, steps: int) -> keras.Model:
        return sources.compiled(config)

    def start_weights(self, config: BaselineConfig, run: Path) -> list[NDArray[np.float32]] | None:
        return None

    def monitor(self, config: BaselineConfig) -> str | None:
        return "val_rmse_px" if config.task == "keypoints" else "val_accuracy"

    def callbacks(self, config: BaselineConfig) -> list[keras.callbacks.Callback]:
        """The learning rate falls by ``factor`` after ``patience`` epochs without progress."""
        if not config.patience:
            return []
        return [keras.callbacks.ReduceLROnPlateau(config.patience_measure, config.factor, config.patience)]

    def build(self, config: BaselineConfig) -> keras.Model:
        return networks.NETWORKS[config.network](config)

    def assess(self, config: BaselineConfig, network: keras.Model, data: Any) -> Assessment:
        return measure.measured(config, network, data)


BASELINE = BaselineTask()

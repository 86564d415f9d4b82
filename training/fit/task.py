"""The interface between the training loop and a task."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from training.data.sets import Data
from training.fit.batches import Arrays, MakeBatch


@dataclass(frozen=True, slots=True, eq=False)
class TrainingSet:
    """``make`` builds one augmented batch of the ``rows`` training rows; ``validation`` holds inputs and targets."""

    make: MakeBatch
    rows: int
    validation: Arrays


class Task(Protocol):
    """What the training loop, the evaluation and the commands need of a task.

    A config is a frozen dataclass with at least task, network, epochs, batch_size and seed.
    """

    def load(self, config: Any, path: Path, run: Path) -> Any:
        """The data set at ``path`` for a run in the folder ``run``. Raises DataError."""
        ...

    def extended(self, data: Any, path: Path) -> Data:
        """``data`` with the training rows of the data file ``path`` appended. Raises DataError."""
        ...

    def training_set(self, config: Any, data: Any) -> TrainingSet:
        """Training batches and validation arrays. Raises DataError if there are no rows for either."""
        ...

    def compiled(self, config: Any, steps: int) -> keras.Model:
        """The network with loss, metric and optimizer; ``steps``: batches of an epoch."""
        ...

    def start_weights(self, config: Any, run: Path) -> list[NDArray[np.float32]] | None:
        """Weights that the run in the folder ``run`` starts from; None for fresh ones. Raises DataError."""
        ...

    def monitor(self, config: Any) -> str | None:
        """The column of the history that chooses the best epoch; None keeps the last epoch."""
        ...

    def callbacks(self, config: Any) -> list[keras.callbacks.Callback]:
        """Keras callbacks beyond those of every run."""
        ...

    def build(self, config: Any) -> keras.Model:
        """The network with fresh weights, under the current dtype policy."""
        ...

    def assess(self, config: Any, network: keras.Model, data: Any) -> Any:
        """The ``training.evaluation.assess.Assessment`` of a network."""
        ...

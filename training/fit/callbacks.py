"""Keras callbacks for progress, and readers of a run's history."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np

log = logging.getLogger(__name__)


class Progress(keras.callbacks.Callback):
    """Adds learning rate and seconds to each epoch's record, and logs the remaining time."""

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        seconds = time.perf_counter() - self.start
        total = int(self.params["epochs"])
        if logs is not None:
            logs["learning_rate"] = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
            logs["seconds"] = seconds
        log.info("epoch %d of %d took %.0f s; about %.0f min left", epoch + 1, total, seconds,
                 (total - epoch - 1) * seconds / 60)  # fmt: skip


def finished_epochs(run: Path) -> int:
    """Number of epochs in the run's history."""
    path = run / "history.csv"
    return max(0, len(path.read_text(encoding="utf-8").splitlines()) - 1) if path.is_file() else 0


def best_so_far(run: Path, measure: str, mode: str) -> float | None:
    """The best value in the run's history, or None without one; a resumed run keeps a better network."""
    path = run / "history.csv"
    if not path.is_file() or path.stat().st_size == 0:
        return None
    values = np.genfromtxt(path, delimiter=",", names=True)[measure]
    return float(np.min(values) if mode == "min" else np.max(values))

"""What a training run says of its time."""

from __future__ import annotations

import logging
import time
from typing import Any

import keras

log = logging.getLogger(__name__)


class Progress(keras.callbacks.Callback):
    """Adds rate and seconds to each epoch's record, and says how much time is left."""

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

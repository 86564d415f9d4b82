"""What a measurement takes: a Keras network, or the file that the product runs in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fizzog_core.networks import model_card
from fizzog_core.networks.litert import Program
from fizzog_core.networks.model_card import ModelCard


class Measured(Protocol):
    """The part of a Keras network that a measurement needs."""

    @property
    def input_shape(self) -> Any:
        """(None, ...)"""

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for (N, ...) inputs, N > 0."""


class ServedFile:
    """The file that the product runs, without the columns that its Keras network does not have."""

    def __init__(self, folder: Path, card: ModelCard) -> None:
        """Raises ModelError if the published folder's file is missing or damaged."""
        self._program = Program(folder / model_card.SERVED_FILE)
        self._columns = model_card.output_size(card)
        self.input_shape = (None, *self._program.input_shape)

    def predict_on_batch(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._program(np.ascontiguousarray(x, np.float32))[0][:, : self._columns]

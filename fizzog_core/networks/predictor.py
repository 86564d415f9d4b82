"""The interface through which callers run a network: directly, or batched with other clients' requests."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fizzog_core.networks.model_card import ModelCard

Outputs = Future[NDArray[np.float32]]
"""Future of the outputs ``(N, outputs)`` float32 of one submitted batch."""


class Predictor(Protocol):
    """A network with its card. Thread-safe.

    ``row_shape``: shape of one input row. ``outputs``: length of one output row; of the keypoint network 31, the points
    and the presence measure.
    """

    card: ModelCard
    row_shape: tuple[int, ...]
    outputs: int

    def predict(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Outputs ``(N, outputs)`` float32 for rows ``(N, *row_shape)`` float32; an empty batch gives an empty array.

        Raises ValueError for rows of another shape.
        """
        ...


@dataclass(frozen=True, slots=True)
class Networks:
    """A predictor for each task."""

    keypoints: Predictor
    emotion: Predictor
    gesture: Predictor

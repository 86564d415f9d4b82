"""Loads the published networks. The only file of the core that knows Keras.

Crops or landmarks in, probabilities or points out, always in batches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fizzog_core import cards
from fizzog_core.cards import ModelCard
from fizzog_core.errors import ModelError
from fizzog_core.types import EMOTIONS, GESTURES, KEYPOINT_NAMES, Crop, Keypoints, Scores

BATCH_SIZES = (1, 2, 4, 8, 16, 32)
"""A batch is filled up to the next of these, a larger one is split: each new shape costs a compilation."""

LABELS = {"keypoints": KEYPOINT_NAMES, "emotion": EMOTIONS, "gesture": GESTURES}
"""What a network of each task may answer; its card can have them in another order."""


class Network:
    """A loaded network with its card. ``predict`` may be called from several threads."""

    def __init__(self, model: Any, card: ModelCard) -> None:
        self.card = card
        self._model = model
        if card.input == "pixels":
            self.row_shape: tuple[int, ...] = (card.input_size, card.input_size, card.channels)
        else:
            self.row_shape = (card.input_size, 3)
        self.outputs = 2 * len(card.labels) if card.task == "keypoints" else len(card.labels)

    def predict(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Rows ``(N, *row_shape)`` to ``(N, outputs)`` float32; none in, none out.

        Raises ValueError if the rows have another shape.
        """
        if batch.shape[1:] != self.row_shape:
            raise ValueError(f"the {self.card.task} network takes (N, *{self.row_shape}), got {batch.shape}")
        largest = BATCH_SIZES[-1]
        parts = [self._predict_part(batch[start : start + largest]) for start in range(0, len(batch), largest)]
        return np.concatenate(parts) if parts else np.empty((0, self.outputs), dtype=np.float32)

    def ask(self, batch: NDArray[np.float32]) -> Callable[[], NDArray[np.float32]]:
        """Begin what ``predict`` does, where it can run beside the caller; the call of what comes back waits for it."""
        return lambda: self.predict(batch)

    def warm(self, sizes: Sequence[int] = BATCH_SIZES) -> None:
        """Run once at each batch size, so that no visitor waits for a compilation."""
        for size in sizes:
            self.predict(np.zeros((size, *self.row_shape), dtype=np.float32))

    def _predict_part(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        size = next(size for size in BATCH_SIZES if size >= len(rows))
        filled = np.concatenate([rows, np.zeros((size - len(rows), *self.row_shape), dtype=np.float32)])
        return np.asarray(self._model.predict_on_batch(filled), dtype=np.float32)[: len(rows)]


@dataclass(frozen=True, slots=True)
class Networks:
    """The three published networks."""

    keypoints: Network
    emotion: Network
    gesture: Network

    def warm(self, sizes: Sequence[int] = BATCH_SIZES) -> None:
        for network in (self.keypoints, self.emotion, self.gesture):
            network.warm(sizes)


def load(folder: Path) -> Network:
    """The network in ``folder`` (``model.keras`` and ``card.json``), checked against its card. Raises ModelError."""
    card = cards.load(folder)
    path = cards.network_path(folder, card)
    if sorted(card.labels) != sorted(LABELS[card.task]):
        raise ModelError(f"{folder}: expected labels {LABELS[card.task]} for {card.task}, its card has {card.labels}.")
    import keras

    try:
        model = keras.saving.load_model(path, compile=False)
    except Exception as error:  # Keras raises many kinds for a file that this version cannot read
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(
            f"{path} cannot be loaded by Keras {keras.__version__}: {reason}. Publish it again."
        ) from error
    network = Network(model, card)
    expected = (None, *network.row_shape), (None, network.outputs)
    found = tuple(model.input_shape), tuple(model.output_shape)
    if found != expected:
        raise ModelError(
            f"{path}: its card says input and output {expected}, the network has {found}. Publish it again."
        )
    network.warm(BATCH_SIZES[:1])
    return network


def load_all(models_dir: Path) -> Networks:
    """The networks in ``models_dir/keypoints``, ``emotion`` and ``gesture``. Raises ModelError."""
    return Networks(*(load(models_dir / task) for task in ("keypoints", "emotion", "gesture")))


def to_scores(outputs: NDArray[np.float32], card: ModelCard) -> tuple[Scores, ...]:
    """Probabilities ``(N, labels)`` to one distribution a row, with the card's threshold."""
    return tuple(Scores(card.labels, row, card.not_sure_below) for row in outputs)


def to_keypoints(outputs: NDArray[np.float32], crops: Sequence[Crop], card: ModelCard) -> tuple[Keypoints, ...]:
    """Points ``(N, 30)`` in 0..1 of each crop to frame pixels."""
    points = outputs.reshape(-1, len(card.labels), 2)
    return tuple(Keypoints(crop.to_frame(row), card.labels) for crop, row in zip(crops, points, strict=True))

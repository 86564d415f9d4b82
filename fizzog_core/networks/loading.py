"""Loads the published networks. The only file of the core that knows Keras; tflite.py runs them.

Crops or landmarks in, probabilities or points out, always in batches.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fizzog_core.errors import ModelError
from fizzog_core.labels import LABELS, TASKS
from fizzog_core.networks import litert, model_card
from fizzog_core.networks.litert import Run
from fizzog_core.networks.model_card import ModelCard
from fizzog_core.runtime import malloc
from fizzog_core.runtime.import_lock import ONE_AT_A_TIME
from fizzog_core.types import Crop, Keypoints, Scores

LARGEST_CALL = 32
"""Rows that go through a network at once; more take several calls, so that memory stays bounded."""


class Network:
    """A network and its card. ``run`` may be called from several threads, and so may ``predict``."""

    def __init__(self, run: Run, card: ModelCard) -> None:
        self.card = card
        self._run = run
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
        starts = range(0, len(batch), LARGEST_CALL)
        parts = [np.asarray(self._run(batch[start : start + LARGEST_CALL]), np.float32) for start in starts]
        return np.concatenate(parts) if parts else np.empty((0, self.outputs), dtype=np.float32)

    def ask(self, batch: NDArray[np.float32]) -> Callable[[], NDArray[np.float32]]:
        """Begin what ``predict`` does, where it can run beside the caller; the call of what comes back waits for it."""
        return lambda: self.predict(batch)


@dataclass(frozen=True, slots=True)
class Networks:
    """The three published networks."""

    keypoints: Network
    emotion: Network
    gesture: Network


def load(folder: Path) -> Network:
    """The network in ``folder`` (``model.keras`` and ``card.json``), checked against its card. Raises ModelError."""
    card = model_card.load(folder)
    path = model_card.network_path(folder, card)
    if sorted(card.labels) != sorted(LABELS[card.task]):
        raise ModelError(f"{folder}: expected labels {LABELS[card.task]} for {card.task}, its card has {card.labels}.")
    with ONE_AT_A_TIME:
        import keras

    if keras.config.backend() != "tensorflow":
        raise ModelError(
            f"Expected Keras on TensorFlow, it runs on {keras.config.backend()}: set KERAS_BACKEND=tensorflow."
        )
    try:
        model = keras.saving.load_model(path, compile=False)
    except Exception as error:  # Keras raises many kinds for a file that this version cannot read
        raise ModelError(
            f"{path} cannot be loaded by Keras {keras.__version__}: {_brief(error)}. Publish it again."
        ) from error
    try:
        network = Network(litert.compiled(model), card)
    except Exception as error:  # and TensorFlow for a layer that it cannot convert
        raise ModelError(f"{path} cannot be run by TensorFlow Lite: {_brief(error)}. Publish another one.") from error
    expected = (None, *network.row_shape), (None, network.outputs)
    found = tuple(model.input_shape), tuple(model.output_shape)
    if found != expected:
        raise ModelError(
            f"{path}: its card says input and output {expected}, the network has {found}. Publish it again."
        )
    network.predict(np.zeros((1, *network.row_shape), dtype=np.float32))  # so that the first picture does not wait
    return network


def _brief(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def load_all(models_dir: Path) -> Networks:
    """The networks in ``models_dir/keypoints``, ``emotion`` and ``gesture``. Raises ModelError."""
    networks = Networks(**{task: load(models_dir / task) for task in TASKS})
    gc.collect()  # Keras's networks are not needed any more, nor is what the conversion took
    malloc.give_back()
    return networks


def to_scores(outputs: NDArray[np.float32], card: ModelCard) -> tuple[Scores, ...]:
    """Probabilities ``(N, labels)`` to one distribution a row, with the card's threshold."""
    return tuple(Scores(card.labels, row, card.not_sure_below) for row in outputs)


def to_keypoints(outputs: NDArray[np.float32], crops: Sequence[Crop], card: ModelCard) -> tuple[Keypoints, ...]:
    """Points ``(N, 30)`` in 0..1 of each crop to frame pixels."""
    points = outputs.reshape(-1, len(card.labels), 2)
    return tuple(Keypoints(crop.to_frame(row), card.labels) for crop, row in zip(crops, points, strict=True))

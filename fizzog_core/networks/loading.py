"""Loads the published networks and converts their outputs.

Inputs are batches of crops or landmarks; outputs are batches of probabilities or points.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fizzog_core.errors import ModelError
from fizzog_core.labels import LABELS, TASKS
from fizzog_core.networks import model_card
from fizzog_core.networks.litert import Program, Run
from fizzog_core.networks.model_card import ModelCard
from fizzog_core.networks.predictor import Networks
from fizzog_core.networks.preprocessing import Crop
from fizzog_core.types import Keypoints, Scores

LARGEST_CALL = 32
"""Largest number of rows in one call of a network. A larger batch takes several calls, which limits memory."""


class Network:
    """A predictor that runs the network on the caller's thread. ``run`` must be thread-safe."""

    def __init__(self, run: Run, card: ModelCard) -> None:
        self.card = card
        self._run = run
        if card.input == "pixels":
            self.row_shape: tuple[int, ...] = (card.input_size, card.input_size, card.channels)
        else:
            self.row_shape = (card.input_size, 3)
        self.outputs = model_card.output_size(card) + (card.task == "keypoints")  # and the presence measure

    def predict(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Runs the network on rows ``(N, *row_shape)``; returns ``(N, outputs)`` float32. N may be 0.

        Raises ValueError if the rows have another shape.
        """
        if batch.shape[1:] != self.row_shape:
            raise ValueError(f"the {self.card.task} network takes (N, *{self.row_shape}), got {batch.shape}")
        starts = range(0, len(batch), LARGEST_CALL)
        parts = [np.asarray(self._run(batch[start : start + LARGEST_CALL]), np.float32) for start in starts]
        return np.concatenate(parts) if parts else np.empty((0, self.outputs), dtype=np.float32)


def load(folder: Path) -> Network:
    """Loads the network in ``folder`` from ``model.tflite`` and ``card.json``.

    Raises ModelError if a file is missing or damaged, or if the network does not match its card.
    """
    card = model_card.load(folder)
    path = model_card.served_path(folder, card)
    if sorted(card.labels) != sorted(LABELS[card.task]):
        raise ModelError(f"{folder}: expected labels {LABELS[card.task]} for {card.task}; the card has {card.labels}.")
    program = Program(path)
    network = Network(lambda rows: program(rows)[0], card)
    expected = network.row_shape, ((network.outputs,),)
    found = program.input_shape, program.output_shapes
    if found != expected:
        raise ModelError(
            f"{path}: the card describes input and output {expected}; the network has {found}. Publish it again."
        )
    return network


def load_all(models_dir: Path) -> Networks:
    """Loads the networks in ``models_dir/keypoints``, ``emotion`` and ``gesture``. Raises ModelError as ``load``."""
    return Networks(**{task: load(models_dir / task) for task in TASKS})


def to_scores(outputs: NDArray[np.float32], card: ModelCard) -> tuple[Scores, ...]:
    """Converts probabilities ``(N, labels)`` to one distribution a row, with the card's rejection threshold."""
    return tuple(Scores(card.labels, row, card.not_sure_below) for row in outputs)


def to_keypoints(outputs: NDArray[np.float32], crops: Sequence[Crop], card: ModelCard) -> tuple[Keypoints, ...]:
    """Converts points in 0..1 of each crop ``(N, 30)`` to frame pixels. A 31st column is the presence measure."""
    size = model_card.output_size(card)
    points = outputs[:, :size].reshape(-1, len(card.labels), 2)
    presence = outputs[:, size].tolist() if outputs.shape[1] > size else [None] * len(outputs)
    return tuple(
        Keypoints(crop.to_frame(row), card.labels, present)
        for crop, row, present in zip(crops, points, presence, strict=True)
    )

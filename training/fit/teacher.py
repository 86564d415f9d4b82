"""Published emotion networks as teachers: their predictions are a share of the targets of the next network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from fizzog_core.networks.model_card import ModelCard
from training.data.expressions import ExpressionData, cut
from training.data.sets import EmotionData, as_input
from training.fit.targets import log_prior

FILE = "teacher.npz"
LEAST = 1e-7
"""Probabilities below are taken as this, so that their logits are finite."""
ROWS = 256


@dataclass(frozen=True, slots=True, eq=False)
class Teacher:
    """Predictions of each row: ``fer_served`` (N, 7) and ``expressions`` (M, 7) logits of the served head without
    a prior, ``fer2013`` (N, 7) probabilities for FER2013's labels."""

    fer_served: NDArray[np.float32]
    fer2013: NDArray[np.float32]
    expressions: NDArray[np.float32]


def softmax(logits: NDArray) -> NDArray:
    """Probabilities of one row's logits (7,)."""
    raised = np.exp(logits - logits.max())
    return raised / raised.sum()


def predictions(
    served: keras.Model, fer2013: keras.Model, card: ModelCard, prior_strength: float, fer: EmotionData,
    data: ExpressionData, run: Path,
) -> Teacher:  # fmt: skip
    """What ``served`` predicts of all rows, and ``fer2013`` of FER2013's; both take pixels and give probabilities.

    ``card`` has the temperature of ``served``; ``prior_strength`` is that of the class prior in it. The predictions are
    kept in the folder ``run``, so that a run that goes on does not need them again.
    """
    path = run / FILE
    if not path.is_file():
        shares = prior_strength * log_prior(fer, data)

        def logits(probabilities: NDArray) -> NDArray[np.float32]:
            return (card.temperature * np.log(np.maximum(probabilities, LEAST)) - shares).astype(np.float32)

        faces = cut(data, np.arange(len(data.emotion)), card.crop_geometry, served.input_shape[1])
        run.mkdir(parents=True, exist_ok=True)
        np.savez(
            path,
            fer_served=logits(_predict(served, fer.pixels)),
            fer2013=_predict(fer2013, fer.pixels),
            expressions=logits(_predict(served, faces)),
        )
    with np.load(path) as kept:
        return Teacher(**kept)


def _predict(network: keras.Model, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The network's probabilities for (N, H, W) grey pixels."""
    batches = (as_input(pixels[i : i + ROWS], network.input_shape[1]) for i in range(0, len(pixels), ROWS))
    return np.concatenate([network.predict_on_batch(batch) for batch in batches])

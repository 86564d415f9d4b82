"""Training configs of the source projects' networks, as their authors trained them.

Human Emotion and Gesture Detector: ``baseline_emotion_model_1``, ``baseline_emotion_model_2`` and
``baseline_gesture_vgg16``. FIZZOG, a project of the same name by other authors: ``baseline_fizzog_keypoints`` and
``baseline_fizzog_emotion``. The learning rate is constant until a metric makes no progress for ``patience`` epochs, so
a run can be stopped with ``--epochs`` and continued. ``docs/experiments.md`` lists what differs from the authors' runs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from fizzog_core.errors import DataError
from fizzog_core.labels import EMOTION_VOCABULARIES, EMOTIONS, GESTURES, Task
from training.fit.configs import stored_values

LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
"""What the backbone of ``baseline_gesture_vgg16`` learns to tell apart before the four gestures."""

HeldOut = Literal["usage", "random", "last frames", "split"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineConfig:
    """One run. Angles in degrees; ``shift`` as a share of the side, ``zoom`` as the largest change of scale."""

    task: Task
    network: str
    labels: tuple[str, ...] = ()
    """Classes in the order of the outputs; none for keypoints."""
    side: int
    """Of the square picture that the network is given, pixels."""
    epochs: int
    batch_size: int
    learning_rate: float
    patience: int = 0
    """Epochs without progress of ``patience_measure`` after which the rate falls to ``factor`` of itself; 0: never."""
    patience_measure: Literal["accuracy", "val_accuracy"] = "accuracy"
    factor: float = 0.2
    held_out: HeldOut
    """The author's validation rows: PublicTest, random rows, the last frames of each letter, or the validation split
    (no author's: for the backbone)."""
    share: float = 0.0
    """Of the rows that ``random`` and ``last frames`` hold out."""
    copies: bool = False
    """A mirrored and a brighter copy of each picture join the rows before any are held out: this is what leaks."""
    exchange: bool = False
    """Mirrored points change their left and right names (FIZZOG forgot to)."""
    rows: int = 0
    """Pictures drawn from the pool before copying; 0: all of them."""
    activation: str = "relu"
    dropout: float = 0.0
    weight_decay: float = 0.0
    """Of an L2 penalty on the convolutions' kernels."""
    rotation: float = 0.0
    shear: float = 0.0
    shift: float = 0.0
    zoom: float = 0.0
    mirror: bool = False
    backbone_weights: str = ""
    seed: int = 1

    def __post_init__(self) -> None:
        """JSON knows no tuples: labels that come as a list become one."""
        object.__setattr__(self, "labels", tuple(self.labels))


BASELINES = {
    "baseline_emotion_model_1": BaselineConfig(
        task="emotion", network="baseline_three_blocks",
        labels=EMOTION_VOCABULARIES[6], side=48, epochs=100, batch_size=32,
        learning_rate=1e-3, patience=10, held_out="usage", activation="elu", dropout=0.2, weight_decay=1e-4,
        rotation=60, shear=0.5, shift=0.5, zoom=0.5, mirror=True,
    ),
    "baseline_emotion_model_2": BaselineConfig(
        task="emotion", network="baseline_three_blocks",
        labels=EMOTIONS, side=48, epochs=100, batch_size=64,
        learning_rate=1e-3, patience=3, patience_measure="val_accuracy", factor=0.9, held_out="random", share=0.1,
        dropout=0.5,
    ),
    "baseline_fizzog_keypoints": BaselineConfig(
        task="keypoints", network="baseline_fizzog_keypoints", side=96, epochs=60, batch_size=32, learning_rate=1e-4,
        held_out="random", share=0.2, copies=True, rows=2140,
    ),
    "baseline_fizzog_keypoints_exchanged": BaselineConfig(
        task="keypoints", network="baseline_fizzog_keypoints", side=96, epochs=60, batch_size=32, learning_rate=1e-4,
        held_out="random", share=0.2, copies=True, exchange=True, rows=2140,
    ),
    "baseline_fizzog_emotion": BaselineConfig(
        task="emotion", network="baseline_fizzog_emotion",
        labels=EMOTION_VOCABULARIES[5], side=48, epochs=60, batch_size=64,
        learning_rate=1e-4, held_out="random", share=0.1, copies=True, rows=6000,
    ),
    "baseline_gesture_vgg16_backbone": BaselineConfig(
        task="gesture", network="baseline_vgg16_letters", labels=LETTERS, side=48, epochs=30, batch_size=64,
        learning_rate=1e-4, held_out="split", rotation=15, shift=0.1, zoom=0.15, mirror=True,
    ),
    "baseline_gesture_vgg16": BaselineConfig(
        task="gesture", network="baseline_vgg16_head", labels=GESTURES[:4], side=200, epochs=60, batch_size=128,
        learning_rate=1e-3, held_out="last frames", share=0.2, backbone_weights="imagenet",
    ),
}  # fmt: skip


def find(name: str, smoke: bool = False) -> BaselineConfig:
    """The config ``name``; with ``smoke`` one epoch in small batches. Raises KeyError for an unknown name."""
    return replace(BASELINES[name], epochs=1, batch_size=8) if smoke else BASELINES[name]


def stored(run: Path) -> BaselineConfig:
    """The config of the run in the folder ``run``. Raises DataError if that is no run of a baseline config."""
    values = stored_values(run)
    try:
        return BaselineConfig(**values)
    except TypeError as error:
        raise DataError(f"{run} is not the folder of a run of a baseline network: {error}") from None

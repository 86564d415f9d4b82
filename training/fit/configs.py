"""Every training run that can be repeated by name: ``python -m training train emotion_residual``.

Each entry says what it trains and, once it has been run, what to expect is in ``docs/experiments.md``.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from fizzog_core.errors import DataError
from fizzog_core.labels import Task

FILE, POLICY = "config.json", "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One run. Angles in degrees; ``shift`` and ``scale`` as a share of the picture's side, both drawn uniformly."""

    task: Task
    network: str
    width: int
    blocks: int = 2
    epochs: int
    batch_size: int
    optimizer: Literal["sgd", "adamw"]
    learning_rate: float
    """Peak of a schedule that rises over the first two epochs and falls to zero as a cosine."""
    weight_decay: float
    dropout: float = 0.0
    label_smoothing: float = 0.0
    votes_share: float = 0.0
    """How much of an emotion's target comes from the FER+ votes, training rows only."""
    shift: float = 0.0
    scale: float = 0.0
    rotation: float = 0.0
    erase: float = 0.0
    """Probability that a random rectangle is replaced by noise."""
    light: float = 0.0
    """Largest relative change of contrast, and of brightness as a share of 255."""
    mixup: float = 0.0
    """Both parameters of the beta distribution that says how much of a second picture is mixed in; 0 mixes none."""
    start: str = ""
    """The config whose best weights this run begins with, widened if it was narrower; fresh weights if empty."""
    averaged: str = ""
    """Of which runs the weights are the mean (``training average``); empty if of none."""
    seed: int = 1


CONFIGS = {
    "emotion_residual": Config(
        task="emotion", network="residual_emotion", width=48, epochs=30, batch_size=128, optimizer="sgd",
        learning_rate=0.1, weight_decay=5e-3, dropout=0.3, label_smoothing=0.05, votes_share=0.3,
        shift=0.06, scale=0.1, rotation=12, erase=0.25, light=0.2,
    ),
    "emotion_residual_again": Config(
        task="emotion", network="residual_emotion", width=48, epochs=30, batch_size=128, optimizer="sgd",
        learning_rate=0.06, weight_decay=5e-3, dropout=0.3, label_smoothing=0.05, votes_share=0.3,
        shift=0.06, scale=0.1, rotation=12, erase=0.25, light=0.2, mixup=0.2, start="emotion_residual",
    ),
    "emotion_residual_unmixed": Config(
        task="emotion", network="residual_emotion", width=48, epochs=10, batch_size=128, optimizer="sgd",
        learning_rate=0.02, weight_decay=5e-3, dropout=0.3, label_smoothing=0.05, votes_share=0.3,
        shift=0.06, scale=0.1, rotation=12, erase=0.25, light=0.2, start="emotion_residual_again",
    ),
    "emotion_residual_longer": Config(
        task="emotion", network="residual_emotion", width=48, epochs=20, batch_size=128, optimizer="sgd",
        learning_rate=0.05, weight_decay=5e-3, dropout=0.3, label_smoothing=0.05, votes_share=0.3,
        shift=0.06, scale=0.1, rotation=12, erase=0.25, light=0.2, start="emotion_residual_unmixed",
    ),
    "emotion_residual_wide": Config(
        task="emotion", network="residual_emotion", width=64, epochs=26, batch_size=128, optimizer="sgd",
        learning_rate=0.05, weight_decay=5e-3, dropout=0.3, label_smoothing=0.05, votes_share=0.3,
        shift=0.06, scale=0.1, rotation=12, erase=0.25, light=0.2, start="emotion_residual_longer",
    ),
    "keypoints_heatmap": Config(
        task="keypoints", network="heatmap_keypoints", width=32, epochs=60, batch_size=64, optimizer="adamw",
        learning_rate=2e-3, weight_decay=1e-3, shift=0.06, scale=0.12, rotation=18, erase=0.2, light=0.3,
    ),
    "gesture_landmarks": Config(
        task="gesture", network="landmark_gesture", width=256, epochs=30, batch_size=256, optimizer="adamw",
        learning_rate=3e-3, weight_decay=1e-2, dropout=0.4, label_smoothing=0.05,
        shift=0.02, scale=0.15, rotation=25,
    ),
}  # fmt: skip


def find(name: str, smoke: bool = False) -> Config:
    """The config of that name; with ``smoke`` one epoch of a tiny network, or of few rows. Raises DataError for an
    unknown name."""
    if name not in CONFIGS:
        raise DataError(f"No training config is called {name!r}; there are {', '.join(sorted(CONFIGS))}.")
    config = CONFIGS[name]
    return replace(config, epochs=1, width=8, blocks=1, batch_size=8, start="") if smoke else config


def stored(run: Path) -> Config:
    """The config of the run in the folder ``run``. Raises DataError if that is no run of a published task's config."""
    values = stored_values(run)
    try:
        return Config(**values)
    except TypeError as error:
        raise DataError(f"{run} is not the folder of a training run of a network to publish: {error}") from None


def stored_values(run: Path) -> dict[str, Any]:
    """The fields in the config.json of the run in the folder ``run``. Raises DataError if it has none."""
    try:
        values = json.loads((run / FILE).read_text(encoding="utf-8"))
        del values[POLICY]
    except (OSError, TypeError, ValueError, KeyError) as error:
        raise DataError(f"{run} is not the folder of a training run: {error}") from None
    return values


def write(run: Path, config: Any, policy: str) -> None:
    """Write the config.json of a run: the dataclass ``config`` and the Keras dtype ``policy``."""
    (run / FILE).write_text(json.dumps({**asdict(config), POLICY: policy}, indent=2), encoding="utf-8")


def policy(run: Path) -> str:
    """The Keras dtype policy that the run was started with."""
    return json.loads((run / FILE).read_text(encoding="utf-8"))[POLICY]


def begun_with(run: Path, config: Any) -> bool:
    """Whether the run's config.json holds the dataclass ``config``. Raises DataError if it holds none."""
    return stored_values(run) == json.loads(json.dumps(asdict(config)))

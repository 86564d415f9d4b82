"""Every training config, and the task that trains and measures it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fizzog_core.errors import DataError
from training.baselines import configs as baselines
from training.baselines.configs import BASELINES
from training.baselines.tasks import BASELINE
from training.evaluation.hand_landmarks import HAND_LANDMARKS
from training.evaluation.tasks import TASKS
from training.fit import configs, hand_landmarks
from training.fit.configs import CONFIGS
from training.fit.task import Task


def find(name: str, smoke: bool = False) -> tuple[Task, Any]:
    """The task and the config ``name``; ``smoke``: one epoch of a tiny network. Raises DataError if there is none."""
    if name in BASELINES:
        return BASELINE, baselines.find(name, smoke)
    if name in hand_landmarks.CONFIGS:
        return HAND_LANDMARKS, hand_landmarks.find(name, smoke)
    if name not in CONFIGS:
        names = sorted([*CONFIGS, *hand_landmarks.CONFIGS, *BASELINES])
        raise DataError(f"No training config is called {name!r}; there are {', '.join(names)}.")
    config = configs.find(name, smoke)
    return TASKS[config.task], config


def stored(run: Path) -> tuple[Task, Any]:
    """The task and the config of the run in the folder ``run``. Raises DataError if it is no run's folder."""
    values = configs.stored_values(run)
    if "held_out" in values:
        return BASELINE, baselines.stored(run)
    if values.get("task") == hand_landmarks.TASK:
        return HAND_LANDMARKS, hand_landmarks.stored(run)
    config = configs.stored(run)
    return TASKS[config.task], config

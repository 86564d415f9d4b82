"""Every training config, and the task that trains and measures it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fizzog_core.errors import DataError
from training.baselines import configs as baselines
from training.baselines.configs import BASELINES
from training.baselines.tasks import BASELINE
from training.evaluation.tasks import TASKS
from training.fit import configs
from training.fit.configs import CONFIGS
from training.fit.task import Task


def find(name: str, smoke: bool = False) -> tuple[Task, Any]:
    """The task and the config ``name``; ``smoke``: one epoch of a tiny network. Raises DataError if there is none."""
    if name in BASELINES:
        return BASELINE, baselines.find(name, smoke)
    if name not in CONFIGS:
        raise DataError(
            f"No training config is called {name!r}; there are {', '.join(sorted([*CONFIGS, *BASELINES]))}."
        )
    config = configs.find(name, smoke)
    return TASKS[config.task], config


def stored(run: Path) -> tuple[Task, Any]:
    """The task and the config of the run in the folder ``run``. Raises DataError if it is no run's folder."""
    if "held_out" in configs.stored_values(run):
        return BASELINE, baselines.stored(run)
    config = configs.stored(run)
    return TASKS[config.task], config

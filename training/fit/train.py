"""The training loop.

The folder of a run holds config.json, history.csv, best.weights.h5 and, until the last epoch, a backup of each epoch:
``train`` continues from it.
"""

from __future__ import annotations

import logging
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from fizzog_core.errors import DataError
from training.fit import batches, configs
from training.fit.callbacks import Progress, best_so_far, finished_epochs
from training.fit.objectives import MaskedRootMeanSquare, masked_keypoint_loss
from training.fit.policy import faster_policy
from training.fit.task import Task
from training.networks import architectures
from training.networks.net2wider import widened

log = logging.getLogger(__name__)


def compiled(config: configs.Config, steps: int) -> keras.Model:
    """The network with loss, metric and optimizer. The learning rate rises over the first epochs and falls to zero as a
    cosine; ``steps``: batches of an epoch."""
    network = architectures.build(config)
    warm = min(2 * steps, steps * config.epochs // 10 + 1)
    rate = keras.optimizers.schedules.CosineDecay(
        config.learning_rate / 100, max(1, steps * config.epochs - warm),
        warmup_target=config.learning_rate, warmup_steps=warm,
    )  # fmt: skip
    if config.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(rate, momentum=0.9, nesterov=True, weight_decay=config.weight_decay)
    else:
        optimizer = keras.optimizers.AdamW(rate, weight_decay=config.weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    if config.task == "keypoints":
        network.compile(optimizer, masked_keypoint_loss, metrics=[MaskedRootMeanSquare()])
    else:
        network.compile(optimizer, keras.losses.CategoricalCrossentropy(), metrics=["accuracy"])
    return network


def start_weights(config: configs.Config, run: Path) -> list[NDArray[np.float32]]:
    """The best weights of the run in the folder ``run``, widened if its network was narrower than the config's.

    Raises DataError if there are none.
    """
    path = run / "best.weights.h5"
    if not path.is_file():
        raise DataError(f"Expected weights at {path}. First run: python -m training train {config.start}.")
    before = architectures.build(configs.stored(run))
    before.load_weights(path)
    shapes = [tuple(weight.shape) for weight in architectures.build(config).weights]
    return widened(before.get_weights(), shapes, np.random.default_rng(config.seed))


def callbacks(run: Path, monitor: str | None, finished: bool = True) -> list[keras.callbacks.Callback]:
    """The callbacks of every run. Without ``monitor`` the last epoch's weights are kept in place of the best ones.

    ``finished``: this call trains the last epoch, so that the backup is deleted after it.
    """
    weights = run / "best.weights.h5"
    if monitor is None:
        keep = keras.callbacks.ModelCheckpoint(weights, save_weights_only=True)
    else:
        mode = "max" if "accuracy" in monitor else "min"
        keep = keras.callbacks.ModelCheckpoint(
            weights, monitor=monitor, mode=mode, save_best_only=True, save_weights_only=True,
            initial_value_threshold=best_so_far(run, monitor, mode),
        )  # fmt: skip
    chain: list[keras.callbacks.Callback] = [
        keras.callbacks.BackupAndRestore(run / "backup", delete_checkpoint=finished),
        Progress(),
        keep,
        keras.callbacks.CSVLogger(run / "history.csv", append=True),
    ]
    if find_spec("tensorflow"):
        chain.append(keras.callbacks.TensorBoard(run / "tensorboard"))
    return chain


def train(task: Task, config: Any, data: Any, run: Path, epochs: int | None = None) -> Path:
    """Train in the folder ``run``, or continue there, until ``epochs`` are done (default: all of the config).

    Returns ``run``. Raises DataError if the folder holds a run of another config.
    """
    run.mkdir(parents=True, exist_ok=True)
    until = min(epochs or config.epochs, config.epochs)
    keras.utils.set_random_seed(config.seed)
    rows = task.training_set(config, data)
    if not (run / configs.FILE).is_file():
        first = np.arange(min(rows.rows, config.batch_size))
        batch = rows.make(np.random.default_rng(0), first)
        configs.write(run, config, faster_policy(lambda: task.compiled(config, 100), batch))
    elif not configs.begun_with(run, config):
        raise DataError(f"{run} holds a run of another config. Remove that folder or name another with --run.")
    keras.config.set_dtype_policy(configs.policy(run))
    training = batches.Batches(rows.make, rows.rows, config, first_epoch=finished_epochs(run))
    network = task.compiled(config, len(training))
    weights = task.start_weights(config, run)
    if weights is not None:
        network.set_weights(weights)
    network.fit(
        training,
        epochs=until,
        validation_data=rows.validation,
        validation_batch_size=256,
        callbacks=[*callbacks(run, task.monitor(config), until == config.epochs), *task.callbacks(config)],
        verbose=1 if sys.stdout.isatty() else 2,
    )
    keras.config.set_dtype_policy("float32")
    return run

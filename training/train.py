"""Train one network by the name of its config: ``python -m training.train emotion_residual --data FOLDER``.

The run's folder ``runs/<task>/<config>/`` holds config.json, history.csv, best.weights.h5 and, until it is finished, a
backup after each epoch: the same command goes on from there.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from dataclasses import asdict, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import keras
import numpy as np
import typer
from numpy.typing import NDArray

from fizzog_core import settings
from fizzog_core.errors import DataError, FizzogError
from training import batches, configs, networks
from training.data import EmotionData, GestureData, KeypointData, load_emotion, load_gestures, load_keypoints
from training.objectives import MaskedRootMeanSquare, masked_keypoint_loss

log = logging.getLogger(__name__)
Data = EmotionData | KeypointData | GestureData
LOADERS = {"emotion": load_emotion, "keypoints": load_keypoints, "gesture": load_gestures}
MEASURES = {"emotion": "val_accuracy", "keypoints": "val_rmse_px", "gesture": "val_accuracy"}


def training_rows(data: Data) -> NDArray[np.int64]:
    """Rows to train on."""
    if isinstance(data, EmotionData):
        return np.flatnonzero(data.usage == 0)
    chosen = data.split == "train"
    return np.flatnonzero(chosen & data.found if isinstance(data, GestureData) else chosen)


def validation_rows(data: Data) -> NDArray[np.int64]:
    """Rows to choose on: FER2013's PublicTest, or the validation split."""
    if isinstance(data, EmotionData):
        return np.flatnonzero(data.usage == 1)
    chosen = data.split == "validation"
    return np.flatnonzero(chosen & data.found if isinstance(data, GestureData) else chosen)


def added(data: Data, extra: Data) -> Data:
    """``data`` with the user's own training rows behind it; rows without FER+ votes have none of ten. Raises DataError
    if the two are of different kinds or ``extra`` has rows that are not for training."""
    if type(data) is not type(extra):
        raise DataError(f"Expected rows like the {type(data).__name__}, got {type(extra).__name__}.")
    held_out = extra.usage != 0 if isinstance(extra, EmotionData) else extra.split != "train"
    if held_out.any():
        raise DataError(f"Expected training rows only, but {held_out.sum()} of the rows to add are held out.")
    joined = {}
    for name in (field.name for field in fields(data)):
        first, second = getattr(data, name), getattr(extra, name)
        if name == "votes" and first is not None and second is None:
            second = np.zeros((len(extra.pixels), first.shape[1]), first.dtype)  # type: ignore[union-attr]
        joined[name] = first if first is None or name == "rim" else np.concatenate([first, second])
    return type(data)(**joined)


def make_batches(data: Data, config: configs.Config, rows: NDArray[np.int64]) -> batches.MakeBatch:
    """The augmenting batch maker of the data's task."""
    if isinstance(data, EmotionData):
        return batches.emotion(data, config, rows)
    if isinstance(data, KeypointData):
        return batches.keypoints(data, config, rows)
    return batches.gesture(data, config, rows)


def plain_arrays(data: Data, rows: NDArray[np.int64]) -> batches.Arrays:
    """Inputs and targets of ``rows`` without any augmentation; one-hot targets for the classifiers."""
    if isinstance(data, EmotionData):
        return data.pixels[rows][..., None].astype(np.float32), np.eye(7, dtype=np.float32)[data.emotion[rows]]
    if isinstance(data, KeypointData):
        return batches.keypoint_arrays(data, rows)
    return data.landmarks_px[rows], np.eye(5, dtype=np.float32)[data.gesture[rows]]


def compiled(config: configs.Config, steps: int) -> keras.Model:
    """The network with its loss, measure, and an optimizer whose rate warms up and falls to zero as a cosine."""
    network = networks.build(config)
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


def faster_policy(config: configs.Config, batch: batches.Arrays) -> str:
    """``float32`` or ``mixed_bfloat16``, whichever makes ten steps on this machine in less time."""
    seconds = {}
    for policy in ("float32", "mixed_bfloat16"):
        keras.config.set_dtype_policy(policy)
        network = compiled(config, 100)
        for _ in range(2):
            network.train_on_batch(*batch)
        start = time.perf_counter()
        for _ in range(10):
            network.train_on_batch(*batch)
        seconds[policy] = time.perf_counter() - start
        keras.backend.clear_session()
    log.info("ten steps: %s", ", ".join(f"{policy} {s:.2f} s" for policy, s in seconds.items()))
    return min(seconds, key=lambda policy: seconds[policy])


class Progress(keras.callbacks.Callback):
    """Adds rate and seconds to each epoch's record, and says how much time is left."""

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        seconds = time.perf_counter() - self.start
        total = int(self.params["epochs"])
        if logs is not None:
            logs["learning_rate"] = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
            logs["seconds"] = seconds
        log.info("epoch %d of %d took %.0f s; about %.0f min left", epoch + 1, total, seconds,
                 (total - epoch - 1) * seconds / 60)  # fmt: skip


def callbacks(run: Path, measure: str) -> list[keras.callbacks.Callback]:
    mode = "min" if "rmse" in measure else "max"
    chain: list[keras.callbacks.Callback] = [
        keras.callbacks.BackupAndRestore(run / "backup"),
        Progress(),
        keras.callbacks.ModelCheckpoint(
            run / "best.weights.h5", monitor=measure, mode=mode, save_best_only=True, save_weights_only=True,
            initial_value_threshold=best_so_far(run, measure, mode),
        ),
        keras.callbacks.CSVLogger(run / "history.csv", append=True),
    ]  # fmt: skip
    if find_spec("tensorflow"):
        chain.append(keras.callbacks.TensorBoard(run / "tensorboard"))
    return chain


def best_so_far(run: Path, measure: str, mode: str) -> float | None:
    """The best value in the run's history, so that a resumed run does not overwrite a better network; else None."""
    path = run / "history.csv"
    if not path.is_file() or path.stat().st_size == 0:
        return None
    values = np.genfromtxt(path, delimiter=",", names=True)[measure]
    return float(np.min(values) if mode == "min" else np.max(values))


def train(config: configs.Config, data: Data, run: Path) -> Path:
    """Train, or go on training, in the folder ``run``; gives it back. Raises DataError if it holds another config."""
    run.mkdir(parents=True, exist_ok=True)
    rows = training_rows(data)
    if not len(rows) or not len(validation_rows(data)):
        raise DataError("Expected rows to train on and rows to validate on; prepare the data with a split first.")
    keras.utils.set_random_seed(config.seed)
    stored = run / "config.json"
    make = make_batches(data, config, rows)
    if stored.is_file():
        saved = json.loads(stored.read_text())
        policy = saved.pop("policy")
        if saved != asdict(config):
            raise DataError(f"{run} holds a run of another config. Remove that folder or name another with --run.")
    else:
        policy = faster_policy(config, make(np.random.default_rng(0), np.arange(min(len(rows), config.batch_size))))
        stored.write_text(json.dumps({**asdict(config), "policy": policy}, indent=2))
    keras.config.set_dtype_policy(policy)
    training = batches.Batches(make, len(rows), config, first_epoch=finished_epochs(run))
    network = compiled(config, len(training))
    network.fit(
        training,
        epochs=config.epochs,
        validation_data=plain_arrays(data, validation_rows(data)),
        validation_batch_size=256,
        callbacks=callbacks(run, MEASURES[config.task]),
        verbose=1 if sys.stdout.isatty() else 2,
    )
    keras.config.set_dtype_policy("float32")
    return run


def finished_epochs(run: Path) -> int:
    """How many epochs the run's history records."""
    path = run / "history.csv"
    return max(0, len(path.read_text().splitlines()) - 1) if path.is_file() else 0


def main(
    config: Annotated[str, typer.Argument(help="name of a config in training/configs.py")],
    data: Annotated[Path, typer.Option(help="the data set's folder, or an .npz of training.prepare")],
    run: Annotated[Path | None, typer.Option(help="folder of the run; default runs/<task>/<config>")] = None,
    add: Annotated[Path | None, typer.Option(help="your own training rows, an .npz of training.prepare")] = None,
    smoke: Annotated[bool, typer.Option(help="one epoch of a tiny network")] = False,
) -> None:
    """Train a network, or go on where an earlier call stopped."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        chosen = configs.find(config, smoke)
        loaded = LOADERS[chosen.task](data)
        if add is not None:
            loaded = added(loaded, LOADERS[chosen.task](add))
        train(chosen, loaded, run or settings.get().runs / chosen.task / config)
    except FizzogError as error:
        raise SystemExit(f"Cannot train: {error}") from None


if __name__ == "__main__":
    typer.run(main)

"""Train one network by the name of its config: ``python -m training train emotion_residual --data FOLDER``.

The run's folder ``runs/<task>/<config>/`` holds config.json, history.csv, best.weights.h5 and, until it is finished, a
backup after each epoch: the same command goes on from there.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from dataclasses import asdict, fields, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import keras
import numpy as np
import typer
from numpy.typing import NDArray

from fizzog_core import settings
from fizzog_core.errors import DataError, FizzogError
from training.baselines import data as sources
from training.baselines import hand_pictures
from training.baselines.configs import SourceConfig
from training.data.sets import EmotionData, GestureData, KeypointData, load_emotion, load_gestures, load_keypoints
from training.fit import batches, configs
from training.fit.callbacks import Progress, best_so_far, finished_epochs
from training.fit.objectives import MaskedRootMeanSquare, masked_keypoint_loss
from training.networks import architectures
from training.networks.net2wider import widened

log = logging.getLogger(__name__)
Data = EmotionData | KeypointData | GestureData
AnyConfig = configs.Config | SourceConfig
LOADERS = {"emotion": load_emotion, "keypoints": load_keypoints, "gesture": load_gestures}
MEASURES = {"emotion": "val_accuracy", "keypoints": "val_rmse_px", "gesture": "val_accuracy"}


def load(config: AnyConfig, path: Path, run: Path) -> Data | hand_pictures.HandPictures:
    """The data that a config's run in the folder ``run`` needs. Raises DataError."""
    if isinstance(config, SourceConfig) and config.task == "gesture":
        return hand_pictures.load(path, config, run)
    return LOADERS[config.task](path)


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
    """``data`` with the training rows of ``extra`` behind it; rows without FER+ votes have none of ten. Raises
    DataError if the two are of different kinds or ``extra`` has no row for training."""
    if type(data) is not type(extra):
        raise DataError(f"Expected rows like the {type(data).__name__}, got {type(extra).__name__}.")
    chosen = extra.usage == 0 if isinstance(extra, EmotionData) else extra.split == "train"
    if not chosen.any():
        raise DataError(f"Expected rows for training to add, but all {len(chosen)} are held out.")
    log.info("%d of %d rows are for training and are added", chosen.sum(), len(chosen))
    joined = {}
    for name in (field.name for field in fields(data)):
        first, second = getattr(data, name), getattr(extra, name)
        if name == "votes" and first is not None and second is None:
            second = np.zeros((len(extra.pixels), first.shape[1]), first.dtype)  # type: ignore[union-attr]
        joined[name] = first if first is None or name == "rim" else np.concatenate([first, second[chosen]])
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


def compiled(config: AnyConfig, steps: int) -> keras.Model:
    """The network with its loss, measure, and an optimizer whose rate warms up and falls to zero as a cosine; the
    source projects' with their own."""
    if isinstance(config, SourceConfig):
        return sources.compiled(config)
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


def faster_policy(config: AnyConfig, batch: batches.Arrays) -> str:
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


def start_weights(config: configs.Config, run: Path) -> list[NDArray[np.float32]]:
    """The weights that the run in the folder ``run``, named by ``config.start``, left; widened if it was narrower.
    Raises DataError if there are none."""
    path = run / "best.weights.h5"
    if not path.is_file():
        raise DataError(f"Expected weights at {path}. First run: python -m training train {config.start}.")
    before = architectures.build(configs.stored(run)[0])
    before.load_weights(path)
    shapes = [tuple(weight.shape) for weight in architectures.build(config).weights]
    return widened(before.get_weights(), shapes, np.random.default_rng(config.seed))


def callbacks(run: Path, measure: str | None, finished: bool = True) -> list[keras.callbacks.Callback]:
    """Without a ``measure`` the last epoch's weights are kept instead of the best ones. ``finished``: the run will have
    all its epochs, so its backup may go."""
    weights = run / "best.weights.h5"
    if measure is None:
        keep = keras.callbacks.ModelCheckpoint(weights, save_weights_only=True)
    else:
        mode = "max" if "accuracy" in measure else "min"
        keep = keras.callbacks.ModelCheckpoint(
            weights, monitor=measure, mode=mode, save_best_only=True, save_weights_only=True,
            initial_value_threshold=best_so_far(run, measure, mode),
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


def rows_of(
    config: AnyConfig, data: Data | hand_pictures.HandPictures
) -> tuple[batches.MakeBatch, int, batches.Arrays]:
    """The maker of training batches, its number of rows, and validation inputs and targets. Raises DataError."""
    if isinstance(config, SourceConfig):
        found = sources.material(config, data)  # type: ignore[arg-type]
        return *sources.make_batches(config, found), sources.validation(found)
    rows, held_out = training_rows(data), validation_rows(data)  # type: ignore[arg-type]
    if not len(rows) or not len(held_out):
        raise DataError("Expected rows to train on and rows to validate on; prepare the data with a split first.")
    return make_batches(data, config, rows), len(rows), plain_arrays(data, held_out)  # type: ignore[arg-type]


def train(config: AnyConfig, data: Data | hand_pictures.HandPictures, run: Path, epochs: int | None = None) -> Path:
    """Train, or go on training, in the folder ``run``, until ``epochs`` are done, by default all of the config's; gives
    the folder back. Raises DataError if it holds another config."""
    run.mkdir(parents=True, exist_ok=True)
    until = min(epochs or config.epochs, config.epochs)
    keras.utils.set_random_seed(config.seed)
    make, rows, validation = rows_of(config, data)
    if (run / "config.json").is_file():
        begun, policy = configs.stored(run)
        if begun != config:
            raise DataError(f"{run} holds a run of another config. Remove that folder or name another with --run.")
    else:
        policy = faster_policy(config, make(np.random.default_rng(0), np.arange(min(rows, config.batch_size))))
        (run / "config.json").write_text(json.dumps({**asdict(config), "policy": policy}, indent=2))
    keras.config.set_dtype_policy(policy)
    training = batches.Batches(make, rows, config, first_epoch=finished_epochs(run))
    network = compiled(config, len(training))
    if isinstance(config, configs.Config) and config.start:
        network.set_weights(start_weights(config, run.parent / config.start))
    # Validation rows cannot tell this network's epochs apart: its last one is kept.
    measure = None if config.network == "landmark_gesture" else MEASURES[config.task]
    chain = callbacks(run, measure, until == config.epochs)
    if isinstance(config, SourceConfig) and config.patience:
        slower = keras.callbacks.ReduceLROnPlateau(config.patience_measure, config.factor, config.patience)
        chain.append(slower)
    network.fit(
        training,
        epochs=until,
        validation_data=validation,
        validation_batch_size=256,
        callbacks=chain,
        verbose=1 if sys.stdout.isatty() else 2,
    )
    keras.config.set_dtype_policy("float32")
    return run


def main(
    config: Annotated[str, typer.Argument(help="name of a config in training/fit/configs.py")],
    data: Annotated[Path, typer.Option(help="the data set's folder, or an .npz of training prepare")],
    run: Annotated[Path | None, typer.Option(help="folder of the run; default runs/<task>/<config>")] = None,
    add: Annotated[Path | None, typer.Option(help="more training rows: an .npz of prepare or own_hands")] = None,
    epochs: Annotated[int | None, typer.Option(help="stop when so many are done; the same command goes on")] = None,
    backbone_weights: Annotated[str, typer.Option(help="of gesture_vgg16: imagenet, none, or a weights file")] = "",
    smoke: Annotated[bool, typer.Option(help="one epoch of a tiny network")] = False,
) -> None:
    """Train a network, or go on where an earlier call stopped."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        chosen = configs.find(config, smoke)
        if backbone_weights:
            if not isinstance(chosen, SourceConfig) or not chosen.backbone_weights:
                raise DataError("Only gesture_vgg16 takes --backbone-weights.")
            chosen = replace(chosen, backbone_weights=backbone_weights)
        run = run or settings.get().runs / chosen.task / config
        loaded = load(chosen, data, run)
        if add is not None:
            loaded = added(loaded, LOADERS[chosen.task](add))  # type: ignore[arg-type]
        train(chosen, loaded, run, epochs)
    except FizzogError as error:
        raise SystemExit(f"Cannot train: {error}") from None

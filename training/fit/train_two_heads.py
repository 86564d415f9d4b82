"""Train the emotion network with two heads on FER2013 and the expression sources, within a given time.

python -m training train-two-heads emotion_all_sources --data FER2013 --expressions FOLDER --minutes 77

The learning rate rises and falls once as a cosine over the minutes, whatever the machine's speed. The run starts from
the published emotion network. Its folder holds config.json, history.csv, ``mean.weights.h5`` (the exponential moving
average of the weights), ``start.weights.h5`` and state.npz: the same command goes on from there.
"""

from __future__ import annotations

import itertools
import json
import logging
import math
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import cv2
import keras
import numpy as np
import typer
from keras import layers, ops
from numpy.typing import NDArray

from fizzog_core import settings
from fizzog_core.errors import DataError
from fizzog_core.networks import model_card
from training.data.expressions import load_expressions
from training.data.sets import Usage, load_emotion
from training.fit.mixture import CONFIGS, Batch, Mixture, TwoHeadConfig
from training.networks import two_headed

log = logging.getLogger(__name__)
WARM_UP, RAMP = 0.04, (0.2, 0.5)
"""Shares of the run: end of the warm-up; begin and end of the ramp that brings in the distrust in noisy labels."""
AVERAGED_EVERY, SAVED_EVERY, QUEUED = 4, 150, 12
STATE, CONFIG, HISTORY = "state.npz", "config.json", "history.csv"
MEAN_WEIGHTS, START_WEIGHTS = "mean.weights.h5", "start.weights.h5"
COLUMNS = "epoch,loss,val_loss,accuracy,val_accuracy,learning_rate,seconds"
"""Of history.csv: an epoch is SAVED_EVERY steps; accuracy is not measured on the changed training pictures."""


def cross_entropy(target: keras.KerasTensor, logits: keras.KerasTensor) -> keras.KerasTensor:
    """Cross-entropy of each row, (N, 7) each. What ``target`` lacks to 1 is filled with the network's own prediction
    (Reed et al. 2015, soft bootstrapping); a target of zeros costs nothing."""
    log_probability = ops.log_softmax(logits, axis=-1)
    total = ops.sum(target, axis=-1, keepdims=True)
    rest = (1 - total) * ops.cast(total > 0, "float32")
    filled = target + rest * ops.stop_gradient(ops.exp(log_probability))
    return -ops.sum(filled * log_probability, axis=-1)


def learning_rate(config: TwoHeadConfig, progress: float) -> float:
    """One cycle: up over WARM_UP, then down to zero as a cosine; ``progress`` 0..1."""
    warm = min(1.0, progress / WARM_UP + 0.02)
    return config.learning_rate * warm * 0.5 * (1 + float(np.cos(np.pi * progress)))


Validation = tuple[NDArray[np.float32], NDArray[np.int64]]
"""(N, 48, 48, 1) pixels and (N,) labels of PublicTest."""


class Run:
    """A training run in ``folder``: network, optimizer, moving average, and the time that it has used."""

    def __init__(self, config: TwoHeadConfig, folder: Path, start: list[NDArray[np.float32]]) -> None:
        self.config, self.folder = config, folder
        self.network = two_headed.build(config.width, config.blocks, config.dropout)
        self.network.set_weights(start)
        self.optimizer = keras.optimizers.SGD(
            config.learning_rate, momentum=0.9, nesterov=True, weight_decay=config.weight_decay
        )
        self.optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
        prior = layers.Input((start[-1].shape[0],), name="log_prior")
        served, fer2013 = self.network.outputs
        adjusted = layers.Add(dtype="float32")([served, prior])  # logit adjustment, Menon et al. 2021
        self.trained = keras.Model([self.network.input, prior], [adjusted, fer2013])
        self.trained.compile(self.optimizer, [cross_entropy, cross_entropy])
        self.optimizer.build(self.trained.trainable_variables)
        self.step, self.used_s, self.mean = 0, 0.0, start
        if (folder / STATE).is_file():
            self._resume()
        else:
            self.network.save_weights(folder / START_WEIGHTS)
        self.saved_s = self.used_s

    def _resume(self) -> None:
        with np.load(self.folder / STATE) as state:
            self.step, self.used_s = int(state["step"]), float(state["used_s"])
            self.network.set_weights([state[f"w{i}"] for i in range(len(self.mean))])
            self.mean = [state[f"e{i}"] for i in range(len(self.mean))]
            for i, variable in enumerate(self.optimizer.variables):
                variable.assign(state[f"o{i}"])
        log.info("resumed at step %d after %.0f s", self.step, self.used_s)

    def save(self, used_s: float, validation: Validation) -> tuple[float, float]:
        """Write the state after ``used_s`` seconds and the averaged weights; gives their loss and accuracy on
        ``validation``, of the FER2013 head."""
        named = {"w": self.network.get_weights(), "e": self.mean, "o": map(np.asarray, self.optimizer.variables)}
        arrays = {f"{key}{i}": array for key, found in named.items() for i, array in enumerate(found)}
        draft = self.folder / "draft.npz"
        np.savez(draft, step=self.step, used_s=used_s, **arrays)
        draft.replace(self.folder / STATE)
        live = self.network.get_weights()
        self.network.set_weights(self.mean)
        self.network.save_weights(self.folder / MEAN_WEIGHTS)
        pixels, labels = validation
        parts = [self.network.predict_on_batch(pixels[i : i + 256])[1] for i in range(0, len(pixels), 256)]
        self.network.set_weights(live)
        probabilities = np.asarray(ops.softmax(np.concatenate(parts)))
        loss = -np.log(np.maximum(probabilities[np.arange(len(labels)), labels], 1e-12)).mean()
        return float(loss), float((probabilities.argmax(axis=1) == labels).mean())

    def train_on(self, batch: Batch, progress: float) -> float:
        """One step; gives the loss of both heads together."""
        self.optimizer.learning_rate.assign(learning_rate(self.config, progress))
        losses = self.trained.train_on_batch([batch.pixels, batch.log_prior], [batch.served, batch.fer2013])
        self.step += 1
        if self.step % AVERAGED_EVERY == 0:
            decay = min(self.config.averaging**AVERAGED_EVERY, (1 + self.step) / (10 + self.step))
            weights = self.network.get_weights()
            self.mean = [decay * old + (1 - decay) * new for old, new in zip(self.mean, weights, strict=True)]
        return float(losses[0])


def train(
    config: TwoHeadConfig,
    mixture: Mixture,
    folder: Path,
    start: list[NDArray],
    minutes: float = math.inf,
    steps: float = math.inf,
) -> Run:
    """Train, or go on training, in ``folder`` until the run has used ``minutes`` or made ``steps``, whichever is first;
    one of them must be finite. Raises DataError if the folder holds a run of another config."""
    _claim(folder, config)
    run = Run(config, folder, start)
    batches: queue.Queue[Batch] = queue.Queue(QUEUED)
    ended = threading.Event()
    before_s, began, first = run.used_s, time.monotonic(), run.step

    def used_s() -> float:
        return min(60 * minutes, before_s + time.monotonic() - began)

    def progress() -> float:
        return min(1.0, max(used_s() / (60 * minutes), run.step / steps))

    def make() -> None:
        for step in itertools.count(first):
            batch = mixture.batch(step, float(np.clip((progress() - RAMP[0]) / (RAMP[1] - RAMP[0]), 0, 1)))
            if not _put(batches, batch, ended):
                return

    rows = np.flatnonzero(mixture.fer.usage == Usage.PUBLIC_TEST)
    validation = (mixture.fer.pixels[rows][..., None].astype(np.float32), mixture.fer.emotion[rows].astype(np.int64))
    maker = threading.Thread(target=make, daemon=True)
    maker.start()
    try:
        _steps(run, batches, progress, used_s, validation)
    finally:
        ended.set()
        maker.join()
    return run


def _claim(folder: Path, config: TwoHeadConfig) -> None:
    """Write the config into the folder of its run. Raises DataError if the folder holds a run of another config."""
    folder.mkdir(parents=True, exist_ok=True)
    settled = json.dumps(asdict(config), indent=2)
    if (folder / CONFIG).is_file() and (folder / CONFIG).read_text(encoding="utf-8") != settled:
        raise DataError(f"{folder} holds a run of another config. Remove that folder or name another with --run.")
    (folder / CONFIG).write_text(settled, encoding="utf-8")


def _put(batches: queue.Queue[Batch], batch: Batch, ended: threading.Event) -> bool:
    """Wait for space in the queue; return False if the run has ended meanwhile."""
    while not ended.is_set():
        try:
            batches.put(batch, timeout=0.2)
            return True
        except queue.Full:
            continue
    return False


def _steps(
    run: Run,
    batches: queue.Queue[Batch],
    progress: Callable[[], float],
    used_s: Callable[[], float],
    validation: Validation,
) -> None:
    losses: list[float] = []
    while (share := progress()) < 1:
        losses.append(run.train_on(batches.get(), share))
        if run.step % SAVED_EVERY == 0:
            _write(run, losses, share, used_s(), validation)
            losses = []
    _write(run, losses, 1.0, used_s(), validation)


def _write(run: Run, losses: list[float], share: float, used_s: float, validation: Validation) -> None:
    loss, accuracy = run.save(used_s, validation)
    seconds, run.saved_s = used_s - run.saved_s, used_s
    path = run.folder / HISTORY
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else [COLUMNS]
    mean = round(float(np.mean(losses)), 4) if losses else ""
    rate = learning_rate(run.config, share)
    lines.append(f"{len(lines) - 1},{mean},{loss:.4f},,{accuracy:.4f},{rate:.6f},{seconds:.1f}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    log.info("step %d of %.0f %% of the run: loss %s, PublicTest %.4f", run.step, 100 * share, mean, accuracy)


def main(
    config: Annotated[str, typer.Argument(help="name of a config in training/fit/mixture.py")],
    data: Annotated[Path, typer.Option(help="FER2013: its folder, or an .npz of training prepare")],
    expressions: Annotated[Path, typer.Option(help="the expression sources: their folder, or an .npz")],
    minutes: Annotated[float, typer.Option(min=0.01, help="length of the run")],
    run: Annotated[Path | None, typer.Option(help="folder of the run; default runs/emotion/<config>")] = None,
) -> None:
    """Train the emotion network with two heads, or continue a stopped run."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    cv2.setNumThreads(1)
    if config not in CONFIGS:
        raise DataError(f"No config is called {config!r}; there are {', '.join(sorted(CONFIGS))}.")
    home = settings.get().models / "emotion"
    card = model_card.load(home)
    served = keras.saving.load_model(model_card.network_path(home, card), compile=False)
    start = two_headed.start_weights(served, two_headed.load_head(home))
    mixture = Mixture(CONFIGS[config], load_emotion(data), load_expressions(expressions), card.crop_geometry)
    keras.config.set_dtype_policy("mixed_bfloat16")
    train(CONFIGS[config], mixture, run or settings.get().runs / "emotion" / config, start, minutes)

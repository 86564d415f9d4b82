"""Train the emotion network with two heads on FER2013 and the expression sources, within a given time.

python -m training train-two-heads emotion_all_sources --data FER2013 --expressions FOLDER --minutes 77

The learning rate rises and falls once as a cosine over the minutes, whatever the machine's speed. The run's folder
holds config.json, log.csv, ``mean.weights.h5`` (the exponential moving average of the weights) and state.npz: the same
command goes on from there. Starts from the published emotion network.
"""

from __future__ import annotations

import json
import logging
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
from fizzog_core.errors import DataError, FizzogError
from fizzog_core.networks import model_card
from training.data.expressions import load_expressions
from training.data.sets import load_emotion
from training.fit.mixture import CONFIGS, Batch, Mixture, TwoHeadConfig
from training.networks import two_headed

log = logging.getLogger(__name__)
WARM_UP, RAMP = 0.04, (0.2, 0.5)
"""Shares of the run: end of the warm-up; begin and end of the ramp that brings in the distrust in noisy labels."""
AVERAGED_EVERY, SAVED_EVERY, QUEUED = 4, 150, 12
STATE, MEAN_WEIGHTS, CONFIG, LOG = "state.npz", "mean.weights.h5", "config.json", "log.csv"


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

    def _resume(self) -> None:
        with np.load(self.folder / STATE) as state:
            self.step, self.used_s = int(state["step"]), float(state["used_s"])
            self.network.set_weights([state[f"w{i}"] for i in range(len(self.mean))])
            self.mean = [state[f"e{i}"] for i in range(len(self.mean))]
            for i, variable in enumerate(self.optimizer.variables):
                variable.assign(state[f"o{i}"])
        log.info("resumed at step %d after %.0f s", self.step, self.used_s)

    def save(self, used_s: float) -> None:
        """Write the state after ``used_s`` seconds, and the averaged weights."""
        named = {"w": self.network.get_weights(), "e": self.mean, "o": map(np.asarray, self.optimizer.variables)}
        arrays = {f"{key}{i}": array for key, found in named.items() for i, array in enumerate(found)}
        draft = self.folder / "draft.npz"
        np.savez(draft, step=self.step, used_s=used_s, **arrays)  # type: ignore[arg-type]
        draft.replace(self.folder / STATE)
        live = self.network.get_weights()
        self.network.set_weights(self.mean)
        self.network.save_weights(self.folder / MEAN_WEIGHTS)
        self.network.set_weights(live)

    def train_on(self, batch: Batch, progress: float) -> list[float]:
        """One step; gives the loss, in all and of each head."""
        self.optimizer.learning_rate.assign(learning_rate(self.config, progress))
        losses = self.trained.train_on_batch([batch.pixels, batch.log_prior], [batch.served, batch.fer2013])
        self.step += 1
        if self.step % AVERAGED_EVERY == 0:
            decay = min(self.config.averaging**AVERAGED_EVERY, (1 + self.step) / (10 + self.step))
            weights = self.network.get_weights()
            self.mean = [decay * old + (1 - decay) * new for old, new in zip(self.mean, weights, strict=True)]
        return [float(loss) for loss in losses]


def train(config: TwoHeadConfig, mixture: Mixture, folder: Path, start: list[NDArray], minutes: float) -> Run:
    """Train, or go on training, in ``folder`` until the run has used ``minutes``. Raises DataError if the folder holds
    a run of another config."""
    folder.mkdir(parents=True, exist_ok=True)
    settled = json.dumps(asdict(config), indent=2)
    if (folder / CONFIG).is_file() and (folder / CONFIG).read_text() != settled:
        raise DataError(f"{folder} holds a run of another config. Remove that folder or name another with --run.")
    (folder / CONFIG).write_text(settled)
    run = Run(config, folder, start)
    batches: queue.Queue[Batch] = queue.Queue(QUEUED)
    ended = threading.Event()

    def progress() -> float:
        return min(1.0, (run.used_s + time.monotonic() - began) / (60 * minutes))

    def make(step: int) -> None:
        while not ended.is_set():
            batch = mixture.batch(step, float(np.clip((progress() - RAMP[0]) / (RAMP[1] - RAMP[0]), 0, 1)))
            while not ended.is_set():
                try:
                    batches.put(batch, timeout=0.2)
                    break
                except queue.Full:
                    continue
            step += 1

    began = time.monotonic()
    maker = threading.Thread(target=make, args=(run.step,), daemon=True)
    maker.start()
    try:
        _steps(run, batches, progress, minutes)
    finally:
        ended.set()
        maker.join()
    return run


def _steps(run: Run, batches: queue.Queue[Batch], progress: Callable[[], float], minutes: float) -> None:
    losses: list[list[float]] = []
    while (share := progress()) < 1:
        losses.append(run.train_on(batches.get(), share))
        if run.step % SAVED_EVERY == 0:
            _write(run, losses, progress() * 60 * minutes)
            losses = []
    _write(run, losses, 60 * minutes)


def _write(run: Run, losses: list[list[float]], used_s: float) -> None:
    run.save(used_s)
    values = np.mean(losses, axis=0).round(4).tolist() if losses else []
    with (run.folder / LOG).open("a") as file:
        file.write(",".join(map(str, [run.step, round(used_s), *values])) + "\n")
    log.info("step %d, %.0f s: loss of all, served head, FER2013 head: %s", run.step, used_s, values)


def main(
    config: Annotated[str, typer.Argument(help="name of a config in training/fit/mixture.py")],
    data: Annotated[Path, typer.Option(help="FER2013: its folder, or an .npz of training prepare")],
    expressions: Annotated[Path, typer.Option(help="the expression sources: their folder, or an .npz")],
    minutes: Annotated[float, typer.Option(min=0.01, help="length of the run")],
    run: Annotated[Path | None, typer.Option(help="folder of the run; default runs/emotion/<config>")] = None,
) -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    cv2.setNumThreads(1)
    try:
        if config not in CONFIGS:
            raise DataError(f"No config is called {config!r}; there are {', '.join(sorted(CONFIGS))}.")
        home = settings.get().models / "emotion"
        card = model_card.load(home)
        served = keras.saving.load_model(model_card.network_path(home, card), compile=False)
        start = two_headed.start_weights(served, two_headed.load_head(home))
        mixture = Mixture(CONFIGS[config], load_emotion(data), load_expressions(expressions), card.crop_geometry)
        keras.config.set_dtype_policy("mixed_bfloat16")
        train(CONFIGS[config], mixture, run or settings.get().runs / "emotion" / config, start, minutes)
    except FizzogError as error:
        raise SystemExit(f"Cannot train: {error}") from None

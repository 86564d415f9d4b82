"""A training run of the emotion network with two heads: its network, optimizer, moving average and files."""

from __future__ import annotations

import logging
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from training.fit.mixture import Batch, TwoHeadConfig
from training.fit.targets import CLASSES
from training.networks import face_trunk, two_headed, two_trunks

log = logging.getLogger(__name__)
WARM_UP = 0.04
"""Share of the run in which the learning rate rises."""
AVERAGED_EVERY = 4
STATE, CONFIG, HISTORY = "state.npz", "config.json", "history.csv"
MEAN_WEIGHTS, START_WEIGHTS = "mean.weights.h5", "start.weights.h5"


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
"""(N, S, S, 1) pixels and (N,) labels of PublicTest."""


def build(config: TwoHeadConfig) -> keras.Model:
    """The config's network: pixels to the logits of both heads."""
    if config.trunk == "face":
        return face_trunk.build(config.dropout)
    if config.trunk == "both":
        return two_trunks.build(config.width, config.blocks, config.dropout)
    return two_headed.build(config.width, config.blocks, config.dropout)


def trainable(config: TwoHeadConfig) -> tuple[keras.Model, keras.Model]:
    """The config's network, and the compiled one that is trained: its second input (N, 7) is added to the logits of the
    served head (logit adjustment, Menon and others 2021)."""
    network = build(config)
    if config.frozen_blocks:
        face_trunk.freeze(network, config.frozen_blocks)
    if config.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(
            config.learning_rate, momentum=0.9, nesterov=True, weight_decay=config.weight_decay
        )
    else:
        optimizer = keras.optimizers.AdamW(config.learning_rate, weight_decay=config.weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    prior = layers.Input((CLASSES,), name="log_prior")
    served, fer2013 = network.outputs
    adjusted = layers.Add(dtype="float32")([served, prior])
    trained = keras.Model([network.input, prior], [adjusted, fer2013])
    trained.compile(optimizer, [cross_entropy, cross_entropy])
    return network, trained


def arrays(batch: Batch) -> tuple[list[NDArray], list[NDArray]]:
    """Inputs and targets of the trained network."""
    return [batch.pixels, batch.log_prior], [batch.served, batch.fer2013]


class Run:
    """A training run in ``folder``: network, optimizer, moving average, and the time that it has used."""

    def __init__(self, config: TwoHeadConfig, folder: Path, start: list[NDArray[np.float32]]) -> None:
        self.config, self.folder = config, folder
        self.network, self.trained = trainable(config)
        self.network.set_weights(start)
        self.optimizer = self.trained.optimizer
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
        kept = {f"{key}{i}": array for key, found in named.items() for i, array in enumerate(found)}
        draft = self.folder / "draft.npz"
        np.savez(draft, step=self.step, used_s=used_s, **kept)
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
        losses = self.trained.train_on_batch(*arrays(batch))
        self.step += 1
        if self.step % AVERAGED_EVERY == 0:
            decay = min(self.config.averaging**AVERAGED_EVERY, (1 + self.step) / (10 + self.step))
            weights = self.network.get_weights()
            self.mean = [decay * old + (1 - decay) * new for old, new in zip(self.mean, weights, strict=True)]
        return float(losses[0])

"""A network whose calls a test can hold, count and spoil, for tests of the batching engine."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from benchmarks.waiting import wait_for
from fizzog_core.networks.batching import Engine
from fizzog_core.networks.loading import Network
from fizzog_core.networks.predictor import Networks
from tests.support.fakes import make_card


class FakeNetwork(Network):
    """Returns the mean of each row. Blocks until ``gate`` is set; ``spoil`` may raise or change the outputs."""

    def __init__(self, task: str) -> None:
        super().__init__(lambda rows: rows, make_card(task))
        self.gate = threading.Event()
        self.gate.set()
        self.batches: list[int] = []
        self.spoil: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda _, outputs: outputs

    def predict(self, batch: np.ndarray) -> np.ndarray:
        self.gate.wait(5)
        self.batches.append(len(batch))
        means = batch.reshape(len(batch), -1).mean(axis=1)
        return self.spoil(batch, np.repeat(means[:, None], self.outputs, axis=1))


def emotion_of(networks: Networks) -> FakeNetwork:
    """The fake that stands for the emotion network."""
    assert isinstance(networks.emotion, FakeNetwork)
    return networks.emotion


def hold(engine: Engine, networks: Networks) -> None:
    """Keeps the engine's thread busy with one request until the emotion network's gate is set."""
    emotion_of(networks).gate.clear()
    engine.submit("holder", "emotion", np.zeros((1, 48, 48, 1), np.float32))
    wait_for(lambda: not engine.waiting, 5)

"""Runs networks on the processor with LiteRT: docs/decisions/017-tensorflow-lite.md."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fizzog_core.errors import ModelError

Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""(N, ...) inputs, N > 0, to (N, outputs)."""

THREADS = 1
"""For one network. A second thread busy-waits and takes a core from the other networks: live, a result then takes three
times as much processor time."""


class Program:
    """A network with one input and any number of outputs; any thread may call it.

    ``input_shape`` and ``output_shapes`` are without the batch.
    """

    def __init__(self, path: Path) -> None:
        """Open a ``.tflite`` file. Raises ModelError if it is missing or damaged."""
        from ai_edge_litert.interpreter import Interpreter

        try:
            self._interpreter = Interpreter(model_content=path.read_bytes(), num_threads=THREADS)
            self._interpreter.allocate_tensors()
        except OSError as error:
            raise ModelError(
                f"Expected a network at {path}: {error.strerror}. Restore it from the repository."
            ) from None
        except (ValueError, RuntimeError):
            raise ModelError(f"{path} cannot be run by LiteRT. Restore it from the repository.") from None
        (entry,), answers = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        self.input_shape = _without_batch(entry)
        self.output_shapes = tuple(map(_without_batch, answers))
        self._entry, self._answers = entry["index"], [answer["index"] for answer in answers]
        self._rows = int(entry["shape"][0])
        self._lock = threading.Lock()

    def __call__(self, rows: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        """All outputs for ``rows`` ``(N, *input_shape)`` float32, N > 0."""
        with self._lock:
            if len(rows) != self._rows:
                self._rows = 0  # until the tensors have been allocated
                self._interpreter.resize_tensor_input(self._entry, rows.shape)
                self._interpreter.allocate_tensors()
                self._rows = len(rows)
            self._interpreter.set_tensor(self._entry, rows)
            self._interpreter.invoke()
            return tuple(self._interpreter.get_tensor(answer) for answer in self._answers)


def _without_batch(details: dict) -> tuple[int, ...]:
    return tuple(int(length) for length in details["shape_signature"][1:])

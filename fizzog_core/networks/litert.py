"""Runs networks on the CPU with LiteRT. Reasons: docs/decisions/017-tensorflow-lite.md."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fizzog_core.errors import ModelError

Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Maps inputs (N, ...), N > 0, to outputs (N, outputs)."""

THREADS = 1
"""Threads of one network. A second thread busy-waits and takes a core from the other networks: a live result then takes
three times as much processor time."""


class Program:
    """A network with one input and any number of outputs. Thread-safe.

    ``input_shape`` and ``output_shapes`` exclude the batch dimension.
    """

    def __init__(self, path: Path) -> None:
        """Maps a ``.tflite`` file, so that processes share its pages: replace the file, never write into it. Raises
        ModelError if the file is missing or damaged."""
        from ai_edge_litert.interpreter import Interpreter

        try:
            path.open("rb").close()
            self._interpreter = Interpreter(model_path=str(path), num_threads=THREADS)
            self._interpreter.allocate_tensors()
        except OSError as error:
            raise ModelError(
                f"Expected a network at {path}: {error.strerror}. Restore it from the repository."
            ) from None
        except (ValueError, RuntimeError):
            raise ModelError(f"LiteRT cannot run {path}. Restore the file from the repository.") from None
        (network_input,), outputs = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        self.input_shape = _without_batch(network_input)
        self.output_shapes = tuple(map(_without_batch, outputs))
        self._input, self._outputs = network_input["index"], [output["index"] for output in outputs]
        self._rows = int(network_input["shape"][0])
        self._lock = threading.Lock()

    def __call__(self, rows: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        """Returns all outputs for ``rows`` ``(N, *input_shape)`` float32, N > 0."""
        with self._lock:
            if len(rows) != self._rows:
                self._rows = 0  # until the tensors have been allocated
                self._interpreter.resize_tensor_input(self._input, rows.shape)
                self._interpreter.allocate_tensors()
                self._rows = len(rows)
            self._interpreter.set_tensor(self._input, rows)
            self._interpreter.invoke()
            return tuple(self._interpreter.get_tensor(output) for output in self._outputs)


def _without_batch(details: dict) -> tuple[int, ...]:
    return tuple(int(length) for length in details["shape_signature"][1:])

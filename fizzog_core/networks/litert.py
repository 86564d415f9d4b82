"""Runs a network on the processor as TensorFlow Lite does: docs/decisions/017-tensorflow-lite.md.

The only file of the core that knows TensorFlow itself; it is imported where it is needed, for that takes seconds.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fizzog_core.errors import ModelError

Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""(N, ...) inputs, N > 0, to (N, outputs)."""

THREADS = 1
"""For one network. A second one waits for work by keeping its core busy, which faces, hands and pictures need: live,
a result then takes three times as much processor time."""


def converter(function: Any) -> Any:
    """TensorFlow's converter for a ``tf.function`` with an input signature; ``convert()`` gives the file's bytes."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    frozen = convert_variables_to_constants_v2(function.get_concrete_function())
    return tf.lite.TFLiteConverter.from_concrete_functions([frozen], tf.Module())


def compiled(network: Any) -> Run:
    """A Keras network, on Keras's TensorFlow backend, as a function that is faster than the network itself.

    Raises what TensorFlow does for a network that TensorFlow Lite cannot run.
    """
    import tensorflow as tf

    spec = tf.TensorSpec(network.input_shape, tf.float32)
    return opened(converter(tf.function(lambda rows: network(rows, training=False), input_signature=[spec])).convert())


def opened(content: bytes) -> Run:
    """A file of TensorFlow Lite with one input and one output as a function; any thread may call it.

    Raises ValueError if ``content`` is none.
    """
    import tensorflow as tf

    with warnings.catch_warnings(action="ignore", category=UserWarning):  # it moves to a package of its own in 2.20
        interpreter = tf.lite.Interpreter(model_content=content, num_threads=THREADS)
    (entry,), (answer,) = interpreter.get_input_details(), interpreter.get_output_details()
    lock = threading.Lock()
    shape: tuple[int, ...] = ()

    def run(rows: NDArray[np.float32]) -> NDArray[np.float32]:
        nonlocal shape
        with lock:
            if shape != rows.shape:
                shape = ()  # until all of it has been done
                interpreter.resize_tensor_input(entry["index"], rows.shape)
                interpreter.allocate_tensors()
                shape = rows.shape
            interpreter.set_tensor(entry["index"], rows)
            interpreter.invoke()
            return interpreter.get_tensor(answer["index"])

    return run


RunAll = Callable[[NDArray[np.float32]], tuple[NDArray[np.float32], ...]]
"""One input of the network's own shape to all of its outputs."""


def load(path: Path) -> RunAll:
    """The network in a file with one input, as a function of that input; any thread may call it.

    Raises ModelError if the file is missing or damaged.
    """
    from ai_edge_litert.interpreter import Interpreter

    try:
        interpreter = Interpreter(model_content=path.read_bytes(), num_threads=THREADS)
        interpreter.allocate_tensors()
    except OSError as error:
        raise ModelError(f"Expected a network at {path}: {error.strerror}. Install Fizzog's files again.") from error
    except (ValueError, RuntimeError) as error:
        raise ModelError(f"{path} is damaged: LiteRT cannot read it. Install Fizzog's files again.") from error
    (entry,), answers = interpreter.get_input_details(), interpreter.get_output_details()
    lock = threading.Lock()

    def run(rows: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        with lock:
            interpreter.set_tensor(entry["index"], rows)
            interpreter.invoke()
            return tuple(interpreter.get_tensor(answer["index"]) for answer in answers)

    return run

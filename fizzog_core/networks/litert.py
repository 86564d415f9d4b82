"""Runs a network on the processor as TensorFlow Lite does: docs/decisions/017-tensorflow-lite.md.

The only file of the core that knows TensorFlow itself; it is imported where it is needed, for that takes seconds.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

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

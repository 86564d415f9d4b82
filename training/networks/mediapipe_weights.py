"""Reads the weights of MediaPipe's networks out of their .tflite files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ORDERS = {"CONV_2D": (1, 2, 3, 0), "DEPTHWISE_CONV_2D": (1, 2, 3, 0), "FULLY_CONNECTED": (1, 0), "PRELU": (0, 1, 2)}
"""The axes of a layer's first array in the order of Keras, by its operation."""
Layer = tuple[str, list[NDArray[np.float32]]]
"""The operation, one of ORDERS, and its arrays: kernel and bias, or the slopes of a PReLU."""


def layers_with_weights(path: Path) -> list[Layer]:
    """The layers of a .tflite file with float16 weights, in order."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(model_content=path.read_bytes(), experimental_op_resolver_type=plain)
    interpreter.allocate_tensors()
    stored, found = {}, []
    for step in interpreter._get_ops_details():
        name = step["op_name"]
        if name == "DEQUANTIZE":
            stored[step["outputs"][0]] = step["inputs"][0]
        elif name in ORDERS:
            first, *rest = (interpreter.get_tensor(stored[i]).astype(np.float32) for i in step["inputs"][1:])
            found.append((name, [first.transpose(ORDERS[name]), *rest]))
    return found

"""What a network costs: multiply-adds of one input, from the shapes of its layers."""

from __future__ import annotations

import keras
import numpy as np


def multiply_adds(network: keras.Model) -> int:
    """Multiplications with a trained weight for one input, in convolutions and dense layers."""
    total = 0
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D | keras.layers.Dense):
            positions = int(np.prod(layer.output.shape[1:-1]))
            kernel = int(np.prod(layer.kernel.shape))
            total += positions * kernel
    return total

"""Multiply-adds of a network for one input, from the shapes of its layers."""

from __future__ import annotations

import keras
import numpy as np

WEIGHTED = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.Dense)


def layer_multiply_adds(layer: keras.Operation) -> int:
    """Multiplications with a trained weight for one input; 0 for a layer other than convolution and dense."""
    if not isinstance(layer, WEIGHTED):
        return 0
    return int(np.prod(layer.output.shape[1:-1])) * int(np.prod(layer.kernel.shape))


def multiply_adds(network: keras.Model) -> int:
    """Sum of ``layer_multiply_adds`` over a network's layers."""
    return sum(layer_multiply_adds(layer) for layer in network.layers)

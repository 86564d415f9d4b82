"""The emotion network with two heads on two trunks side by side, the residual one and the face network's.

Each head is linear in the features of both trunks. So the weighted mean of two networks' logits, an ensemble, is one
state of this network, and training can go on from there.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from training.networks import face_trunk, two_headed

SIDE = face_trunk.SIDE
HEADS = ("logits", "fer2013_logits")
Weights = list[NDArray[np.float32]]
"""Of a network with two heads: those of its trunk, then kernel and bias of each head."""


def build(width: int, blocks: int, dropout: float = 0.0) -> keras.Model:
    """(N, 80, 80, 1) grey pixels 0..255 -> logits (N, 7) of the served head and of the FER2013 head, in the order of
    EMOTIONS. ``width``, ``blocks``: of the residual trunk, which sees the pictures at 48 px."""
    pixels = layers.Input((SIDE, SIDE, 1), name="pixels")
    smaller = layers.Resizing(two_headed.SIDE, two_headed.SIDE, interpolation="bilinear", name="smaller")(pixels)
    both = [two_headed.features(smaller, width, blocks), face_trunk.features(pixels)]
    return two_headed.heads(pixels, layers.Concatenate(name="both")(both), dropout)


def joined(width: int, blocks: int, residual: Weights, face: Weights, share: float) -> Weights:
    """Weights for ``build`` whose logits are ``share`` times those of ``face``, and the rest those of ``residual``."""
    network = build(width, blocks)
    seen, known = network.get_layer("both").input
    heads = 2 * len(HEADS)
    keras.Model(network.get_layer("smaller").output, seen).set_weights(residual[:-heads])
    keras.Model(network.input, known).set_weights(face[:-heads])
    for i, name in enumerate(HEADS):
        kernels, biases = zip(residual[2 * i - heads :][:2], face[2 * i - heads :][:2], strict=True)
        kernel = np.concatenate([(1 - share) * kernels[0], share * kernels[1]])
        network.get_layer(name).set_weights([kernel, (1 - share) * biases[0] + share * biases[1]])
    return network.get_weights()


def has_both(network: keras.Model) -> bool:
    """Whether this is a network of ``build``, or its published part."""
    return any(layer.name == "both" for layer in network.layers)


def face_part(published: keras.Model, head: keras.Model) -> Weights:
    """Weights for ``face_trunk.build`` from a published network of ``build``, whose logits are the mean of two."""
    both = published.get_layer("both")
    width = both.input[1].shape[-1]
    weights = keras.Model(published.input, both.input[1]).get_weights()
    for kernel, bias in (published.get_layer("logits").get_weights(), head.get_weights()):
        weights += [2 * kernel[-width:], bias]
    return weights

"""The emotion network with two heads on one trunk: the served one, and one trained on FER2013's published labels.

They are published as ``model.keras`` (pixels to the served probabilities) and ``fer2013_head.keras`` (the input of its
layer ``logits`` to FER2013's probabilities).
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from fizzog_core.labels import EMOTIONS
from training.networks.architectures import convolution, normalised, residual

HEAD_FILE = "fer2013_head.keras"
SIDE = 48
GREY_NOISE = 4.0
"""Added to a picture's variance before it is standardised, so that an even picture is not enlarged to noise."""


def build(width: int, blocks: int, dropout: float = 0.0) -> keras.Model:
    """(N, 48, 48, 1) grey pixels 0..255 -> logits (N, 7) of the served head and of the FER2013 head, in the order of
    EMOTIONS.

    The residual network of ``architectures``, on pixels that are standardised picture by picture, so that darkness and
    low contrast change nothing.
    """
    pixels = layers.Input((SIDE, SIDE, 1), name="pixels")
    return heads(pixels, features(pixels, width, blocks), dropout)


def features(pixels: keras.KerasTensor, width: int, blocks: int) -> keras.KerasTensor:
    """The residual trunk: (N, 48, 48, 1) -> (N, 4 * width)."""
    x = layers.Cropping2D(2)(pixels)
    x = layers.LayerNormalization(
        axis=[1, 2, 3], center=False, scale=False, epsilon=GREY_NOISE, dtype="float32", name="standardised"
    )(x)
    x = convolution(layers.Rescaling(0.75)(x), width // 2)
    for stage in range(3):
        for block in range(blocks):
            x = residual(x, width * 2**stage, 2 if block == 0 else 1)
    return layers.GlobalAveragePooling2D()(normalised(x))


def heads(pixels: keras.KerasTensor, x: keras.KerasTensor, dropout: float) -> keras.Model:
    """The network from ``pixels`` to the logits of both heads on the features ``x``."""
    x = layers.Dropout(dropout)(x)
    served = layers.Dense(len(EMOTIONS), name="logits", dtype="float32")(x)
    fer2013 = layers.Dense(len(EMOTIONS), name="fer2013_logits", dtype="float32")(x)
    return keras.Model(pixels, [served, fer2013], name="two_headed_emotion")


def parts(network: keras.Model) -> tuple[keras.Model, keras.Model]:
    """The two networks that are published, with the weights of ``network``: pixels to served probabilities, and the
    features of the layer ``logits`` to FER2013's probabilities."""
    softmax = layers.Softmax(dtype="float32", name="probabilities")
    served = keras.Model(network.input, softmax(network.outputs[0]), name="two_headed_emotion")
    features = layers.Input(network.get_layer("logits").input.shape[1:], name="features")
    dense = layers.Dense(len(EMOTIONS), name="fer2013_logits", dtype="float32")
    head = keras.Model(features, layers.Softmax(dtype="float32")(dense(features)), name="fer2013_head")
    dense.set_weights(network.get_layer("fer2013_logits").get_weights())
    return served, head


def both(served: keras.Model, head: keras.Model) -> keras.Model:
    """Pixels to the probabilities of the served head and of the FER2013 head."""
    features = served.get_layer("logits").input
    return keras.Model(served.input, [served.output, head(features)])


def load_head(folder: Path) -> keras.Model | None:
    """The FER2013 head published in ``folder``, or None if the network there has one head."""
    path = folder / HEAD_FILE
    return keras.saving.load_model(path, compile=False) if path.is_file() else None


def start_weights(served: keras.Model, head: keras.Model | None) -> list[NDArray[np.float32]]:
    """Weights for ``build`` from a published network of the same width; one head is copied if there is no second."""
    weights = served.get_weights()
    return weights + (weights[-2:] if head is None else head.get_weights())

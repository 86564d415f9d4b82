"""The networks. Each takes raw pixels 0..255 or raw landmarks and includes its scaling. All layers are built into
Keras, so that a saved file loads without our code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import keras
import numpy as np
from keras import layers, ops

from fizzog_core.labels import EMOTIONS, GESTURES, KEYPOINT_NAMES

CELL_MIDDLES = "cell_middles"
"""The keypoint network's layer whose input is the softmax maps ``(N, 15, 576)``."""


class Size(Protocol):
    """The fields of a training config that describe its network."""

    @property
    def network(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def blocks(self) -> int: ...
    @property
    def dropout(self) -> float: ...


def build(config: Size) -> keras.Model:
    """The config's network, with fresh weights, under the current dtype policy."""
    return NETWORKS[config.network](config)


def convolution(x: keras.KerasTensor, width: int, side: int = 3, strides: int = 1) -> keras.KerasTensor:
    return layers.Conv2D(width, side, strides=strides, padding="same", use_bias=False, kernel_initializer="he_normal")(
        x
    )


def normalised(x: keras.KerasTensor) -> keras.KerasTensor:
    return layers.Activation("relu")(layers.BatchNormalization(momentum=0.95)(x))


def residual(x: keras.KerasTensor, width: int, strides: int = 1) -> keras.KerasTensor:
    """Two 3x3 convolutions, each after normalisation and ReLU, and a shortcut (He et al. 2016, pre-activation)."""
    y = normalised(x)
    shortcut = x
    if strides != 1 or x.shape[-1] != width:
        # Not a 1x1 convolution with a stride: the same numbers, but TensorFlow 2.19 corrupts memory in its gradient.
        kept = layers.MaxPooling2D(1, strides=strides)(y) if strides != 1 else y
        shortcut = convolution(kept, width, 1)
    y = convolution(y, width, 3, strides)
    y = convolution(normalised(y), width)
    return layers.Add()([shortcut, y])


def residual_emotion(config: Size) -> keras.Model:
    """(N, 48, 48, 1) grey pixels 0..255 -> (N, 7) probabilities in the order of EMOTIONS.

    Two pixels are cut off on each side, so that small shifts of the training pictures bring in real pixels only.
    """
    pixels = layers.Input((48, 48, 1), name="pixels")
    x = layers.Rescaling(1 / 64, offset=-2.0)(layers.Cropping2D(2)(pixels))
    x = convolution(x, config.width // 2)
    for stage in range(3):
        for block in range(config.blocks):
            x = residual(x, config.width * 2**stage, 2 if block == 0 else 1)
    x = layers.GlobalAveragePooling2D()(normalised(x))
    x = layers.Dropout(config.dropout)(x)
    x = layers.Dense(len(EMOTIONS), name="logits", dtype="float32")(x)
    return keras.Model(pixels, layers.Softmax(dtype="float32", name="probabilities")(x), name="residual_emotion")


def heatmap_keypoints(config: Size) -> keras.Model:
    """(N, 96, 96, 1) grey pixels 0..255 -> (N, 30) x1 y1 x2 y2 ... in 0..1 of the square, in the order of
    KEYPOINT_NAMES.

    An hourglass gives 15 heat maps of 24x24 whose softmax, as weights of the cell middles, yields the coordinates
    (Nibali et al. 2018, integral regression). Points up to a tenth of the side outside the square can be expressed.
    """
    pixels = layers.Input((96, 96, 1), name="pixels")
    x = layers.Rescaling(1 / 64, offset=-2.0)(pixels)
    x = convolution(x, config.width // 2, 3, 2)
    x = residual(x, config.width // 2)
    levels = []
    for stage in range(3):
        for block in range(config.blocks):
            x = residual(x, config.width * 2**stage, 2 if block == 0 else 1)
        levels.append(x)
    for level in reversed(levels[:-1]):
        width = level.shape[-1]
        x = layers.UpSampling2D(interpolation="bilinear")(convolution(normalised(x), width, 1))
        x = residual(layers.Add()([x, level]), width)
    maps = layers.Conv2D(len(KEYPOINT_NAMES), 1, name="maps", dtype="float32")(normalised(x))
    weights = layers.Permute((2, 1), dtype="float32")(
        layers.Reshape((24 * 24, len(KEYPOINT_NAMES)), dtype="float32")(maps)
    )
    weights = layers.Softmax(dtype="float32")(weights)
    middles = layers.Dense(2, use_bias=False, trainable=False, name=CELL_MIDDLES, dtype="float32")
    points = layers.Flatten(name="points", dtype="float32")(middles(weights))
    grid = (np.arange(24) + 0.5) / 24 * 1.2 - 0.1
    middles.set_weights([np.stack([np.tile(grid, 24), np.repeat(grid, 24)], axis=1)])
    return keras.Model(pixels, points, name="heatmap_keypoints")


def with_presence(network: keras.Model) -> keras.Model:
    """The keypoint network with one more output column, 31 in all: its presence measure.

    It is the largest weight of each softmax map, averaged over the maps: near 0.1 on a face, near 1/576 on nothing.
    """
    weights = network.get_layer(CELL_MIDDLES).input
    presence = ops.mean(ops.max(weights, axis=2), axis=1, keepdims=True)
    outputs = layers.Concatenate(dtype="float32")([network.output, presence])
    return keras.Model(network.input, outputs, name=f"{network.name}_with_presence")


def landmark_gesture(config: Size) -> keras.Model:
    """(N, 21, 3) hand landmarks in pixels (x, y, z at one scale, left or right hand) -> (N, 5) probabilities in the
    order of GESTURES. Position and size are normalised first; distances between all points are added."""
    landmarks = layers.Input((21, 3), name="landmarks")
    points = landmarks - ops.mean(landmarks, axis=1, keepdims=True)
    points = points / (ops.sqrt(ops.sum(ops.square(points), axis=(1, 2), keepdims=True) / 21) + 1e-6)
    gaps = ops.expand_dims(points, 2) - ops.expand_dims(points, 1)
    distances = ops.sqrt(ops.sum(ops.square(gaps), axis=-1) + 1e-6)
    x = layers.Concatenate()([layers.Flatten()(points), layers.Flatten()(distances)])
    for width in (config.width, config.width, config.width // 2):
        x = layers.Dense(width, use_bias=False)(x)
        x = layers.Dropout(config.dropout)(normalised(x))
    x = layers.Dense(len(GESTURES), name="logits", dtype="float32")(x)
    return keras.Model(landmarks, layers.Softmax(dtype="float32", name="probabilities")(x), name="landmark_gesture")


NETWORKS: dict[str, Callable[[Size], keras.Model]] = {
    "residual_emotion": residual_emotion,
    "heatmap_keypoints": heatmap_keypoints,
    "landmark_gesture": landmark_gesture,
}

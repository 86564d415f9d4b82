"""MediaPipe's palm detector at another resolution, with its weights as they are.

It is convolutional: at any resolution it finds palms of the same sizes in pixels of its input.
"""

from __future__ import annotations

from pathlib import Path

import keras
from keras import layers, ops

from fizzog_core.vision.anchor_detector import WEIGHTS
from fizzog_core.vision.hand_detection import PALM
from training.networks.mediapipe_weights import layers_with_weights

WIDTHS, BLOCKS = (32, 64, 128, 256, 256), 4
"""Channels of the levels, each at half of the resolution of the one before, and the blocks of each."""
VALUES = 4 + 2 * PALM.points
"""Of an output row: the middle and the sides of a box, and its points."""


class _Layers:
    """Makes layers and keeps those with weights, in the order of MediaPipe's file."""

    def __init__(self) -> None:
        self.made: list[layers.Layer] = []

    def applied(self, layer: layers.Layer, x: keras.KerasTensor) -> keras.KerasTensor:
        self.made.append(layer)
        return layer(x)

    def activated(self, x: keras.KerasTensor) -> keras.KerasTensor:
        return self.applied(layers.PReLU(shared_axes=[1, 2]), x)

    def block(self, x: keras.KerasTensor, width: int, strides: int = 1) -> keras.KerasTensor:
        """A depthwise and a 1x1 convolution, and a shortcut that new channels enter as zeros."""
        y = self.applied(layers.DepthwiseConv2D(5, strides, padding="same"), x)
        y = self.applied(layers.Conv2D(width, 1), y)
        shortcut = layers.MaxPooling2D()(x) if strides == 2 else x
        more = width - shortcut.shape[-1]
        if more:
            shortcut = ops.pad(shortcut, ((0, 0), (0, 0), (0, 0), (0, more)))
        return self.activated(layers.Add()([shortcut, y]))


def at(side: int, path: Path = WEIGHTS / PALM.file) -> keras.Model:
    """(N, side, side, 3) RGB pixels 0..1 -> (N, A, 18) boxes and points and (N, A, 1) logits of the A anchors, as
    ``AnchorDetector`` reads them.

    ``side``: a multiple of 32. ``path``: MediaPipe's file. Raises OSError.
    """
    own = _Layers()
    pixels = layers.Input((side, side, 3), name="pixels")
    x = own.activated(own.applied(layers.Conv2D(WIDTHS[0], 5, 2, padding="same"), pixels))
    levels: list[keras.KerasTensor] = []
    for width in WIDTHS:
        if levels:
            x = own.block(x, width, 2)
        for _ in range(BLOCKS):
            x = own.block(x, width)
        levels.append(x)
    boxes, logits = [], []
    for level, grid in zip((levels[3], levels[2]), reversed(PALM.grids), strict=True):
        x = layers.UpSampling2D(interpolation="bilinear")(x)
        x = layers.Add()([own.activated(own.applied(layers.Conv2D(level.shape[-1], 1), x)), level])
        for _ in range(2):
            x = own.block(x, level.shape[-1])
        logits.insert(0, layers.Reshape((-1, 1))(own.applied(layers.Conv2D(grid.anchors, 1), x)))
        boxes.insert(0, layers.Reshape((-1, VALUES))(own.applied(layers.Conv2D(grid.anchors * VALUES, 1), x)))
    for layer, (_, arrays) in zip(own.made, layers_with_weights(path), strict=True):
        layer.set_weights([array.reshape(weight.shape) for array, weight in zip(arrays, layer.weights, strict=True)])
    return keras.Model(pixels, [layers.Concatenate(axis=1)(boxes), layers.Concatenate(axis=1)(logits)], name="palms")

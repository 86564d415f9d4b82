"""Training of the hand landmark network: configs, augmented batches and the loss."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from fizzog_core.errors import DataError
from fizzog_core.types import Frame
from fizzog_core.vision.sampling import Square, enclosing_square, sample
from training.data.hand_crops import CONTEXT, UNKNOWN, HandCrops
from training.data.sets import SPLITS
from training.fit import configs, degrade
from training.fit.batches import Arrays, MakeBatch
from training.networks import hand_landmarks as network
from training.networks.hand_landmarks import GESTURE, OUTPUTS, POINTS, PRESENCE, RIGHT

TASK = "hand_landmarks"
PARENTS = (0, 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19)
"""For each of the 21 landmarks, the next one on the way to the wrist."""
POINT_LOSS, BONE_LOSS, DEPTH_SHARE, PRESENCE_LOSS, RIGHT_LOSS, GESTURE_LOSS = 10.0, 10.0, 0.4, 0.5, 0.3, 0.3
"""Weights of the parts of the loss, and of z in relation to x and y."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandConfig:
    """One run. ``layout``: one of the network's LAYOUTS; ``blocks``: how many of its blocks; ``side`` of its input, px.
    ``rotation`` in degrees, ``scale`` as a logarithm, ``shift`` in sides of the square: standard deviations of a normal
    distribution. ``others``: share of the rows of a batch without a hand, half of them ``proposed`` rows if there are
    any. ``pasted``: share of the hands that are pasted on another picture."""

    task: str = TASK
    network: str = "hand_landmarks"
    layout: str = "lite"
    side: int
    blocks: int = 14
    frozen_blocks: int = 2
    """Blocks whose weights stay as they are, with all before them: low-level features, and the dearest to train."""
    epochs: int
    batch_size: int = 16
    learning_rate: float
    weight_decay: float = 1e-4
    rotation: float = 17.0
    scale: float = 0.16
    shift: float = 0.08
    others: float = 0.3
    pasted: float = 0.15
    start: str = ""
    """The config whose best weights this run begins with; MediaPipe's weights if empty."""
    seed: int = 1


CONFIGS = {
    "hand_landmarks_lite": HandConfig(side=224, epochs=8, learning_rate=8e-5),
    "hand_landmarks_live": HandConfig(side=160, epochs=12, learning_rate=2e-4, start="hand_landmarks_lite"),
}


def find(name: str, smoke: bool = False) -> HandConfig:
    """The config ``name``; with ``smoke`` one epoch of a small network that starts from the full one's weights, which
    lie in the repository. Raises KeyError for an unknown name."""
    config = CONFIGS[name]
    return replace(config, layout="full", epochs=1, batch_size=8, side=32, blocks=11, start="") if smoke else config


def stored(run: Path) -> HandConfig:
    """The config of the run in the folder ``run``. Raises DataError if that is no run of a hand landmark config."""
    try:
        return HandConfig(**configs.stored_values(run))
    except TypeError as error:
        raise DataError(f"{run} is not the folder of a run of the hand landmark network: {error}") from None


def random_square(rng: np.random.Generator, config: HandConfig, is_hand: bool) -> Square:
    """The square of a crop in units of the stored square, drawn around the one that the landmarks give."""
    side = math.exp(rng.normal(0, config.scale)) / CONTEXT
    if not is_hand:
        return Square(0.5, 0.5, min(side, 1 / CONTEXT), rng.uniform(-math.pi, math.pi))
    rotation = math.radians(float(np.clip(rng.normal(0, config.rotation), -50, 50)))
    x, y = rng.normal(0, config.shift, 2).clip(-0.2, 0.2) / CONTEXT
    return Square(0.5 + float(x), 0.5 + float(y), side, rotation)


def crop(
    pixels: Frame, points_unit: NDArray[np.float32], square: Square, side: int, mirrored: bool
) -> tuple[Frame, NDArray[np.float32]]:
    """``square`` (in units of the stored square) as ``(side, side, 3)`` and the landmarks ``(21, 3)`` in its units."""
    stored = len(pixels)
    in_pixels = Square(square.center_x * stored, square.center_y * stored, square.side * stored, square.rotation)
    taken = sample(pixels, in_pixels, side)
    points = np.concatenate([square.from_frame(points_unit[:, :2]), points_unit[:, 2:] / square.side], axis=1)
    if mirrored:
        taken = np.ascontiguousarray(taken[:, ::-1])
        points[:, 0] = 1 - 1 / side - points[:, 0]  # sample() puts the corner of the square at the middle of pixel 0
    return taken, points.astype(np.float32)


def pasted(hand: Frame, points_unit: NDArray[np.float32], background: Frame) -> Frame:
    """The pixels around the landmarks in front of ``background``; all of one size."""
    side = len(hand)
    points = np.round(points_unit[:, :2] * side).astype(np.int32)
    palm = float(np.hypot(*(points[5] - points[17]))) + float(np.hypot(*(points[0] - points[9])))
    mask = np.zeros((side, side), np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(points[[0, 1, 5, 9, 13, 17]]), (255,))
    for point, parent in enumerate(PARENTS):
        cv2.line(mask, points[point].tolist(), points[parent].tolist(), (255,), max(3, round(0.16 * palm)))
    soft = cv2.GaussianBlur(mask, (0, 0), max(1.0, 0.02 * palm))[..., None].astype(np.float32) / 255
    return (hand * soft + background * (1 - soft)).astype(np.uint8)


def worse(rng: np.random.Generator, picture: Frame) -> Frame:
    """``picture`` with random light and colour and, for half of the pictures, blur, few pixels, JPEG or noise."""
    picture = degrade.light(rng, picture)
    picture = (picture * rng.uniform(0.85, 1.15, 3)).clip(0, 255).astype(np.uint8)
    draw = rng.random()
    if draw < 0.15:
        return degrade.blur(rng, picture)
    if draw < 0.3:
        few = int(rng.integers(len(picture) // 4, len(picture)))
        little = cv2.resize(picture, (few, few), interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(little, picture.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
    if draw < 0.4:
        data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 70))])[1]
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    if draw < 0.47:
        return degrade.noise(rng, picture)
    return degrade.dark(rng, picture) if draw < 0.52 else picture


def target(points: NDArray[np.float32], is_hand: bool, right: bool, gesture: int) -> NDArray[np.float32]:
    """``(OUTPUTS,)``: landmarks, presence and handedness as 0 or 1, gesture one-hot or zeros if unknown."""
    row = np.zeros(OUTPUTS, np.float32)
    row[POINTS], row[PRESENCE], row[RIGHT] = points.ravel(), is_hand, right
    if gesture != UNKNOWN:
        row[GESTURE.start + gesture] = 1
    return row


def batches(data: HandCrops, config: HandConfig) -> tuple[MakeBatch, int]:
    """What makes an augmented batch, and the number of hands to train on. Raises DataError if there are none."""
    hands = np.flatnonzero((data.split == SPLITS[0]) & data.hand)
    others = np.flatnonzero((data.split == SPLITS[0]) & ~data.hand)
    proposed = np.flatnonzero((data.split == SPLITS[0]) & data.proposed)
    if not len(hands) or not len(others):
        raise DataError("Expected training rows with a hand and without one; prepare the data again.")

    def one(rng: np.random.Generator, row: int) -> tuple[Frame, NDArray[np.float32]]:
        is_hand, mirrored = bool(data.hand[row]), bool(rng.random() < 0.5)
        square = random_square(rng, config, is_hand)
        picture, points = crop(data.pixels[row], data.points_unit[row], square, config.side, mirrored)
        if is_hand and rng.random() < config.pasted:
            behind = data.pixels[rng.choice(others)]
            picture = pasted(picture, points, sample(behind, enclosing_square(*behind.shape[:2]), config.side))
        right = bool(data.right[row]) != mirrored
        return worse(rng, picture), target(points * is_hand, is_hand, right, int(data.gesture[row]))

    def make(rng: np.random.Generator, chosen: NDArray[np.int64]) -> Arrays:
        empty = rng.choice(others, len(chosen))
        if len(proposed):
            empty = np.where(rng.random(len(chosen)) < 0.5, rng.choice(proposed, len(chosen)), empty)
        rows = np.where(rng.random(len(chosen)) < config.others, empty, hands[chosen])
        pictures, targets = zip(*(one(rng, row) for row in rows.tolist()), strict=True)
        return np.stack(pictures).astype(np.float32), np.stack(targets)

    return make, len(hands)


def arrays(data: HandCrops, config: HandConfig, split: str) -> Arrays:
    """All rows of ``split`` in the squares that the landmarks give, without augmentation."""
    square = Square(0.5, 0.5, 1 / CONTEXT)
    pictures, targets = [], []
    for row in np.flatnonzero(data.split == split).tolist():
        picture, points = crop(data.pixels[row], data.points_unit[row], square, config.side, mirrored=False)
        is_hand = bool(data.hand[row])
        pictures.append(picture)
        targets.append(target(points * is_hand, is_hand, bool(data.right[row]), int(data.gesture[row])))
    return np.stack(pictures).astype(np.float32), np.stack(targets)


def loss(y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
    """Per row, the weighted sum of the distances of points and of bones, and of three cross-entropies; (N,)."""
    is_hand = y_true[:, PRESENCE]
    shown, seen = (ops.reshape(rows[:, POINTS], (-1, 21, 3)) for rows in (y_true, y_pred))
    points = POINT_LOSS * _distance(shown - seen) + BONE_LOSS * _distance(_bones(shown) - _bones(seen))
    presence = ops.binary_crossentropy(is_hand, y_pred[:, PRESENCE], from_logits=True)
    right = ops.binary_crossentropy(y_true[:, RIGHT], y_pred[:, RIGHT], from_logits=True)
    gesture = -ops.sum(y_true[:, GESTURE] * ops.log_softmax(y_pred[:, GESTURE], axis=-1), axis=-1)
    return PRESENCE_LOSS * presence + is_hand * (points + RIGHT_LOSS * right + GESTURE_LOSS * gesture)


def point_error(y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
    """Per row, the mean distance of the landmarks in x and y, in sides of the square; 0 without a hand."""
    gap = ops.reshape((y_true - y_pred)[:, POINTS], (-1, 21, 3))[:, :, :2]
    return y_true[:, PRESENCE] * ops.mean(ops.sqrt(ops.sum(ops.square(gap), axis=-1) + 1e-12), axis=-1)


def _bones(points: keras.KerasTensor) -> keras.KerasTensor:
    return points - ops.take(points, np.array(PARENTS), axis=1)


def _distance(gaps: keras.KerasTensor) -> keras.KerasTensor:
    """Per row, the mean absolute difference (N, 21, 3), with z at DEPTH_SCALE."""
    return ops.mean(ops.abs(gaps) * np.array([1.0, 1.0, DEPTH_SHARE], np.float32), axis=(1, 2))


def compiled(config: HandConfig, steps: int) -> keras.Model:
    """The network with loss, metric and optimizer; the rate rises over a twentieth of the run and falls as a cosine."""
    model = network.build(config.side, config.blocks, config.layout)
    network.freeze(model, config.frozen_blocks)
    warm = max(1, steps * config.epochs // 20)
    rate = keras.optimizers.schedules.CosineDecay(
        config.learning_rate / 100, max(1, steps * config.epochs - warm),
        warmup_target=config.learning_rate, warmup_steps=warm,
    )  # fmt: skip
    optimizer = keras.optimizers.AdamW(rate, weight_decay=config.weight_decay, global_clipnorm=5.0)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    model.compile(optimizer, loss, metrics=[point_error])
    return model

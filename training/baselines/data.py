"""Training and test rows of the source projects' networks: the author's rows, and rows of new people.

The author's pool never holds our test people, so one training gives both figures: on the rows that the author held out,
which share pictures or people with those trained on, and on our test rows, which do not.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import keras
import numpy as np
from numpy.typing import NDArray

from fizzog_core.datasets import augmentation
from fizzog_core.errors import DataError
from fizzog_core.labels import EMOTIONS
from training.baselines import networks
from training.baselines.configs import BaselineConfig
from training.baselines.hand_pictures import HandPictures
from training.data.sets import EmotionData, KeypointData, Usage
from training.fit import batches
from training.fit.objectives import MaskedRootMeanSquare, squared_pixels

SourceData = EmotionData | KeypointData | HandPictures


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """The author's pool, copies included: ``inputs`` (P, ...), ``targets`` (P, K) float32, ``held_out`` (P,) bool,
    ``origin`` (P,) rows of the data set; ``new`` (M,) rows of the test split, with ``new_inputs``, ``new_targets``."""

    inputs: NDArray
    targets: NDArray[np.float32]
    held_out: NDArray[np.bool_]
    origin: NDArray[np.int64]
    new: NDArray[np.int64]
    new_inputs: NDArray
    new_targets: NDArray[np.float32]


def material(config: BaselineConfig, data: SourceData) -> Material:
    """Pool and new rows of a config. Raises DataError without a row to train on or to validate on."""
    found = {"emotion": _emotion, "keypoints": _keypoints, "gesture": _hands}[config.task](config, data)
    if found.held_out.all() or not found.held_out.any():
        raise DataError("Expected rows to train on and rows to hold out; the data has too few for this config.")
    return found


def _emotion(config: BaselineConfig, data: EmotionData) -> Material:
    columns = [EMOTIONS.index(label) for label in config.labels]
    wanted = np.isin(data.emotion, columns)
    pool, new = (
        np.flatnonzero(wanted & (data.usage != Usage.PRIVATE_TEST)),
        np.flatnonzero(wanted & (data.usage == Usage.PRIVATE_TEST)),
    )
    targets = np.eye(len(EMOTIONS), dtype=np.float32)[data.emotion][:, columns]
    pixels = data.pixels[..., None]
    held_out = data.usage[pool] == Usage.PUBLIC_TEST
    if config.held_out == "random":
        return _drawn(config, pool, new, pixels, targets)
    return Material(pixels[pool], targets[pool], held_out, pool, new, pixels[new], targets[new])


def _keypoints(config: BaselineConfig, data: KeypointData) -> Material:
    rim = int(data.rim)
    pixels = data.pixels[:, rim : rim + config.side, rim : rim + config.side, None]
    targets = batches.to_unit(data.keypoints_px - rim)
    whole = np.isfinite(targets).all(axis=1)
    pool, new = np.flatnonzero(whole & (data.split == "train")), np.flatnonzero(data.split == "test")
    return _drawn(config, pool, new, pixels, targets)


def _hands(config: BaselineConfig, data: HandPictures) -> Material:
    targets = np.eye(len(config.labels), dtype=np.float32)[data.label]
    new = np.flatnonzero(data.split == "test")
    if config.held_out == "split":
        pool = np.flatnonzero(data.split != "test")
        held_out = data.split[pool] == "validation"
    else:
        pool = np.flatnonzero(data.split == "train")
        held_out = last_frames(data.signer[pool], data.label[pool], config.share)
    return Material(data.inputs[pool], targets[pool], held_out, pool, new, data.inputs[new], targets[new])


def last_frames(signer: NDArray[np.str_], label: NDArray[np.int64], share: float) -> NDArray[np.bool_]:
    """(N,) True for the last ``share`` of each signer's pictures of each letter, in the order of the rows."""
    held_out = np.zeros(len(signer), dtype=bool)
    for name, letter in {*zip(signer.tolist(), label.tolist(), strict=True)}:
        own = np.flatnonzero((signer == name) & (label == letter))
        held_out[own[len(own) - int(len(own) * share) :]] = True
    return held_out


def _drawn(config: BaselineConfig, pool: NDArray, new: NDArray, pixels: NDArray, targets: NDArray) -> Material:
    """Rows drawn from the pool and, if the config copies them, their copies; split at random afterwards."""
    rng = np.random.default_rng(config.seed)
    if config.rows:
        pool = np.sort(rng.choice(pool, min(config.rows, len(pool)), replace=False))
    inputs, wanted, origin = pixels[pool], targets[pool], pool
    if config.copies:
        brighter = (inputs * rng.uniform(1.5, 2, (len(pool), 1, 1, 1))).clip(0, 255).astype(np.uint8)
        mirrored = mirrored_points(wanted, config.exchange) if config.task == "keypoints" else wanted
        inputs = np.concatenate([inputs, inputs[:, :, ::-1], brighter])
        wanted = np.concatenate([wanted, mirrored, wanted])
        origin = np.tile(pool, 3)
    held_out = np.zeros(len(inputs), dtype=bool)
    held_out[rng.choice(len(inputs), int(len(inputs) * config.share), replace=False)] = True
    return Material(inputs, wanted, held_out, origin, new, pixels[new], targets[new])


def mirrored_points(targets: NDArray[np.float32], exchange: bool) -> NDArray[np.float32]:
    """(N, 30) coordinates in 0..1, mirrored. With ``exchange`` left and right points are exchanged; without it the
    left eye's coordinates are those of the right eye of the mirrored picture."""
    points = targets.reshape(-1, 15, 2) * [-1, 1] + [1, 0]
    return (points[:, list(augmentation.MIRROR_ORDER)] if exchange else points).reshape(-1, 30).astype(np.float32)


def make_batches(config: BaselineConfig, found: Material) -> tuple[batches.MakeBatch, int]:
    """The function that makes augmented training batches, and its number of rows."""
    rows = np.flatnonzero(~found.held_out)

    def make(rng: np.random.Generator, chosen: NDArray[np.int64]) -> batches.Arrays:
        pictures = [changed(rng, config, found.inputs[i]) for i in rows[chosen]]
        return np.stack(pictures).astype(np.float32), found.targets[rows[chosen]]

    return make, len(rows)


def changed(rng: np.random.Generator, config: BaselineConfig, picture: NDArray) -> NDArray:
    """A picture (S, S, C) with random rotation, shear, scale, shift and mirroring within the config's limits.

    Pixels outside the picture repeat its border.
    """
    if not (config.rotation or config.shift or config.zoom or config.mirror):
        return picture
    angle, shear = rng.uniform(-config.rotation, config.rotation), rng.uniform(-config.shear, config.shear)
    x, y = rng.uniform(-config.shift, config.shift, 2)
    zoom = 1 / rng.uniform(1 - config.zoom, 1 + config.zoom)
    mirrored = config.mirror and bool(rng.random() < 0.5)
    side = config.side
    matrix = augmentation.affine(side, side, angle_deg=angle, zoom=zoom, shift=(x, y), mirrored=mirrored)
    slant = float(np.tan(np.deg2rad(shear)))
    sheared = matrix @ np.array([[1, slant, -slant * (side - 1) / 2], [0, 1, 0], [0, 0, 1]])
    return cv2.warpAffine(picture, sheared, (side, side), borderMode=cv2.BORDER_REPLICATE).reshape(picture.shape)


def validation(found: Material) -> batches.Arrays:
    """Inputs and targets of the author's held-out rows."""
    return found.inputs[found.held_out].astype(np.float32), found.targets[found.held_out]


def compiled(config: BaselineConfig) -> keras.Model:
    """The network with Adam at a constant rate: squared pixels for keypoints, cross-entropy for classes."""
    network = networks.NETWORKS[config.network](config)
    optimizer = keras.optimizers.Adam(config.learning_rate)
    if config.task == "keypoints":
        network.compile(optimizer, squared_pixels, metrics=[MaskedRootMeanSquare()])
    else:
        network.compile(optimizer, keras.losses.CategoricalCrossentropy(), metrics=["accuracy"])
    return network

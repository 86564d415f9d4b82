"""Random augmentation of training pictures, their points, and hand landmarks. Only training rows are augmented."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fizzog_core.datasets import augmentation
from fizzog_core.datasets.augmentation import warp, warp_points
from training.fit.configs import Config


def random_affine(rng: np.random.Generator, config: Config, side: int, out: int) -> NDArray[np.float64]:
    """A (2, 3) affine matrix from pixels of a ``side`` square to pixels of the ``out`` square in its middle.

    Rotation, scale and shift are drawn within the config's limits; half of the matrices mirror."""
    angle = rng.uniform(-config.rotation, config.rotation)
    zoom = float(np.exp(rng.uniform(-config.scale, config.scale)))
    mirrored = bool(rng.random() < 0.5)
    x, y = rng.uniform(-config.shift, config.shift, 2)
    return augmentation.affine(side, out, angle_deg=angle, zoom=zoom, shift=(x, y), mirrored=mirrored)


def change_light(rng: np.random.Generator, config: Config, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """``picture`` with random contrast around its mean and random brightness."""
    if not config.light:
        return picture
    contrast = 1 + rng.uniform(-config.light, config.light)
    brightness = 255 * rng.uniform(-config.light, config.light) * 0.5
    return augmentation.light(picture, contrast, brightness)


def erase(rng: np.random.Generator, config: Config, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """``picture`` with, at the config's probability, a rectangle of 2 to 20 % of its area replaced by noise (random
    erasing, Zhong et al. 2017)."""
    if rng.random() >= config.erase:
        return picture
    side = picture.shape[0]
    area, ratio = rng.uniform(0.02, 0.2) * side * side, np.exp(rng.uniform(-1, 1))
    h, w = min(side, int(np.sqrt(area * ratio)) + 1), min(side, int(np.sqrt(area / ratio)) + 1)
    y, x = rng.integers(0, side - h + 1), rng.integers(0, side - w + 1)
    return augmentation.erase(picture, x, y, rng.integers(0, 256, (h, w), dtype=np.uint8))


def picture_and_points(
    rng: np.random.Generator, config: Config, picture: NDArray[np.uint8], points: NDArray[np.float32] | None, out: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32] | None]:
    """One grey picture (R, R) uint8, augmented to (out, out), and its points (15, 2) moved with it."""
    matrix = random_affine(rng, config, picture.shape[0], out)
    changed = erase(rng, config, change_light(rng, config, warp(picture, matrix, out)))
    return changed, None if points is None else warp_points(points, matrix)


def mix(
    rng: np.random.Generator, config: Config, pictures: NDArray[np.float32], targets: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(N, ...) pictures and (N, classes) targets, each blended with another row of the batch at a random share (mixup,
    Zhang et al. 2018); unchanged if the config's ``mixup`` is 0."""
    if not config.mixup:
        return pictures, targets
    share = rng.beta(config.mixup, config.mixup, len(pictures)).astype(np.float32)
    other = rng.permutation(len(pictures))

    def blended(rows: NDArray[np.float32]) -> NDArray[np.float32]:
        wide = share.reshape(-1, *[1] * (rows.ndim - 1))
        return (wide * rows + (1 - wide) * rows[other]).astype(np.float32, copy=False)

    return blended(pictures), blended(targets)


def hand(rng: np.random.Generator, config: Config, landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Landmarks (N, 21, 3), centred and scaled to unit size, then mirrored at random, rotated about all three axes,
    scaled per axis, with normal noise added."""
    count = len(landmarks)
    points = landmarks - landmarks.mean(axis=1, keepdims=True)
    size = np.sqrt((points**2).sum(axis=(1, 2), keepdims=True) / 21)
    points = points / np.maximum(size, 1e-6)
    points[:, :, 0] *= rng.choice([-1.0, 1.0], (count, 1))
    for first, second, share in ((0, 1, 1.0), (0, 2, 0.8), (1, 2, 0.8)):
        angle = np.deg2rad(rng.uniform(-config.rotation, config.rotation, (count, 1))) * share
        a, b = points[:, :, first].copy(), points[:, :, second].copy()
        points[:, :, first] = a * np.cos(angle) - b * np.sin(angle)
        points[:, :, second] = a * np.sin(angle) + b * np.cos(angle)
    points *= np.exp(rng.uniform(-config.scale, config.scale, (count, 1, 3)))
    return (points + rng.normal(0, config.shift, points.shape)).astype(np.float32)

"""Random changes of training pictures and their points. Only training rows pass here, after the split."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fizzog_core.datasets import augmentation
from fizzog_core.datasets.augmentation import warp, warp_points
from training.fit.configs import Config


def random_affine(rng: np.random.Generator, config: Config, side: int, out: int) -> NDArray[np.float64]:
    """A (2, 3) matrix from pixels of a ``side`` square to pixels of an ``out`` square cut from its middle, turned,
    scaled and shifted as the config allows, and mirrored half of the time."""
    angle = rng.uniform(-config.rotation, config.rotation)
    zoom = float(np.exp(rng.uniform(-config.scale, config.scale)))
    mirrored = bool(rng.random() < 0.5)
    x, y = rng.uniform(-config.shift, config.shift, 2)
    return augmentation.affine(side, out, angle_deg=angle, zoom=zoom, shift=(x, y), mirrored=mirrored)


def change_light(rng: np.random.Generator, config: Config, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Random contrast around the mean, and brightness."""
    if not config.light:
        return picture
    contrast = 1 + rng.uniform(-config.light, config.light)
    brightness = 255 * rng.uniform(-config.light, config.light) * 0.5
    return augmentation.light(picture, contrast, brightness)


def erase(rng: np.random.Generator, config: Config, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """With the config's probability a rectangle of 2 to 20 % of the area becomes noise (Zhong et al. 2017)."""
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
    """All changes of one grey picture (R, R) uint8 to (out, out), and of its points (15, 2) with it."""
    matrix = random_affine(rng, config, picture.shape[0], out)
    changed = erase(rng, config, change_light(rng, config, warp(picture, matrix, out)))
    return changed, None if points is None else warp_points(points, matrix)


def mix(
    rng: np.random.Generator, config: Config, pictures: NDArray[np.float32], targets: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Each of (N, ...) pictures and its (N, classes) target blended with another of the batch (mixup, Zhang et al.
    2018), in a share drawn for each; unchanged if the config mixes none."""
    if not config.mixup:
        return pictures, targets
    share = rng.beta(config.mixup, config.mixup, len(pictures)).astype(np.float32)
    other = rng.permutation(len(pictures))
    wide = share.reshape(-1, *[1] * (pictures.ndim - 1))
    return (
        wide * pictures + (1 - wide) * pictures[other],
        share[:, None] * targets + (1 - share[:, None]) * targets[other],
    )


def hand(rng: np.random.Generator, config: Config, landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Landmarks (N, 21, 3), each mirrored half of the time, turned in the picture, tilted, stretched and jittered."""
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

"""Training batches. A batch depends on seed, epoch and index only, on every Keras backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from fizzog_core.labels import EMOTIONS, GESTURES, KEYPOINT_NAMES
from training.data.sets import VOTES_AS_EMOTIONS, EmotionData, GestureData, KeypointData
from training.fit import augment
from training.fit.configs import Config

Arrays = tuple[NDArray[np.float32], NDArray[np.float32]]
MakeBatch = Callable[[np.random.Generator, NDArray[np.int64]], Arrays]
KEYPOINT_SIDE = 96


class Schedule(Protocol):
    """The fields of a config that batching uses."""

    @property
    def seed(self) -> int: ...
    @property
    def batch_size(self) -> int: ...


class Batches(keras.utils.PyDataset):
    """Shuffled, augmented batches for ``model.fit``; ``make(rng, rows)`` returns inputs and targets."""

    def __init__(self, make: MakeBatch, rows: int, config: Schedule, first_epoch: int = 0) -> None:
        super().__init__(workers=1, max_queue_size=16)
        self.make, self.rows, self.config, self.epoch = make, rows, config, first_epoch
        self._shuffle()

    def _shuffle(self) -> None:
        self.order = np.random.default_rng([self.config.seed, self.epoch]).permutation(self.rows)

    def __len__(self) -> int:
        return -(-self.rows // self.config.batch_size)

    def __getitem__(self, index: int) -> Arrays:
        size = self.config.batch_size
        rng = np.random.default_rng([self.config.seed, self.epoch, index])
        return self.make(rng, self.order[index * size : (index + 1) * size])

    def on_epoch_end(self) -> None:
        self.epoch += 1
        self._shuffle()


def emotion_targets(data: EmotionData, config: Config) -> NDArray[np.float32]:
    """(N, 7) target distributions: the label, smoothed, mixed with the share of the FER+ votes for each emotion."""
    labels = np.eye(len(EMOTIONS), dtype=np.float32)[data.emotion]
    targets = labels * (1 - config.label_smoothing) + config.label_smoothing / len(EMOTIONS)
    if config.votes_share and data.votes is not None:
        votes = data.votes[:, list(VOTES_AS_EMOTIONS)].astype(np.float32)
        total = votes.sum(axis=1, keepdims=True)
        share = np.where(total > 0, config.votes_share, 0)
        targets = (1 - share) * targets + share * votes / np.maximum(total, 1)
    return targets.astype(np.float32)


def emotion(data: EmotionData, config: Config, rows: NDArray[np.int64]) -> MakeBatch:
    """Augmented (N, 48, 48, 1) pixels 0..255 and (N, 7) targets out of ``rows``."""
    pixels, targets = data.pixels[rows], emotion_targets(data, config)[rows]

    def make(rng: np.random.Generator, chosen: NDArray[np.int64]) -> Arrays:
        pictures = [augment.picture_and_points(rng, config, pixels[i], None, 48)[0] for i in chosen]
        return augment.mix(rng, config, np.stack(pictures)[..., None].astype(np.float32), targets[chosen])

    return make


def emotion_arrays(data: EmotionData, rows: NDArray[np.int64]) -> Arrays:
    """(N, 48, 48, 1) pixels 0..255 and one-hot (N, 7) targets, without augmentation."""
    return data.pixels[rows][..., None].astype(np.float32), np.eye(len(EMOTIONS), dtype=np.float32)[data.emotion[rows]]


def gesture_arrays(data: GestureData, rows: NDArray[np.int64]) -> Arrays:
    """(N, 21, 3) landmarks in px and one-hot (N, 5) targets, without augmentation."""
    return data.landmarks_px[rows], np.eye(len(GESTURES), dtype=np.float32)[data.gesture[rows]]


def keypoint_arrays(data: KeypointData, rows: NDArray[np.int64]) -> Arrays:
    """(N, 96, 96, 1) pixels 0..255 and (N, 30) targets in 0..1 of the square, NaN where not annotated."""
    rim = int(data.rim)
    middle = data.pixels[rows][:, rim : rim + KEYPOINT_SIDE, rim : rim + KEYPOINT_SIDE, None]
    return middle.astype(np.float32), to_unit(data.keypoints_px[rows] - rim)


def to_unit(points_px: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, 15, 2) pixel coordinates (0 = middle of the first pixel) to (N, 30) in 0..1 of the 96 px square."""
    return ((points_px + 0.5) / KEYPOINT_SIDE).reshape(len(points_px), 2 * len(KEYPOINT_NAMES)).astype(np.float32)


def keypoints(data: KeypointData, config: Config, rows: NDArray[np.int64]) -> MakeBatch:
    """Augmented (N, 96, 96, 1) pixels and (N, 30) targets out of ``rows``; points outside the square stay in the
    targets."""
    pixels, points = data.pixels[rows], data.keypoints_px[rows]

    def make(rng: np.random.Generator, chosen: NDArray[np.int64]) -> Arrays:
        pairs = [augment.picture_and_points(rng, config, pixels[i], points[i], KEYPOINT_SIDE) for i in chosen]
        moved = np.stack([p for _, p in pairs if p is not None])
        return np.stack([picture for picture, _ in pairs])[..., None].astype(np.float32), to_unit(moved)

    return make


def gesture(data: GestureData, config: Config, rows: NDArray[np.int64]) -> MakeBatch:
    """Augmented (N, 21, 3) landmarks and smoothed (N, 5) targets out of ``rows``."""
    landmarks = data.landmarks_px[rows]
    targets = np.eye(len(GESTURES), dtype=np.float32)[data.gesture[rows]]
    targets = targets * (1 - config.label_smoothing) + config.label_smoothing / len(GESTURES)

    def make(rng: np.random.Generator, chosen: NDArray[np.int64]) -> Arrays:
        return augment.hand(rng, config, landmarks[chosen]), targets[chosen].astype(np.float32)

    return make

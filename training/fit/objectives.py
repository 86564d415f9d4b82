"""Keypoint losses and metrics that skip missing points. No saved network refers to them."""

from __future__ import annotations

import keras
from keras import ops

from training.fit.batches import KEYPOINT_SIDE


def masked_keypoint_loss(target: keras.KerasTensor, points: keras.KerasTensor) -> keras.KerasTensor:
    """Per row, the mean over annotated coordinates of a Huber loss on pixels of 96 (delta 2 px); (N, 30) each."""
    known = ops.cast(ops.logical_not(ops.isnan(target)), "float32")
    error = ops.abs(ops.where(ops.isnan(target), points, target) - points) * KEYPOINT_SIDE
    huber = ops.where(error < 2, ops.square(error) / 4, error - 1)
    return ops.sum(huber * known, axis=-1) / ops.maximum(ops.sum(known, axis=-1), 1)


def squared_pixels(target: keras.KerasTensor, points: keras.KerasTensor) -> keras.KerasTensor:
    """Per row, the mean squared error in pixels of 96, without missing points; (N, 30) each."""
    return ops.mean(ops.square((target - points) * KEYPOINT_SIDE), axis=-1)


class MaskedRootMeanSquare(keras.metrics.Metric):
    """Root of the mean squared error over all annotated coordinates so far, in pixels of 96 (Kaggle's metric)."""

    def __init__(self, name: str = "rmse_px") -> None:
        super().__init__(name=name)
        self.squares = self.add_weight(name="squares", initializer="zeros")
        self.known = self.add_weight(name="known", initializer="zeros")

    def update_state(self, target, points, sample_weight=None) -> None:
        known = ops.logical_not(ops.isnan(target))
        error = ops.where(known, (target - points) * KEYPOINT_SIDE, 0.0)
        self.squares.assign_add(ops.sum(ops.square(error)))
        self.known.assign_add(ops.sum(ops.cast(known, "float32")))

    def result(self):
        return ops.sqrt(self.squares / ops.maximum(self.known, 1.0))

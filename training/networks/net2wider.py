"""Weights of a wider network with the outputs of a narrower one (Net2WiderNet, Chen et al. 2016)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NOISE = 0.05
"""Noise as a share of a kernel's standard deviation. Without it a channel and its copy would get equal gradients."""


def widened(
    weights: list[NDArray[np.float32]], shapes: list[tuple[int, ...]], rng: np.random.Generator, noise: float = NOISE
) -> list[NDArray[np.float32]]:
    """``weights`` of a network in the ``shapes`` of one of the same layers with more channels. Channel ``i`` is a copy
    of channel ``i`` modulo the old count, and the next layer divides by the number of copies: the outputs stay the same
    except for the noise. Raises ValueError where a layer is missing or narrower."""
    return [_one(weight, shape, rng, noise) for weight, shape in zip(weights, shapes, strict=True)]


def _one(
    weight: NDArray[np.float32], shape: tuple[int, ...], rng: np.random.Generator, noise: float
) -> NDArray[np.float32]:
    if weight.shape == shape:
        return weight
    if weight.ndim != len(shape) or any(new < old for new, old in zip(shape, weight.shape, strict=True)):
        raise ValueError(f"Expected at least as many channels as {weight.shape}, got {shape}.")
    wide = weight[np.ix_(*(np.arange(new) % old for new, old in zip(shape, weight.shape, strict=True)))]
    if weight.ndim == 1:
        return wide
    source = np.arange(shape[-2]) % weight.shape[-2]
    wide = wide / np.bincount(source)[source][:, None]
    return (wide + noise * wide.std() * rng.standard_normal(shape)).astype(np.float32)

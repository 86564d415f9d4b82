"""Synthetic pictures of which no two are near-duplicates."""

import cv2
import numpy as np

from training.data.duplicates import SIDE


def scenes(count: int, seed: int = 0) -> np.ndarray:
    """Pictures ``(count, 48, 48)`` uint8 with large and small structure; no two are near-duplicates."""
    random = np.random.default_rng(seed)
    coarse = [
        cv2.resize(random.uniform(0, 200, (6, 6)), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for _ in range(count)
    ]
    fine = [
        cv2.resize(random.uniform(0, 80, (20, 20)), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for _ in range(count)
    ]
    return np.clip(np.array(coarse) + np.array(fine), 0, 255).astype(np.uint8).reshape(-1, SIDE, SIDE)

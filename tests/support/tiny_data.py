"""Small random data sets of each type, for tests of the training package."""

from __future__ import annotations

import numpy as np

from tests.support import hand_folders
from training.baselines.configs import BASELINES
from training.baselines.hand_pictures import HandPictures
from training.baselines.networks import FEATURES
from training.data.expressions import ExpressionData
from training.data.hand_crops import UNKNOWN, HandCrops
from training.data.sets import EmotionData, GestureData, KeypointData


def emotion_data(rows: int = 42, seed: int = 0) -> EmotionData:
    """Random emotion rows with every class in every usage."""
    rng = np.random.default_rng(seed)
    return EmotionData(
        pixels=rng.integers(0, 256, (rows, 48, 48), dtype=np.uint8),
        emotion=(np.arange(rows) % 7).astype(np.uint8),
        usage=(np.arange(rows) // 7 % 3).astype(np.uint8),
        votes=rng.multinomial(10, np.full(10, 0.1), rows).astype(np.uint8),
    )


def expression_data(rows: int = 126, seed: int = 0) -> ExpressionData:
    """Random rows of the sources "clean", "noisy" and "left": every class in every split, two rows a person."""
    rng = np.random.default_rng(seed)
    return ExpressionData(
        crops=rng.integers(0, 256, (rows, 96, 96), dtype=np.uint8),
        emotion=(np.arange(rows) % 7).astype(np.uint8),
        level_rad=rng.uniform(-0.2, 0.2, rows).astype(np.float32),
        split=np.array([("train", "validation", "test")[i // 7 % 3] for i in range(rows)]),
        source=np.array([("clean", "noisy", "left")[i // 21 % 3] for i in range(rows)]),
        subject=np.array([f"person{i // 2}" for i in range(rows)]),
    )


def keypoint_data(rows: int = 24, seed: int = 0) -> KeypointData:
    """Random keypoint rows; every sixth row has no eyebrow points, as rows of LFW."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(30, 98, (rows, 15, 2)).astype(np.float32)
    points[::6, 6:10] = np.nan
    names = np.array([f"person{i // 2}" for i in range(rows)])
    return KeypointData(
        pixels=rng.integers(0, 256, (rows, 128, 128), dtype=np.uint8),
        keypoints_px=points,
        rim=16,
        subject=names,
        source=np.array(["tiny"] * rows),
        split=np.array([("train", "validation", "test")[i // 2 % 3] for i in range(rows)]),
    )


def gesture_data(rows: int = 45, seed: int = 0) -> GestureData:
    """Random gesture rows with every gesture in every split; every ninth hand was not detected."""
    rng = np.random.default_rng(seed)
    found = np.arange(rows) % 9 != 8
    landmarks = rng.uniform(0, 300, (rows, 21, 3)).astype(np.float32)
    landmarks[~found] = 0
    split = np.array([("train", "validation", "test")[i // 5 % 3] for i in range(rows)])
    return GestureData(
        landmarks_px=landmarks,
        found=found,
        gesture=np.arange(rows) % 5,
        label=np.array([("A", "F", "L", "V", "B")[i % 5] for i in range(rows)]),
        signer=np.char.add("signer_", split),
        source=np.array(["tiny"] * rows),
        split=split,
        path=np.array([f"{i}.jpg" for i in range(rows)]),
        handedness=np.array(["Left"] * rows),
    )


def hand_pictures(name: str, rows: int = 120, seed: int = 0) -> HandPictures:
    """Random inputs for the config ``name``: pictures, or features for a head. Every split has each label."""
    rng = np.random.default_rng(seed)
    config = BASELINES[name]
    count = len(config.labels)
    split = np.array([("train", "validation", "test")[i // count % 3] for i in range(rows)])
    if config.network == "baseline_vgg16_head":
        inputs = rng.random((rows, *FEATURES)).astype(np.float16)
    else:
        inputs = rng.integers(0, 256, (rows, config.side, config.side, 3), dtype=np.uint8)
    label = np.arange(rows) % count
    return HandPictures(
        inputs=inputs,
        label=label,
        letter=np.array(config.labels)[label],
        signer=np.char.add("signer_", split),
        source=np.array(["tiny"] * rows),
        split=split,
    )


def hand_crops() -> HandCrops:
    """Twelve squares: eight hands and two others to train on, a hand and another for validation. Half of the hands
    have a gesture."""
    rng = np.random.default_rng(0)
    hand = np.array([True] * 8 + [False] * 2 + [True, False])
    points = np.concatenate([hand_folders.SHAPE, np.zeros((21, 1), np.float32)], axis=1)
    return HandCrops(
        pixels=rng.integers(0, 256, (12, 192, 192, 3), dtype=np.uint8),
        points_unit=(points * hand[:, None, None]).astype(np.float32),
        hand=hand,
        right=np.arange(12) % 3 == 0,
        proposed=np.arange(12) == 9,
        gesture=np.where(hand & (np.arange(12) % 2 == 0), np.arange(12) % 5, UNKNOWN),
        source=np.array(["tiny"] * 12),
        split=np.array(["train"] * 10 + ["validation"] * 2),
        path=np.array([f"{i}.jpg" for i in range(12)]),
    )

"""The three data sets in memory, and reading them from the given folders or from what ``training prepare`` wrote."""

from __future__ import annotations

import logging
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from pathlib import Path
from typing import Any, Self

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from fizzog_core.datasets import csv_format
from fizzog_core.errors import DataError
from fizzog_core.labels import GESTURE_LETTERS, GESTURES, KEYPOINT_NAMES

log = logging.getLogger(__name__)
USAGES = csv_format.USAGES


class Usage(IntEnum):
    """FER2013's splits, as indices into USAGES."""

    TRAINING = 0
    PUBLIC_TEST = 1
    PRIVATE_TEST = 2


SPLITS = ("train", "validation", "test")
VOTE_NAMES = (
    "neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF",
)  # fmt: skip
"""Columns of the FER+ votes (Barsoum et al. 2016)."""
VOTES_AS_EMOTIONS = (4, 5, 6, 1, 3, 2, 0)
"""For each of EMOTIONS, its column in the votes."""

NONE = GESTURES.index("none")
"""Index of the gesture class for every other hand."""
NOTHING = "nothing"
"""The label of a picture without a hand, where finding no hand is correct."""


def as_input(pixels: NDArray[np.uint8] | NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """(N, H, H) grey pictures as a network takes them: (N, ``side``, ``side``, 1), bilinear where H is another side."""
    if pixels.shape[1] != side:
        pixels = np.stack([cv2.resize(picture, (side, side), interpolation=cv2.INTER_LINEAR) for picture in pixels])
    return pixels[..., None].astype(np.float32)


class Stored:
    """Rows as arrays of equal length, stored in one .npz file; a field that is None is not stored."""

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        arrays = {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]
        stored: dict[str, Any] = {name: np.asarray(a) for name, a in arrays.items() if a is not None}
        np.savez_compressed(path, **stored)

    @classmethod
    def load(cls, path: Path) -> Self:
        try:
            with np.load(path, allow_pickle=False) as stored:
                names = {f.name for f in fields(cls)}  # type: ignore[arg-type]
                return cls(**{name: stored[name] for name in stored.files if name in names})
        except (OSError, ValueError, TypeError) as error:
            raise DataError(f"{path} is not a data file of `python -m training prepare`: {error}") from None

    def _in_split(self, usage: Usage, split: str) -> NDArray[np.bool_]:
        return self.split == split  # type: ignore[attr-defined]

    def training_rows(self) -> NDArray[np.int64]:
        """Indices of the rows to train on."""
        return np.flatnonzero(self._in_split(Usage.TRAINING, SPLITS[0]))

    def validation_rows(self) -> NDArray[np.int64]:
        """Indices of the rows on which epoch, temperature and threshold are chosen."""
        return np.flatnonzero(self._in_split(Usage.PUBLIC_TEST, SPLITS[1]))

    def split_sizes(self) -> dict[str, int]:
        """Number of rows of each split."""
        names, counts = np.unique(self.split, return_counts=True)  # type: ignore[attr-defined]
        return {str(name): int(count) for name, count in zip(names, counts, strict=True)}

    def extended(self, extra: Self) -> Self:
        """These rows followed by the training rows of ``extra``; rows without FER+ votes have ten zeros.

        Raises DataError if the data sets are of different kinds or ``extra`` has no training row.
        """
        if type(self) is not type(extra):
            raise DataError(f"Expected rows like the {type(self).__name__}, got {type(extra).__name__}.")
        chosen = extra._in_split(Usage.TRAINING, SPLITS[0])
        if not chosen.any():
            raise DataError(f"Expected rows for training to add, but all {len(chosen)} are held out.")
        log.info("%d of %d rows are for training and are added", chosen.sum(), len(chosen))
        joined = {}
        for name in (field.name for field in fields(self)):  # type: ignore[arg-type]
            first, second = getattr(self, name), getattr(extra, name)
            if name == "votes" and first is not None and second is None:
                second = np.zeros((len(chosen), first.shape[1]), first.dtype)
            joined[name] = first if first is None or name == "rim" else np.concatenate([first, second[chosen]])
        return replace(self, **joined)  # type: ignore[type-var]


@dataclass(frozen=True, slots=True, eq=False)
class EmotionData(Stored):
    """FER2013: ``pixels`` (N, 48, 48) uint8; ``emotion`` (N,) uint8, index into EMOTIONS; ``usage`` (N,) uint8,
    index into USAGES; ``votes`` (N, 10) uint8, the FER+ votes in the order of VOTE_NAMES, or None."""

    pixels: NDArray[np.uint8]
    emotion: NDArray[np.uint8]
    usage: NDArray[np.uint8]
    votes: NDArray[np.uint8] | None = None

    def _in_split(self, usage: Usage, split: str) -> NDArray[np.bool_]:
        return self.usage == usage

    def split_sizes(self) -> dict[str, int]:
        return {USAGES[usage]: int((self.usage == usage).sum()) for usage in Usage}


@dataclass(frozen=True, slots=True, eq=False)
class KeypointData(Stored):
    """Faces with 15 points: ``pixels`` (N, R, R) uint8, whose middle square without ``rim`` pixels on each side is
    Kaggle's 96x96 picture; ``keypoints_px`` (N, 15, 2) float32 in that (N, R, R) picture, 0 = middle of the first
    pixel, NaN where not annotated; ``subject``, ``source``, ``split`` (N,) str."""

    pixels: NDArray[np.uint8]
    keypoints_px: NDArray[np.float32]
    rim: NDArray[np.int64] | int
    subject: NDArray[np.str_]
    source: NDArray[np.str_]
    split: NDArray[np.str_]


@dataclass(frozen=True, slots=True, eq=False)
class GestureData(Stored):
    """Hands: ``landmarks_px`` (N, 21, 3) float32, x, y, z at one pixel scale, zeros where not ``found`` (N,) bool;
    ``gesture`` (N,) int64, index into GESTURES; ``label`` (the raw letter or word), ``signer``, ``source``, ``split``,
    ``path`` (N,) str; ``handedness`` (N,) str as MediaPipe gave it."""

    landmarks_px: NDArray[np.float32]
    found: NDArray[np.bool_]
    gesture: NDArray[np.int64]
    label: NDArray[np.str_]
    signer: NDArray[np.str_]
    source: NDArray[np.str_]
    split: NDArray[np.str_]
    path: NDArray[np.str_]
    handedness: NDArray[np.str_]

    def training_rows(self) -> NDArray[np.int64]:
        return np.flatnonzero((self.split == SPLITS[0]) & self.found)

    def validation_rows(self) -> NDArray[np.int64]:
        return np.flatnonzero((self.split == SPLITS[1]) & self.found)


def load_emotion(path: Path) -> EmotionData:
    """FER2013 from our folder (lossless mosaics) or a prepared .npz. Raises DataError."""
    if path.is_file():
        return EmotionData.load(path)
    mosaics = sorted(path.glob("faces_*.webp"))
    _expect(path, bool(mosaics), "faces_*.webp and labels.npz")
    labels = np.load(path / "labels.npz")
    sheets = [np.asarray(Image.open(mosaic).convert("L")) for mosaic in mosaics]
    faces = [sheet.reshape(44, 48, 44, 48).swapaxes(1, 2).reshape(-1, 48, 48) for sheet in sheets]
    count = len(labels["emotion"])
    return EmotionData(np.concatenate(faces)[:count], labels["emotion"], labels["usage"], labels["ferplus_votes"])


def load_keypoints(path: Path) -> KeypointData:
    """Faces with 15 points from our folder or a prepared .npz. Raises DataError."""
    if path.is_file():
        return KeypointData.load(path)
    _expect(path, (path / "labels.npz").is_file(), "labels.npz and faces/")
    labels = np.load(path / "labels.npz")
    if tuple(labels["names"]) != KEYPOINT_NAMES:
        raise DataError(f"{path / 'labels.npz'}: expected the points {KEYPOINT_NAMES}, got {tuple(labels['names'])}")
    pixels = np.stack([np.asarray(Image.open(path / name).convert("L")) for name in labels["path"]])
    return KeypointData(
        pixels=pixels,
        keypoints_px=labels["keypoints_px"],
        rim=16,
        subject=labels["subject"].astype(str),
        source=labels["source"].astype(str),
        split=labels["split"].astype(str),
    )


def load_gestures(path: Path) -> GestureData:
    """Hands from our folder (manifest, landmarks of the first and second pass) or a prepared .npz. Raises DataError."""
    if path.is_file():
        return GestureData.load(path)
    _expect(path, (path / "landmarks.npz").is_file(), "manifest.csv and landmarks.npz")
    manifest = pd.read_csv(path / "manifest.csv", dtype=str, keep_default_na=False)
    stored = np.load(path / "landmarks.npz")
    if list(stored["path"]) != list(manifest["path"]):
        raise DataError(f"{path}: landmarks.npz and manifest.csv do not list the same pictures in the same order.")
    first, second = stored["landmarks_unit"], stored["landmarks_retry"]
    missed = ~np.isfinite(first).all(axis=(1, 2)) | ~np.abs(first).any(axis=(1, 2))
    unit = np.where(missed[:, None, None], second, first)
    found = np.isfinite(unit).all(axis=(1, 2)) & np.abs(unit).any(axis=(1, 2))
    size = manifest[["width", "height", "width"]].to_numpy(np.float32)
    letters = [GESTURES.index(GESTURE_LETTERS.get(letter, "none")) for letter in manifest["gesture"]]
    return GestureData(
        landmarks_px=np.where(found[:, None, None], unit * size[:, None, :], 0).astype(np.float32),
        found=found,
        gesture=np.array(letters, dtype=np.int64),
        handedness=np.where(missed, stored["handedness_retry"], stored["handedness"]).astype(str),
        **{name: manifest[name].to_numpy(str) for name in ("label", "signer", "source", "split", "path")},
    )


def _expect(path: Path, present: bool, what: str) -> None:
    if not present:
        raise DataError(f"No data at {path}: expected an .npz of `python -m training prepare` or a folder with {what}.")


Data = EmotionData | KeypointData | GestureData

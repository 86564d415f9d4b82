"""Pictures of hands for ``baseline_gesture_vgg16`` and its backbone, and the frozen backbone's features of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import keras
import numpy as np
from numpy.typing import NDArray

from fizzog_core.errors import DataError
from fizzog_core.labels import GESTURE_LETTERS
from fizzog_core.media import images
from training.baselines import networks
from training.baselines.configs import BASELINES, BaselineConfig
from training.data import image_folders, splits
from training.data.sets import load_gestures

MARGIN = 1.8
"""Side of the crop as a factor of the longer side of the landmarks' box."""


@dataclass(frozen=True, slots=True, eq=False)
class HandPictures:
    """``inputs`` (N, S, S, 3) uint8 pixels, or float16 features; ``label`` (N,) int64, an index into the config's
    labels; ``letter``, ``signer``, ``source``, ``split`` (N,) str."""

    inputs: NDArray
    label: NDArray[np.int64]
    letter: NDArray[np.str_]
    signer: NDArray[np.str_]
    source: NDArray[np.str_]
    split: NDArray[np.str_]


def load(path: Path, config: BaselineConfig, run: Path) -> HandPictures:
    """The pictures with the config's labels, or, for the head, their features from ``run``/features.npy.

    ``path``: the given folder, where each hand is cut out around its landmarks, or Kaggle's folder of ASL letters, used
    as it is. Raises DataError.
    """
    names, found = _listed(path, config)
    if config.network != "baseline_vgg16_head":
        return replace(found, inputs=np.stack([cut_square(path / name, box, config.side) for name, box in names]))
    stored = run / "features.npy"
    if not stored.is_file():
        run.mkdir(parents=True, exist_ok=True)
        np.save(stored, _features(path, names, config))
    return replace(found, inputs=np.load(stored))


Listed = list[tuple[str, NDArray[np.float32] | None]]


def _listed(path: Path, config: BaselineConfig) -> tuple[Listed, HandPictures]:
    """Files with the 21 points of their hand, if found, and all fields except the pixels."""
    if not (path / "manifest.csv").is_file():
        return _kaggle(path, config)
    data = load_gestures(path)
    letters = np.char.upper(data.label)
    of = GESTURE_LETTERS if config.network == "baseline_vgg16_head" else {name: name for name in config.labels}
    rows = np.flatnonzero(np.isin(letters, list(of)))
    label = np.array([config.labels.index(of[letter]) for letter in letters[rows]], dtype=np.int64)
    names: Listed = [(str(data.path[i]), data.landmarks_px[i, :, :2] if data.found[i] else None) for i in rows]
    kept = (values[rows] for values in (letters, data.signer, data.source, data.split))
    return names, HandPictures(np.empty(0), label, *kept)


def _kaggle(path: Path, config: BaselineConfig) -> tuple[Listed, HandPictures]:
    """Folders A, F, L, V of numbered frames: the first 2,400 train, the last 600 are held out; no signer is new."""
    names, letters, numbers = [], [], []
    for letter, files in image_folders.label_folders(path).items():
        if letter in GESTURE_LETTERS:
            names += [(file.relative_to(path).as_posix(), None) for file in files]
            letters += [letter] * len(files)
            numbers += [image_folders.frame_number(file) or 0 for file in files]
    if not names:
        raise DataError(f"{path} has no folders A, F, L, V of pictures and no manifest.csv.")
    label = np.array([config.labels.index(GESTURE_LETTERS[letter]) for letter in letters], dtype=np.int64)
    one = np.full(len(names), "kaggle")
    return names, HandPictures(np.empty(0), label, np.array(letters), one, one, splits.first_frames(np.array(numbers)))


def cut_square(file: Path, points: NDArray[np.float32] | None, side: int) -> NDArray[np.uint8]:
    """The square around the points (21, 2), in pixels, or the whole picture without any, as (side, side, 3) RGB."""
    frame = images.decode(file.read_bytes())
    if points is None:
        return cv2.resize(frame, (side, side), interpolation=cv2.INTER_AREA).astype(np.uint8)
    low, high = points.min(axis=0), points.max(axis=0)
    reach = MARGIN * max(float((high - low).max()), 2.0)
    scale = side / reach
    offset = side / 2 - scale * (low + high) / 2
    matrix = np.array([[scale, 0, offset[0]], [0, scale, offset[1]]])
    flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.warpAffine(frame, matrix, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE).astype(np.uint8)


def backbone(config: BaselineConfig) -> keras.Model:
    """VGG-16 at the config's side with the weights that it names: ``imagenet``, ``none`` or a weights file of
    ``baseline_gesture_vgg16_backbone``. Raises DataError if there are none."""
    network = networks.vgg16_backbone(config.side)
    if config.backbone_weights == "none":
        return network
    try:
        if config.backbone_weights == "imagenet":
            return keras.applications.VGG16(include_top=False, weights="imagenet", input_shape=network.input_shape[1:])
        letters = networks.baseline_vgg16_letters(BASELINES["baseline_gesture_vgg16_backbone"])
        letters.load_weights(config.backbone_weights)
    except Exception as error:  # Keras raises plain Exception when it cannot download
        raise DataError(
            f"No backbone weights from {config.backbone_weights!r} ({error}). Expected imagenet (downloaded once), "
            "none, or the best.weights.h5 of a run of baseline_gesture_vgg16_backbone."
        ) from None
    network.set_weights(letters.get_layer("vgg16").get_weights())
    return network


def _features(path: Path, names: Listed, config: BaselineConfig, size: int = 32) -> NDArray[np.float16]:
    """Features (N, 6, 6, 512) of the pictures without augmentation; computed once, because the backbone is frozen."""
    network = backbone(config)
    parts = []
    for start in range(0, len(names), size):
        squares = np.stack([cut_square(path / name, box, config.side) for name, box in names[start : start + size]])
        parts.append(network.predict_on_batch(squares.astype(np.float32) / 255).astype(np.float16))
    return np.concatenate(parts)

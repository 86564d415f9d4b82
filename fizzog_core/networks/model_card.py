"""Model cards: inputs, outputs, training data, metrics and limits of a published network.

A folder ``models/<task>/`` contains ``model.keras``, the same network as ``model.tflite``, and ``card.json``. Fizzog
runs ``model.tflite``, which for the keypoint network also returns a presence measure. ``training/release/folders.py``
changes these folders as a whole.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pydantic

from fizzog_core.errors import ModelError
from fizzog_core.labels import Task

NETWORK_FILE = "model.keras"
SERVED_FILE = "model.tflite"
CARD_FILE = "card.json"


@dataclass(frozen=True, slots=True)
class Metric:
    """A measured value and its 95 % interval on ``rows`` rows of ``split``; ``unit`` is empty for a share 0..1."""

    value: float
    low: float
    high: float
    rows: int
    split: str
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CropGeometry:
    """The square crop around a detector's box that a network takes as input.

    ``margin``: margin on each side, in box sides; 0.1 makes the square 1.2 times as large as the box. ``shift_down``:
    distance from the box's centre down to the square's centre, in box sides. ``aligned``: whether the square is rotated
    so that the eyes are level.
    """

    margin: float
    shift_down: float = 0.0
    aligned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """Description of one published network, for the core and the pages."""

    task: Task
    name: str
    input: Literal["pixels", "landmarks"]
    input_size: int
    """Side S of the square crop for ``pixels`` input ``(N, S, S, channels)``; 21 for ``landmarks`` ``(N, 21, 3)``."""
    channels: int
    labels: tuple[str, ...]
    crop_margin: float
    crop_shift_down: float = 0.0
    crop_aligned: bool = False
    not_sure_below: float = 0.0
    temperature: float = 1.0
    """For information only: the saved network already applies this temperature."""
    sha256: str = ""
    """Checksum of the Keras file."""
    served_sha256: str = ""
    """Checksum of the TensorFlow Lite file; empty for a run that serves only for comparison."""
    parameters: int
    multiply_adds: int
    dataset: str
    sources: tuple[str, ...] = ()
    """For a network with several data sources: one sentence on each source, with its licence and its use."""
    split_sizes: dict[str, int]
    config: dict[str, Any]
    seed: int
    metrics: dict[str, Metric]
    limits: tuple[str, ...]
    licence: str
    versions: dict[str, str] = field(default_factory=dict)
    published: str = ""

    @property
    def crop_geometry(self) -> CropGeometry:
        return CropGeometry(margin=self.crop_margin, shift_down=self.crop_shift_down, aligned=self.crop_aligned)


def tensor_names(card: ModelCard) -> tuple[str, str]:
    """Returns the names of the input and output tensors in the network's TensorFlow Serving signature."""
    output = "points_unit" if card.task == "keypoints" else "probabilities"
    return "crops" if card.input == "pixels" else "landmarks_px", output


def output_size(card: ModelCard) -> int:
    """Returns the length of one output row in the network's TensorFlow Serving signature."""
    return 2 * len(card.labels) if card.task == "keypoints" else len(card.labels)


_ADAPTER = pydantic.TypeAdapter(ModelCard)


def checksum(path: Path) -> str:
    """Returns the SHA-256 of a file as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load(folder: Path) -> ModelCard:
    """Reads ``folder/card.json``. Raises ModelError if the file is missing or is not a model card."""
    path = folder / CARD_FILE
    try:
        return _ADAPTER.validate_json(path.read_bytes())
    except FileNotFoundError:
        raise ModelError(
            f"No card at {path}. Expected the files that `python -m training publish` writes. "
            "Restore the folder from the repository or publish a network."
        ) from None
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ModelError(f"{path} is not a model card: {where}: {first['msg']}. Restore it or publish again.") from None


def save(card: ModelCard, folder: Path) -> None:
    """Writes ``folder/card.json``, indented and with a stable order of fields."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CARD_FILE).write_bytes(_ADAPTER.dump_json(card, indent=2) + b"\n")


def network_path(folder: Path, card: ModelCard) -> Path:
    """Returns the path of the Keras file. Raises ModelError if its checksum differs from the card's."""
    return _checked(folder / NETWORK_FILE, card.sha256)


def served_path(folder: Path, card: ModelCard) -> Path:
    """Returns the path of the TensorFlow Lite file. Raises ModelError if its checksum differs from the card's."""
    return _checked(folder / SERVED_FILE, card.served_sha256)


def _checked(path: Path, expected: str) -> Path:
    if not path.is_file():
        raise ModelError(f"No network at {path}, although its card exists. Restore the network from the repository.")
    found = checksum(path)
    if found != expected:
        raise ModelError(
            f"{path} is not the network that its card describes: expected SHA-256 {expected[:12]}..., "
            f"found {found[:12]}.... Restore the network and its card from the repository, or publish again."
        )
    return path

"""Writes a network into the folder of the detectors' files."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from fizzog_core.errors import ExportError
from fizzog_core.networks import model_card
from fizzog_core.networks.litert import Program
from training.release import folders

CHECKSUMS = "SHA256SUMS"
TOLERANCE = 1e-3
"""Largest allowed difference between the outputs of Keras and of the file: a pixel of the input, or a probability."""


def publish(network: keras.Model, name: str, out: Path) -> None:
    """Write ``network``, which takes pixels 0..1, to the file ``name`` in the folder ``out``, with its checksum.

    Raises ExportError if the file's outputs differ from the network's by more than TOLERANCE; then nothing changes.
    """
    with folders.changed(out) as draft:
        write(network, draft / name)
        lines = (draft / CHECKSUMS).read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if line.split()[1] != name]
        own = f"{model_card.checksum(draft / name)}  {name}"
        (draft / CHECKSUMS).write_text("\n".join([*kept, own]) + "\n", encoding="utf-8")
    print(f"{out / name}: {network.count_params():,} parameters, {(out / name).stat().st_size / 1e6:.1f} MB.")


def write(network: keras.Model, path: Path) -> None:
    """Write ``network`` as a TensorFlow Lite file. Raises ExportError as ``publish`` does."""
    # LiteRT lists the outputs of an exported network from the last to the first
    keras.Model(network.input, network.outputs[::-1]).export(path, "litert", verbose=False)
    rows = np.random.default_rng(0).uniform(0, 1, (4, *network.input_shape[1:])).astype(np.float32)
    found, expected = Program(path)(rows), network.predict_on_batch(rows)
    expected = expected if isinstance(expected, list) else [expected]
    for one, other in zip(found, expected, strict=True):
        gap = float(np.abs(one - other).max()) if one.shape == other.shape else float("inf")
        if not gap <= TOLERANCE:
            raise ExportError(f"The exported network differs by {gap:.2g} from the trained one; nothing was published.")

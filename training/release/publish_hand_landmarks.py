"""Publish a trained hand landmark network for live video, beside MediaPipe's.

python -m training publish-hand-landmarks runs/hand_landmarks/hand_landmarks_live [--out models/detectors]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import keras
import numpy as np
import typer
from keras import ops

from fizzog_core.errors import ExportError
from fizzog_core.networks import model_card
from fizzog_core.networks.litert import Program
from fizzog_core.vision.anchor_detector import WEIGHTS
from fizzog_core.vision.hand_landmarks import DEPTH_SCALE, LIVE_FILE
from training.evaluation import results
from training.evaluation.hand_landmarks import HAND_LANDMARKS
from training.fit import hand_landmarks as fit
from training.networks.hand_landmarks import POINTS, PRESENCE, RIGHT
from training.release import folders

CHECKSUMS = "SHA256SUMS"
TOLERANCE = 1e-3
"""Largest allowed difference between the outputs of the two files: a pixel of the input, or a probability."""


def as_served(network: keras.Model) -> keras.Model:
    """``network``, of ``training.networks.hand_landmarks``, as ``HandLandmarker`` runs it: pixels (N, S, S, 3) 0..1 ->
    (N, 65), the landmarks in pixels of the input, and the probabilities of a hand and of a right hand."""
    pixels = keras.Input(network.input_shape[1:])
    row = network(pixels * 255.0)
    scale = network.input_shape[1] * np.tile([1, 1, DEPTH_SCALE], 21).astype(np.float32)
    return keras.Model(
        pixels, ops.concatenate([row[:, POINTS] * scale, ops.sigmoid(row[:, PRESENCE : RIGHT + 1])], axis=1)
    )


def write(network: keras.Model, path: Path) -> None:
    """Write ``network`` as a TensorFlow Lite file in the form that ``HandLandmarker`` runs. Raises ExportError if their
    outputs differ by more than TOLERANCE."""
    served = as_served(network)
    served.export(path, "litert", verbose=False)
    rows = np.random.default_rng(0).uniform(0, 1, (4, *served.input_shape[1:])).astype(np.float32)
    gap = float(np.abs(Program(path)(rows)[0] - np.asarray(served(rows))).max())
    if not gap <= TOLERANCE:
        raise ExportError(f"The exported network differs by {gap:.2g} from the trained one; nothing was published.")


def main(
    run: Annotated[Path, typer.Argument(help="folder of a run of hand_landmarks_live")],
    out: Annotated[Path, typer.Option(help="folder of the detectors' files and SHA256SUMS")] = WEIGHTS,
) -> None:
    """Publish the hand landmark network of live video."""
    network = results.best_network(HAND_LANDMARKS, fit.stored(run), run)
    with folders.changed(out) as draft:
        write(network, draft / LIVE_FILE)
        lines = (draft / CHECKSUMS).read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if line.split()[1] != LIVE_FILE]
        own = f"{model_card.checksum(draft / LIVE_FILE)}  {LIVE_FILE}"
        (draft / CHECKSUMS).write_text("\n".join([*kept, own]) + "\n", encoding="utf-8")
    print(f"{out / LIVE_FILE}: {network.count_params():,} parameters, {(out / LIVE_FILE).stat().st_size / 1e6:.1f} MB.")

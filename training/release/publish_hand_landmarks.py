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

from fizzog_core.vision.anchor_detector import WEIGHTS
from fizzog_core.vision.hand_landmarks import DEPTH_SCALE, LIVE_FILE
from training.evaluation import results
from training.evaluation.hand_landmarks import HAND_LANDMARKS
from training.fit import hand_landmarks as fit
from training.networks.hand_landmarks import POINTS, PRESENCE, RIGHT
from training.release import detector_files


def as_served(network: keras.Model) -> keras.Model:
    """``network``, of ``training.networks.hand_landmarks``, as ``HandLandmarker`` runs it: pixels (N, S, S, 3) 0..1 ->
    (N, 65), the landmarks in pixels of the input, and the probabilities of a hand and of a right hand."""
    pixels = keras.Input(network.input_shape[1:])
    row = network(pixels * 255.0)
    scale = network.input_shape[1] * np.tile([1, 1, DEPTH_SCALE], 21).astype(np.float32)
    return keras.Model(
        pixels, ops.concatenate([row[:, POINTS] * scale, ops.sigmoid(row[:, PRESENCE : RIGHT + 1])], axis=1)
    )


def main(
    run: Annotated[Path, typer.Argument(help="folder of a run of hand_landmarks_live")],
    out: Annotated[Path, typer.Option(help="folder of the detectors' files and SHA256SUMS")] = WEIGHTS,
) -> None:
    """Publish the hand landmark network of live video."""
    network = results.best_network(HAND_LANDMARKS, fit.stored(run), run)
    detector_files.publish(as_served(network), LIVE_FILE, out)

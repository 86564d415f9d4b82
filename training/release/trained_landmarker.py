"""A trained hand landmark network in the place of the served one: detection through the product's own path."""

from __future__ import annotations

import tempfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fizzog_core.networks.litert import Program
from fizzog_core.types import Frame
from fizzog_core.vision.detector import HAND_SCORE, Detector, Mode
from fizzog_core.vision.hand_detection import HandDetector, Landmarker
from fizzog_core.vision.hand_landmarks import HandLandmarks, next_square
from fizzog_core.vision.sampling import Square, sample
from training.data.sets import NONE
from training.evaluation import results
from training.evaluation.hand_landmarks import HAND_LANDMARKS
from training.fit import hand_landmarks as fit
from training.networks.hand_landmarks import GESTURE, POINTS, PRESENCE, RIGHT

MOST_SAMPLES = 4
"""Samples of a square for each input pixel and axis, at most: more would not be seen in frames of a camera."""

NONE_BIAS = 1.1
"""Added to the logit of "none". Of the other hands of validation signers it leaves 1 % taken for a sign, of 2 %."""


class TrainedLandmarker:
    """The network of a run, converted for LiteRT; any thread may call it."""

    def __init__(self, run: Path) -> None:
        """Raises DataError if ``run`` is not the folder of a run with a finished epoch."""
        config = fit.stored(run)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.tflite"
            results.best_network(HAND_LANDMARKS, config, run).export(path, "litert", verbose=False)
            self._run = Program(path)
        self._side = config.side

    def locate(self, frame: Frame, square: Square) -> HandLandmarks | None:
        """The hand in ``square`` of ``frame`` ``(H, W, 3)`` uint8 RGB; None if there is none.

        The network runs twice: a palm gives only a rough square, the first landmarks the one of the training crops.
        """
        rough = self.outputs(frame, square)
        if not rough[PRESENCE] > 0:
            return None
        following = next_square(_points(rough, square))
        row = self.outputs(frame, following)
        if not row[PRESENCE] > 0:
            return None
        right = float(1 / (1 + np.exp(-row[RIGHT])))
        return HandLandmarks(_points(row, following), "right" if right >= 0.5 else "left", max(right, 1 - right))

    def gesture(self, frame: Frame, landmarks_px: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities ``(5,)`` in the order of GESTURES for the hand with the landmarks ``(21, 3)``."""
        logits = self.outputs(frame, next_square(landmarks_px))[GESTURE]
        logits[NONE] += NONE_BIAS
        shares = np.exp(logits - logits.max())
        return (shares / shares.sum()).astype(np.float32)

    def outputs(self, frame: Frame, square: Square) -> NDArray[np.float64]:
        """The network's output row for ``square``; its columns are named in ``training.networks.hand_landmarks``."""
        return self._run(self._pixels(frame, square)[None].astype(np.float32))[0][0].astype(np.float64)

    def _pixels(self, frame: Frame, square: Square) -> Frame:
        """The square at the network's size; a larger one is sampled more finely and averaged."""
        finer = min(MOST_SAMPLES, max(1, round(square.side / self._side)))
        pixels = sample(frame, square, finer * self._side)
        if finer > 1:
            pixels = np.asarray(cv2.resize(pixels, (self._side, self._side), interpolation=cv2.INTER_AREA), np.uint8)
        return pixels


def _points(row: NDArray[np.float64], square: Square) -> NDArray[np.float32]:
    """Landmarks ``(21, 3)`` in frame pixels."""
    points = row[POINTS].reshape(21, 3)
    in_frame = np.concatenate([square.to_frame(points[:, :2]), points[:, 2:] * square.side], axis=1)
    return in_frame.astype(np.float32)


def detector(landmarker: Landmarker, mode: Mode = "image") -> Detector:
    """The product's detector with another landmark network."""
    return Detector(mode, hands=HandDetector(HAND_SCORE[mode], landmarker))

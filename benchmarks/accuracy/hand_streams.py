"""Measures gestures and hands in live streams. Prints a JSON line for each figure.

python -m benchmarks.accuracy.hand_streams [--data ../shared/data] [--weights FILE] [--every 3]

Each test picture of a gesture, with a replicated border, is shown as one second of a stream that sways and zooms. The
smoothed gesture at its end counts; a stream without a hand in its last frame is an error. Each picture of ``people`` is
shown as four equal frames, up to the next run of the palm detector. FILE is another landmark network
with the served one's inputs and outputs.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from benchmarks.accuracy.hand_gates import MIRRORED_NAMES, people_gates
from fizzog_core import settings
from fizzog_core.labels import GESTURES
from fizzog_core.media import images
from fizzog_core.networks import loading
from fizzog_core.networks.predictor import Predictor
from fizzog_core.tracking.smoothing import Smoother
from fizzog_core.types import Detection, Frame, Scores
from fizzog_core.vision.anchor_detector import WEIGHTS
from fizzog_core.vision.bordered import with_border
from fizzog_core.vision.detector import HAND_SCORE, Detector
from fizzog_core.vision.face_detection import FaceDetector
from fizzog_core.vision.hand_detection import HandDetector
from fizzog_core.vision.hand_landmarks import LIVE_FILE, HandLandmarker
from training.data.image_folders import largest
from training.data.people import People
from training.data.redetected_hands import AS_IS, MIRRORED
from training.data.sets import NONE, load_gestures

FRAMES = FRAMES_PER_S = 15
SWAY, NOD, ZOOM = 0.05, 0.02, 0.08
"""Largest shift to each side and up, in sides of the frame, and largest enlargement."""
EQUAL_FRAMES = 4


@dataclass(frozen=True, slots=True)
class Shown:
    """The end of a stream. ``gesture``: index into GESTURES, and ``handedness``; None and "" without a hand.

    ``changes``: how often the gesture of single frames changed.
    """

    gesture: int | None
    handedness: str
    changes: int


class Streams:
    """Live streams that share the networks."""

    def __init__(self, landmarker: HandLandmarker, gestures: Predictor) -> None:
        self._faces, self._hands = FaceDetector(), HandDetector(HAND_SCORE["live"], landmarker)
        self._gestures = gestures

    def find_hands(self, frame: Frame) -> tuple[Detection, ...]:
        """The hands in the last of ``EQUAL_FRAMES`` frames that show ``frame``."""
        return list(self._hands_of([frame] * EQUAL_FRAMES))[-1]

    def show(self, picture: Frame) -> Shown:
        """The largest hand at the end of a stream that shows ``picture`` ``(H, W, 3)``."""
        smoother, card, single, shown = Smoother(), self._gestures.card, [], Shown(None, "", 0)
        for index, hands in enumerate(self._hands_of(moving(picture))):
            hand, shown = largest(hands), Shown(None, "", 0)
            if hand is None or hand.landmarks_px is None:
                continue
            raw = self._gestures.predict(hand.landmarks_px[None])[0]
            single.append(int(raw.argmax()))
            scores = Scores(tuple(card.labels), raw, card.not_sure_below)
            smoothed = smoother.update(0, scores, index / FRAMES_PER_S).scores.probabilities
            shown = Shown(int(smoothed.argmax()), hand.handedness or "", int(np.count_nonzero(np.diff(single))))
        return shown

    def _hands_of(self, frames: Iterator[Frame] | list[Frame]) -> Iterator[tuple[Detection, ...]]:
        with Detector("live", self._faces, self._hands) as detector:
            for index, frame in enumerate(frames):
                yield detector.find_hands(frame, index / FRAMES_PER_S)


def moving(picture: Frame) -> Iterator[Frame]:
    """``FRAMES`` frames of the picture with a replicated border, which sways to both sides, and zooms."""
    wide, _, _ = with_border(picture)
    height, width = wide.shape[:2]
    for index in range(FRAMES):
        angle = 2 * math.pi * index / FRAMES
        zoom = 1 + ZOOM * math.sin(angle / 2)
        x = (1 - zoom) * width / 2 + SWAY * width * math.sin(angle)
        y = (1 - zoom) * height / 2 + NOD * height * math.sin(2 * angle)
        matrix = np.array([[zoom, 0, x], [0, zoom, y]])
        frame = cv2.warpAffine(wide, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
        yield np.asarray(frame, np.uint8)


def figures(gesture: NDArray[np.int64], side: list[str], shown: list[Shown]) -> dict[str, float]:
    """Figures of streams whose pictures show ``gesture`` (N,). ``side``: "left" or "right"; "" if it is not known."""
    named = np.array([-1 if stream.gesture is None else stream.gesture for stream in shown])
    found, other = named >= 0, gesture == NONE
    recalls = [float((named == k)[gesture == k].mean()) for k in range(len(GESTURES)) if (gesture == k).any()]
    sides = [
        stream.handedness == known for stream, known in zip(shown, side, strict=True) if stream.handedness and known
    ]
    return {
        "balanced_accuracy": float(np.mean(recalls)),
        "hands_missed": float((~found).mean()),
        "other_hands_taken_for_a_sign": float((found & (named != NONE))[other].mean()) if other.any() else 0.0,
        "handedness_accuracy": float(np.mean(sides)) if sides else 0.0,
        "changes_a_stream": float(np.mean([stream.changes for stream in shown])),
    }


def main(
    data: Annotated[Path, typer.Option(help="Folder of the data sets.")] = Path("../shared/data"),
    weights: Annotated[Path, typer.Option(help="The landmark network.")] = WEIGHTS / LIVE_FILE,
    every: Annotated[int, typer.Option(min=1, help="Measure each N-th picture only.")] = 3,
) -> None:
    streams = Streams(HandLandmarker(weights), loading.load(settings.get().models / "gesture"))
    test = load_gestures(data / "gestures")
    rows = np.flatnonzero(test.split == "test")[::every]
    shown: dict[str, list[Shown]] = {AS_IS: [], MIRRORED: []}
    for row in track(rows.tolist(), "showing streams", console=Console(stderr=True)):
        picture = images.read(data / "gestures" / str(test.path[row]))
        shown[AS_IS].append(streams.show(picture))
        shown[MIRRORED].append(streams.show(np.ascontiguousarray(picture[:, ::-1])))
    mirrored = [MIRRORED_NAMES.get(name, "") for name in test.handedness[rows].tolist()]
    sides = {AS_IS: mirrored, MIRRORED: test.handedness[rows].tolist()}  # the set's names are those of a mirror
    for view, of_view in shown.items():
        for name, value in figures(test.gesture[rows], [side.lower() for side in sides[view]], of_view).items():
            print(json.dumps({"figure": f"{view}_{name}", "value": round(value, 4)}), flush=True)
    for name, value in people_gates(streams, People(data / "people"), every):
        print(json.dumps({"figure": name, "value": round(value, 4)}), flush=True)


if __name__ == "__main__":
    typer.run(main)

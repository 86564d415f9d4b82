"""Landmarks of the gesture pictures from the own detector: pictures as they are, mirrored, and small.

python -m training redetect-hands --data ../shared/data/gestures     writes runs/gesture/own_hands.npz
python -m training train gesture_landmarks --data ../shared/data/gestures --add runs/gesture/own_hands.npz
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from fizzog_core import settings
from fizzog_core.errors import DataError
from fizzog_core.media import images
from fizzog_core.types import Detection, Frame
from training.data.image_folders import Finder, largest
from training.data.prepare_gestures import taken
from training.data.sets import GestureData, load_gestures

SMALL_HAND_PX = 64
AS_IS, MIRRORED, SMALL = "as_is", "mirrored", f"of_{SMALL_HAND_PX}_px"
VIEWS = (AS_IS, MIRRORED, SMALL)


def redetect(
    finder: Finder, folder: Path, data: GestureData, rows: NDArray[np.int64], views: Sequence[str] = VIEWS
) -> dict[str, GestureData]:
    """``rows`` of ``data`` for each view, with the largest hand that ``finder`` detects in that view of the picture.

    The small view is scaled so that the hand's box in the whole picture has a long side of SMALL_HAND_PX. If the whole
    picture has no detection, the small view has none. Raises PictureError for a picture that cannot be read.
    """
    chosen = taken(data, np.isin(np.arange(len(data.path)), rows))
    found: dict[str, list[Detection | None]] = {view: [] for view in views}
    for name in track(chosen.path.tolist(), "finding hands", console=Console(stderr=True)):
        for view, _, hand in in_views(finder, images.read(folder / name), views):
            found[view].append(hand)
    return {view: with_hands(chosen, hands) for view, hands in found.items()}


def in_views(
    finder: Finder, frame: Frame, views: Sequence[str] = VIEWS
) -> Iterator[tuple[str, Frame, Detection | None]]:
    """Each view, its picture, and the largest hand that ``finder`` detects in it."""
    whole = largest(finder.find_hands(frame))
    for view in views:
        if view == MIRRORED:
            mirrored = np.ascontiguousarray(frame[:, ::-1])
            yield view, mirrored, largest(finder.find_hands(mirrored))
        elif view == SMALL and whole is not None:
            scale = min(1.0, SMALL_HAND_PX / max(whole.box.width, whole.box.height))
            small = np.asarray(cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
            yield view, small, largest(finder.find_hands(small))
        else:
            yield view, frame, whole


def with_hands(data: GestureData, hands: Sequence[Detection | None]) -> GestureData:
    """``data`` with the landmarks and the handedness of ``hands``, one for each row."""
    landmarks = np.zeros((len(hands), 21, 3), np.float32)
    for row, hand in zip(landmarks, hands, strict=True):
        if hand is not None and hand.landmarks_px is not None:
            row[:] = hand.landmarks_px
    sides = {
        "left": "Right",
        "right": "Left",
    }  # GestureData keeps MediaPipe's names, which are those of the mirrored picture
    return replace(
        data,
        landmarks_px=landmarks,
        found=np.array([hand is not None for hand in hands]),
        handedness=np.array(["" if hand is None else sides.get(hand.handedness or "", "") for hand in hands]),
    )


def main(
    data: Annotated[Path, typer.Option(help="the gesture data set: manifest.csv, landmarks.npz and pictures/")],
    out: Annotated[Path | None, typer.Option(help="default runs/gesture/own_hands.npz")] = None,
) -> None:
    """Write the hands of all pictures, each with its split."""
    from fizzog_core.vision.detector import Detector

    path = out or settings.get().runs / "gesture" / "own_hands.npz"
    if data.is_file():
        raise DataError(f"Expected the folder with the pictures, got the file {data}.")
    given = load_gestures(data)
    with Detector() as detector:
        own = redetect(detector, data, given, np.arange(len(given.path)), (AS_IS,))[AS_IS]
    own.save(path)
    print(f"{path}: {len(own.found):,} rows, hands found in {int(own.found.sum()):,}")

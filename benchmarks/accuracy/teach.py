"""Measures custom gestures on signers of the test split. Prints a JSON line for each number of taught frames.

python -m benchmarks.accuracy.teach --data ../shared/data/gestures

Each run teaches three letters outside A, F, L, V from a signer's frames and classifies all other frames of the same
signer, including the other letters. Each letter has the same weight, independent of its number of frames. The test
signers have four to six frames of a letter, fewer than ten. Therefore "held" makes ten frames from three by rotation,
zoom, shift and brightness, and runs the hand detector on each, as on ten frames of a webcam. Two signers with twelve or
more frames of a letter, which did not serve to choose the threshold, are taught from ten different frames.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from fizzog_core.errors import TeachError
from fizzog_core.labels import GESTURE_LETTERS
from fizzog_core.media import images
from fizzog_core.tracking.custom_gestures import CustomGestures
from fizzog_core.types import Frame
from fizzog_core.vision.detector import Detector
from training.data.sets import GestureData, load_gestures

LARGE_SIGNERS = ("aslalphabets_1", "kaggle_asl_1")
"""Signers of the train split with twelve or more frames of a letter; not used to choose the threshold."""
LETTERS = tuple(letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if letter not in GESTURE_LETTERS)
MIRROR = np.array([-1, 1, 1])


@dataclass(frozen=True, slots=True)
class Shown:
    """One classified frame: its letter, and the nearest taught letter with its distance."""

    letter: str
    taught: tuple[str, ...]
    nearest: str | None
    distance: float


def main(
    data: Annotated[Path, typer.Option(help="Folder of the gestures.")] = Path("../shared/data/gestures"),
    triples: Annotated[int, typer.Option(help="Sets of three letters for each signer.")] = 40,
    seed: int = 0,
    choose: Annotated[bool, typer.Option(help="Print thresholds from the training and validation signers.")] = False,
) -> None:
    gestures = load_gestures(data)
    if choose:
        _print_thresholds(gestures, triples, seed)
        return
    test = _signers(gestures, ("test",))
    for frames in (1, 2, 3):
        shown = list(_episodes(gestures, test, frames, triples, seed, {}))
        _print("test", shown, frames_taught=frames, different_frames=frames)
    held = _held(data, gestures, test, seed)
    shown = list(_episodes(gestures, test, 3, triples, seed, held))
    _print("test", shown, frames_taught=10, different_frames=3, held=True)
    shown = list(_episodes(gestures, LARGE_SIGNERS, 10, triples, seed, {}))
    _print("train, not used for choosing", shown, frames_taught=10, different_frames=10)
    shown = list(_episodes(gestures, test, 3, triples, seed, {}, mirrored=True))
    _print("test, shown with the other hand", shown, frames_taught=3, different_frames=3)


def _signers(gestures: GestureData, splits: Sequence[str]) -> list[str]:
    """Returns the signers of whole alphabets in these splits, without ``LARGE_SIGNERS``."""
    chosen = np.isin(gestures.split, splits) & np.isin(gestures.label, LETTERS)
    return [signer for signer in np.unique(gestures.signer[chosen]).tolist() if signer not in LARGE_SIGNERS]


def _episodes(
    gestures: GestureData,
    signers: Iterable[str],
    frames: int,
    triples: int,
    seed: int,
    held: dict[int, list[NDArray[np.float32]]],
    mirrored: bool = False,
) -> Iterator[Shown]:
    """Returns the result for each other frame of each signer, after teaching each triple of letters."""
    for signer in signers:
        rng = np.random.default_rng([seed, *signer.encode()])
        rows = np.flatnonzero((gestures.signer == signer) & gestures.found)
        of = {letter: rows[gestures.label[rows] == letter] for letter in LETTERS}
        enough = [letter for letter in LETTERS if len(of[letter]) > frames]
        if len(enough) < 3:
            continue
        for _ in range(triples):
            letters = tuple(rng.choice(enough, 3, replace=False).tolist())
            chosen = {letter: rng.permutation(of[letter])[:frames] for letter in letters}
            try:
                taught = _taught(gestures, chosen, held)
            except TeachError:  # the detected shapes differ too much: all frames count as not recognised
                taught = CustomGestures()
            rest = np.setdiff1d(rows, np.concatenate(list(chosen.values())))
            for row in rest:
                landmarks = gestures.landmarks_px[row] * (MIRROR if mirrored else 1)
                match = taught.recognise(landmarks)
                yield Shown(str(gestures.label[row]), letters, match.nearest, match.distance)


def _taught(
    gestures: GestureData, chosen: dict[str, NDArray[np.intp]], held: dict[int, list[NDArray[np.float32]]]
) -> CustomGestures:
    taught = CustomGestures()
    for letter, rows in chosen.items():
        frames = [gestures.landmarks_px[row] for row in rows]
        frames += [landmarks for row in rows for landmarks in held.get(int(row), [])]
        while len(frames) < 3:  # the smallest number that can be taught
            frames.append(frames[0])
        taught = taught.teach(letter, frames[:10])
    return taught


def _held(data: Path, gestures: GestureData, signers: Sequence[str], seed: int) -> dict[int, list[NDArray[np.float32]]]:
    """Returns landmarks of three changed copies of the picture, for each frame of the signers' letters."""
    rng = np.random.default_rng(seed)
    chosen = np.isin(gestures.signer, signers) & np.isin(gestures.label, LETTERS) & gestures.found
    held: dict[int, list[NDArray[np.float32]]] = {}
    with Detector("image") as detector:
        for row in np.flatnonzero(chosen).tolist():
            picture = images.read(data / str(gestures.path[row]))
            found = [detector.find_hands(_changed(picture, rng)) for _ in range(3)]
            held[row] = [hands[0].landmarks_px for hands in found if hands and hands[0].landmarks_px is not None]
    return held


def _changed(picture: Frame, rng: np.random.Generator) -> Frame:
    """Returns the picture rotated by up to 8 degrees, zoomed and shifted up to 8 %, and lighter or darker."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-8, 8), np.exp(rng.uniform(-0.08, 0.08)))
    matrix[:, 2] += rng.uniform(-0.08, 0.08, 2) * (width, height)
    moved = cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return cv2.convertScaleAbs(moved, alpha=rng.uniform(0.8, 1.2), beta=0).astype(np.uint8)


def _shares(shown: Sequence[Shown], threshold: float) -> tuple[float, float, float]:
    """Returns three shares, in which each letter has the same weight: taught letters with the correct name, other
    letters with the name of a taught one, and the latter for A, F, L, V only."""
    right: dict[str, list[bool]] = {}
    alarms: dict[str, list[bool]] = {}
    for frame in shown:
        sure = frame.distance <= threshold
        if frame.letter in frame.taught:
            right.setdefault(frame.letter, []).append(sure and frame.nearest == frame.letter)
        else:
            alarms.setdefault(frame.letter, []).append(sure)
    built_in = [float(np.mean(alarms[letter])) for letter in GESTURE_LETTERS if letter in alarms]
    means = [float(np.mean([np.mean(v) for v in table.values()])) for table in (right, alarms)]
    return means[0], means[1], float(np.mean(built_in))


def _print(signers: str, shown: Sequence[Shown], **settings: object) -> None:
    accuracy, alarms, built_in = _shares(shown, CustomGestures().threshold)
    figures = {"accuracy": accuracy, "false_alarms": alarms, "false_alarms_on_a_f_l_v": built_in}
    line = {"signers": signers, **settings, **{k: round(v, 4) for k, v in figures.items()}, "frames_shown": len(shown)}
    print(json.dumps(line), flush=True)


def _print_thresholds(gestures: GestureData, triples: int, seed: int) -> None:
    shown = list(_episodes(gestures, _signers(gestures, ("train", "validation")), 3, triples, seed, {}))
    for threshold in np.arange(0.14, 0.34, 0.02):
        accuracy, alarms, _ = _shares(shown, float(threshold))
        line = {"threshold": round(float(threshold), 3), "accuracy": accuracy, "false_alarms": alarms}
        print(json.dumps({k: round(v, 4) for k, v in line.items()}), flush=True)


if __name__ == "__main__":
    typer.run(main)

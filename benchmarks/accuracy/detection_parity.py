"""Compares the detector with MediaPipe's own graphs on the pictures and videos of the data sets.

python -m benchmarks.accuracy.detection_parity compare [PREFIX]   # with the stored results; prints a JSON line
python -m benchmarks.accuracy.detection_parity freeze             # stores MediaPipe's; requirements-teacher.txt

``tests/golden/mediapipe_detections.npz`` contains file names, counts, boxes, scores, landmarks and handedness, but no
pixels: the results of MediaPipe 0.10.21 for the same detection passes. PREFIX limits the comparison to names that begin
with it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from fizzog_core.errors import FizzogError
from fizzog_core.media import images
from fizzog_core.media.video_reader import VideoReader
from fizzog_core.settings import ROOT
from fizzog_core.types import Detection, Frame
from fizzog_core.vision.detector import Detector

FROZEN = ROOT / "tests" / "golden" / "mediapipe_detections.npz"
GESTURE_PICTURES = 400
VIDEO_FRAMES = 40
UNREPEATABLE = {"x_damaged_bytes.avi"}
"""Videos whose decoded pixels differ from one run to the next."""
VIDEOS = "samples/videos/"
SECONDS_APART = 2.0

app = typer.Typer(add_completion=False)
Data = Annotated[Path, typer.Option(help="Folder of the data sets.")]
DATA = ROOT.parent / "shared" / "data"


@dataclass(frozen=True, slots=True, eq=False)
class Frozen:
    """A detector's results for one picture or frame.

    ``faces`` ``(F, 17)``: box x1 y1 x2 y2, score, six landmarks x y. ``hands`` ``(H, 65)``: score, 1 for a right hand
    or 0, 21 landmarks x y z. All in pixels, float32.
    """

    name: str
    faces: NDArray[np.float32]
    hands: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Parity:
    """Differences between two detectors' results; lengths are in widths of the face or of the hand."""

    pictures: int
    counts_differ: tuple[str, ...]
    faces: int
    hands: int
    face_landmarks_median: float
    face_landmarks_p99: float
    hand_landmarks_median: float
    hand_landmarks_p99: float
    other_handedness: int


def frozen(file: Path = FROZEN) -> list[Frozen]:
    """Returns the stored results, pictures first, then each video's frames in order."""
    with np.load(file) as arrays:
        names, counts, faces, hands = (arrays[key] for key in ("names", "counts", "faces", "hands"))
    of_faces, of_hands = (np.split(rows, ends) for rows, ends in zip((faces, hands), counts.cumsum(0).T, strict=True))
    return [Frozen(str(name), *rows) for name, *rows in zip(names, of_faces[:-1], of_hands[:-1], strict=True)]


def found(detector: Detector, frame: Frame, name: str = "", index: int = 0) -> Frozen:
    """Returns the detections in ``frame``, in the stored format.

    ``index``: of the frame in its video. MediaPipe looks for palms in each frame; times that are seconds apart make
    our detector do the same.
    """
    faces, hands = detector.find_faces(frame), detector.find_hands(frame, SECONDS_APART * index)
    return Frozen(name, _rows([_face_row(face) for face in faces], 17), _rows([_hand_row(hand) for hand in hands], 65))


def frames(data: Path, path: str) -> Iterator[Frame]:
    """Yields the picture at ``path``, or the first frames of a video; nothing if the file cannot be read."""
    try:
        if path.startswith(VIDEOS):
            with VideoReader(data / path) as video:
                yield from (frame.pixels for frame in islice(video.frames(), VIDEO_FRAMES))
        else:
            yield images.read(data / path)
    except FizzogError:
        return


def parity(expected: Sequence[Frozen], actual: Sequence[Frozen]) -> Parity:
    """Compares two detectors' results for the same pictures."""
    pairs = list(zip(expected, actual, strict=True))
    faces = [pair for one, other in pairs for pair in _nearest(one.faces, other.faces, _face_center)]
    hands = [pair for one, other in pairs for pair in _nearest(one.hands, other.hands, _hand_center)]
    of_faces = [float(np.abs(a[5:] - b[5:]).max() / (a[2] - a[0])) for a, b in faces]
    of_hands = [float(np.abs(a[2:] - b[2:]).max() / _hand_size(a)) for a, b in hands]
    differ = [a.name for a, b in pairs if (len(a.faces), len(a.hands)) != (len(b.faces), len(b.hands))]
    return Parity(
        pictures=len(pairs),
        counts_differ=tuple(differ),
        faces=len(faces),
        hands=len(hands),
        face_landmarks_median=_quantile(of_faces, 0.5),
        face_landmarks_p99=_quantile(of_faces, 0.99),
        hand_landmarks_median=_quantile(of_hands, 0.5),
        hand_landmarks_p99=_quantile(of_hands, 0.99),
        other_handedness=sum(bool(a[1] != b[1]) for a, b in hands),
    )


def again(expected: Sequence[Frozen], data: Path) -> list[Frozen]:
    """Returns the present detector's results for the stored names, with one detector in video mode for each video."""
    results = []
    with Detector("image") as picture_detector:
        for path in dict.fromkeys(stored.name.split("#")[0] for stored in expected):
            detector = Detector("video") if path.startswith(VIDEOS) else picture_detector
            results += [found(detector, frame, path, index) for index, frame in enumerate(frames(data, path))]
    return results


@app.command()
def compare(prefix: Annotated[str, typer.Argument()] = "", data: Data = DATA) -> None:
    """Prints the differences between the present detector and the stored results."""
    expected = [stored for stored in frozen() if stored.name.startswith(prefix)]
    result = parity(expected, again(expected, data))
    print(json.dumps({name: getattr(result, name) for name in Parity.__dataclass_fields__}))


@app.command()
def freeze(data: Data = DATA) -> None:
    """Stores the results of MediaPipe's graphs."""
    from benchmarks.accuracy.mediapipe_looks import mediapipe_detector

    results = []
    with mediapipe_detector("image") as picture_detector:
        for path in _paths(data):
            stream = path.startswith(VIDEOS)
            detector = mediapipe_detector("video") if stream else picture_detector
            for index, frame in enumerate(frames(data, path)):
                results.append(found(detector, frame, f"{path}#{index}" if stream else path, index))
    FROZEN.parent.mkdir(exist_ok=True)
    np.savez_compressed(
        FROZEN,
        names=np.array([result.name for result in results]),
        counts=np.array([(len(result.faces), len(result.hands)) for result in results], dtype=np.int16),
        faces=np.concatenate([result.faces for result in results]),
        hands=np.concatenate([result.hands for result in results]),
    )
    print(f"{len(results)} pictures and frames, {FROZEN.stat().st_size / 1e6:.2f} MB")


def _paths(data: Path) -> list[str]:
    """Returns all sample and emotion pictures, some gestures of each source, and all videos."""
    samples = sorted((data / "samples" / "pictures").rglob("*.*"))
    paths = [str(path.relative_to(data)) for path in samples if path.suffix != ".csv"]
    with (data / "emotion_pictures" / "manifest.csv").open(newline="") as file:
        paths += [f"emotion_pictures/{row['path']}" for row in csv.DictReader(file)]
    by_source: dict[str, list[str]] = {}
    with (data / "gestures" / "manifest.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            by_source.setdefault(row["source"], []).append(f"gestures/{row['path']}")
    share = -(-GESTURE_PICTURES // len(by_source))
    for of_source in by_source.values():
        picked = np.random.default_rng(0).permutation(len(of_source))[:share]
        paths += [of_source[i] for i in sorted(picked)]
    videos = sorted((data / VIDEOS).glob("*.*"))
    return paths + [
        f"{VIDEOS}{path.name}" for path in videos if path.suffix != ".csv" and path.name not in UNREPEATABLE
    ]


def _face_row(face: Detection) -> list[float]:
    assert face.landmarks_px is not None
    box = face.box
    return [box.x1, box.y1, box.x2, box.y2, face.score, *face.landmarks_px.ravel().tolist()]


def _hand_row(hand: Detection) -> list[float]:
    assert hand.landmarks_px is not None
    return [hand.score, float(hand.handedness == "right"), *hand.landmarks_px.ravel().tolist()]


def _rows(rows: list[list[float]], width: int) -> NDArray[np.float32]:
    return np.array(rows, dtype=np.float32).reshape(-1, width)


def _face_center(row: NDArray[np.float32]) -> NDArray[np.float32]:
    return (row[:2] + row[2:4]) * np.float32(0.5)


def _hand_center(row: NDArray[np.float32]) -> NDArray[np.float32]:
    return row[2:].reshape(21, 3)[:, :2].mean(axis=0)


def _hand_size(row: NDArray[np.float32]) -> float:
    """Longer side of the box around the landmarks."""
    return float(np.ptp(row[2:].reshape(21, 3)[:, :2], axis=0).max())


def _nearest(
    one: NDArray[np.float32], other: NDArray[np.float32], center: Callable[[NDArray[np.float32]], NDArray[np.float32]]
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Returns pairs of rows with the nearest centres, without rows that have no counterpart."""
    rest = list(other)
    for row in one:
        if rest:
            nearest = min(range(len(rest)), key=lambda i: float(np.hypot(*(center(rest[i]) - center(row)))))
            yield row, rest.pop(nearest)


def _quantile(values: Sequence[float], share: float) -> float:
    return float(f"{np.quantile(values, share):.2g}") if values else 0.0


if __name__ == "__main__":
    app()

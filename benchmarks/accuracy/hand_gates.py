"""Measures the hands of pictures through the product's own path. Prints a JSON line for each gate.

python -m benchmarks.accuracy.hand_gates [--data ../shared/data] [--weights FILE] [--every 1]

FILE is another landmark network with the served one's inputs and outputs.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Protocol

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from fizzog_core import settings
from fizzog_core.media import images
from fizzog_core.networks import loading
from fizzog_core.networks.predictor import Predictor
from fizzog_core.types import Box, Detection, Frame
from fizzog_core.vision.anchor_detector import WEIGHTS
from fizzog_core.vision.detector import HAND_SCORE, Detector
from fizzog_core.vision.hand_detection import HandDetector
from fizzog_core.vision.hand_landmarks import FILE, HandLandmarker
from fizzog_core.vision.sampling import Square
from training.data import redetected_hands
from training.data.image_folders import Finder
from training.data.people import FALSE, Find, People, PeoplePicture
from training.data.prepare_gestures import taken
from training.data.redetected_hands import AS_IS, MIRRORED, SMALL, VIEWS
from training.data.sets import GestureData, load_gestures
from training.evaluation import end_to_end

SAME_IOU = 0.3
"""A found hand is one of the set's if their boxes overlap by at least this much."""
MIRRORED_NAMES = {"Left": "Right", "Right": "Left"}


class HandsFinder(Protocol):
    """Finds hands in a picture, as ``Detector`` does."""

    def find_hands(self, frame: Frame) -> tuple[Detection, ...]: ...


@dataclass(frozen=True, slots=True)
class Bar:
    """The smallest value that a gate accepts, or the largest."""

    least: float | None = None
    most: float | None = None

    def accepts(self, value: float) -> bool:
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


BARS = {  # of the people's hands the served network finds 92.2 %, with 10 false ones
    "milliseconds_a_call": Bar(most=2.5),
    f"{AS_IS}_balanced_accuracy": Bar(least=0.985),
    f"{AS_IS}_other_hands_taken_for_a_sign": Bar(most=0.01),
    f"{SMALL}_balanced_accuracy": Bar(least=0.975),
    "mirrored_changes_balanced_accuracy_by": Bar(most=0.02),
    "handedness_accuracy": Bar(least=0.97),
    "mirrored_handedness_accuracy": Bar(least=0.97),
    "people_hands_found": Bar(least=0.95 * 0.922),
    "people_false_hands": Bar(most=10),
}


def main(
    data: Annotated[Path, typer.Option(help="Folder of the data sets.")] = Path("../shared/data"),
    weights: Annotated[Path, typer.Option(help="The landmark network.")] = WEIGHTS / FILE,
    every: Annotated[int, typer.Option(min=1, help="Measure each N-th picture only, for a trial.")] = 1,
) -> None:
    given = load_gestures(data / "gestures")
    test = taken(given, np.isin(np.arange(len(given.path)), np.flatnonzero(given.split == "test")[::every]))
    landmarker = HandLandmarker(weights)
    report("milliseconds_a_call", call_ms(landmarker.predict))
    with Detector("image", hands=HandDetector(HAND_SCORE["image"], landmarker)) as finder:
        network = loading.load(settings.get().models / "gesture")
        for name, value in gesture_gates(views(finder, data / "gestures", test), network, test):
            report(name, value)
        for name, value in people_gates(finder, People(data / "people"), every):
            report(name, value)


def call_ms(call: Callable[[Frame, Square], object], calls: int = 200) -> float:
    """Median processor time of one call on a 640x480 frame, with cutting out the square, in milliseconds."""
    frame = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    times = []
    for _ in range(calls):
        start = time.thread_time()
        call(frame, Square(320, 240, 200, 0.3))
        times.append(time.thread_time() - start)
    return 1000 * float(np.median(times))


Views = Mapping[str, GestureData]


def views(finder: Finder, folder: Path, test: GestureData) -> Views:
    """The largest hand of each test picture in each view."""
    hands: dict[str, list[Detection | None]] = {view: [] for view in VIEWS}
    for path in track(test.path.tolist(), "finding hands", console=Console(stderr=True)):
        for view, _, hand in redetected_hands.in_views(finder, images.read(folder / path)):
            hands[view].append(hand)
    return {view: redetected_hands.with_hands(test, found) for view, found in hands.items()}


def report(name: str, value: float) -> None:
    """Print a gate, its bar if it has one, and whether the value is accepted."""
    bar = BARS.get(name)
    line: dict[str, object] = {"gate": name, "value": round(value, 4)}
    if bar is not None:
        line |= {"least": bar.least} if bar.most is None else {"most": bar.most}
        line["held"] = bar.accepts(value)
    print(json.dumps(line), flush=True)


def gesture_gates(views: Views, network: Predictor, given: GestureData) -> list[tuple[str, float]]:
    """The gates of the gesture pictures. ``given``: the same rows with the handedness that the data set has."""
    gates, accuracy = [], {}
    for view, seen in views.items():
        metrics = {name: metric.value for name, metric in end_to_end.gesture_view(network, seen).items()}
        accuracy[view] = metrics["balanced_accuracy"]
        gates.append((f"{view}_balanced_accuracy", metrics["balanced_accuracy"]))
        gates.append((f"{view}_hands_missed", metrics["hands_missed"]))
        gates.append((f"{view}_other_hands_taken_for_a_sign", metrics["false_alarms_on_none"]))
    gates.append(("mirrored_changes_balanced_accuracy_by", abs(accuracy[AS_IS] - accuracy[MIRRORED])))
    flipped = np.array([MIRRORED_NAMES.get(name, "") for name in given.handedness.tolist()])
    gates.append(("handedness_accuracy", same_handedness(views[AS_IS], given.handedness, given.found)))
    gates.append(("mirrored_handedness_accuracy", same_handedness(views[MIRRORED], flipped, given.found)))
    return gates


def same_handedness(seen: GestureData, expected: NDArray[np.str_], known: NDArray[np.bool_]) -> float:
    """Share of the found hands whose handedness is the data set's; ``known``: where the data set has a hand."""
    both = seen.found & known
    return float((seen.handedness == expected)[both].mean())


def people_gates(finder: HandsFinder, people: People, every: int) -> list[tuple[str, float]]:
    """Share of the test pictures' certain hands that are found, and the number of finds that are no hand of the set."""
    certain, found, false = 0, 0, 0
    for index, picture in enumerate(people.pictures("test")):
        if index % every:
            continue
        hands = finder.find_hands(picture.frame)
        wanted = [find for find in picture.hands if find.certain]
        certain += len(wanted)
        found += sum(any(hand.box.iou(find.box) >= SAME_IOU for hand in hands) for find in wanted)
        false += sum(is_false(hand, picture) for hand in hands)
    return [("people_hands", certain), ("people_hands_found", found / max(1, certain)), ("people_false_hands", false)]


def is_false(hand: Detection, picture: PeoplePicture) -> bool:
    """Whether the find is none of the hands that the teacher saw, or one that a person judged to be false.

    In pictures of people hands are missing in the set: there only finds that were judged count.
    """
    match = _best(hand.box, picture.hands)
    if match is not None:
        return match.flag == FALSE
    return picture.kind in ("hands", "negative")


def _best(box: Box, finds: tuple[Find, ...]) -> Find | None:
    near = [find for find in finds if find.box.iou(box) >= SAME_IOU]
    return max(near, key=lambda find: find.box.iou(box), default=None)


if __name__ == "__main__":
    typer.run(main)

"""Chooses the presence threshold below which a followed face counts as lost. Prints a JSON line for each threshold.

python -m benchmarks.accuracy.presence [--split validation] [--data ../shared/data/people]

The keypoint network reads crops of whole pictures of people: faces that two looks of MediaPipe saw, the same crops off
their face, pictures cut so that the face is outside, and crops of places without a face. ``kept``: share whose presence
is at or above the threshold. A face that is not kept costs a run of the detector; another crop that is kept is shown as
a face until the next run.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from fizzog_core import settings
from fizzog_core.networks import loading, preprocessing
from fizzog_core.networks.preprocessing import Crop
from fizzog_core.types import Box, Detection, Frame
from fizzog_core.vision import crops

THRESHOLDS = (0.03, 0.04, 0.045, 0.05, 0.055, 0.06, 0.08)
SMALLEST_PX = 30
"""Smallest face, of pictures of up to 352 px; a visitor before a webcam is twice as large."""
NEAR_PX = 80
EMPTY_PLACES = 2
FALSE, REAL = 1, 3
"""Flags that a person gave to a detection: no face, a real one; 0 was not checked."""


def main(
    split: Annotated[str, typer.Option(help="train, validation or test")] = "validation",
    data: Annotated[Path, typer.Option(help="Folder of the pictures of people.")] = settings.ROOT.parent
    / "shared"
    / "data"
    / "people",
) -> None:
    network = loading.load(settings.get().models / "keypoints")
    people = _people(data)
    cut: dict[str, list[Crop]] = {}
    for row in people.rows(split=split):
        for kind, frame, box in _places(row, people, np.random.default_rng(people.all.index(row))):
            crop = crops.cut(frame, Detection("face", box, 1.0), network.card.crop_geometry, network.card.input_size)
            cut.setdefault(kind, []).append(crop)
    presence = {
        kind: network.predict(preprocessing.to_batch(of_kind, network.card))[:, -1] for kind, of_kind in cut.items()
    }
    print(json.dumps({"split": split, "crops": {kind: len(of_kind) for kind, of_kind in sorted(cut.items())}}))
    for threshold in THRESHOLDS:
        kept = {kind: round(float((of_kind >= threshold).mean()), 4) for kind, of_kind in sorted(presence.items())}
        print(json.dumps({"threshold": threshold, "kept": kept}))


def _places(row: dict[str, Any], people: Any, rng: np.random.Generator) -> Iterator[tuple[str, Frame, Box]]:
    """The kind, the picture and the face box of each crop of a row of the manifest."""
    frame = people.picture(row)
    height, width = frame.shape[:2]
    found = people.labels(row)[0]
    boxes = [Box(*map(float, find["box"])) for find in found]
    shows_people = row["kind"] in ("people", "webcam")
    for find, box in zip(found, boxes, strict=True):
        if find["flag"] == FALSE:
            yield "false find of the detector", frame, box
        real = find["flag"] == REAL or (find["flag"] == 0 and shows_people)
        if not real or find["looks"] < 2 or box.width < SMALLEST_PX:
            continue
        yield f"face from {NEAR_PX if box.width >= NEAR_PX else SMALLEST_PX} px", frame, box
        angle = rng.uniform(0, 2 * np.pi)
        for share in (0.6, 1.0):
            moved = _moved(box, share * np.cos(angle), share * np.sin(angle))
            if not any(moved.iou(other) > 0.1 for other in boxes if other is not box):
                yield f"face {share:.0%} of its side away", frame, moved
            edge = round(box.x2 - share * box.width)
            if edge > SMALLEST_PX:
                yield f"face {share:.0%} outside of the picture", frame[:, :edge], box
    for _ in range(EMPTY_PLACES if boxes or not shows_people else 0):
        side = rng.uniform(SMALLEST_PX, max(0.8 * min(height, width), SMALLEST_PX + 1))
        x, y = rng.uniform(0, max(width - side, 1)), rng.uniform(0, max(height - side, 1))
        place = Box(x, y, x + side, y + side)
        if not any(place.iou(other) > 0.02 for other in boxes):
            yield "place without a face", frame, place


def _moved(box: Box, right: float, down: float) -> Box:
    """The box moved by shares of its width and height."""
    x, y = right * box.width, down * box.height
    return Box(box.x1 + x, box.y1 + y, box.x2 + x, box.y2 + y)


def _people(folder: Path) -> Any:
    """The data set's own reader, ``load.py`` in its folder."""
    specification = importlib.util.spec_from_file_location("people", folder / "load.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.People(folder)


if __name__ == "__main__":
    typer.run(main)

"""Results as JSON and as a table. The form is versioned: a reader checks ``schema``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from fizzog_core.errors import ExportError
from fizzog_core.types import KEYPOINT_NAMES, Box, FaceResult, FrameResult, HandResult, Keypoints, Scores

SCHEMA = 1

Layout = Literal["long", "wide"]

COORDINATES = tuple(f"{name}_{axis}" for name in KEYPOINT_NAMES for axis in "xy")
"""The 30 columns of Kaggle's Facial Keypoints Detection, in its order."""

LONG_COLUMNS = ("source", "kind", "number", "quantity", "name", "value")
WIDE_COLUMNS = ("source", "face", *COORDINATES, "emotion", "emotion_score")


def to_json_dict(source: str, result: FrameResult) -> dict[str, Any]:
    """One picture's result, ready for ``json.dumps``; None where something was not looked for or not run."""
    return {
        "schema": SCHEMA,
        "source": source,
        "width": result.width,
        "height": result.height,
        "faces": None if result.faces is None else [_face(face) for face in result.faces],
        "hands": None if result.hands is None else [_hand(hand) for hand in result.hands],
        "stage_ms": {stage: round(ms, 2) for stage, ms in result.stage_ms.items()},
    }


def to_error_dict(source: str, message: str) -> dict[str, Any]:
    """A picture that could not be read, ready for ``json.dumps``."""
    return {"schema": SCHEMA, "source": source, "error": message}


def to_frame(results: Iterable[tuple[str, FrameResult]], layout: Layout = "long") -> pd.DataFrame:
    """A table of (source, result) pairs; faces and hands are numbered from 1, from left to right.

    ``long``: a row for each number known, with ``LONG_COLUMNS``; ``quantity`` is ``detector``, ``box_px``, ``emotion``,
    ``gesture``, ``keypoint_x_px`` or ``keypoint_y_px``. ``wide``: a row for each face, with ``WIDE_COLUMNS``; NaN
    where a network was not run. Raises ExportError for another layout.
    """
    if layout == "wide":
        table = pd.DataFrame(_wide_rows(results), columns=list(WIDE_COLUMNS))
        numbers = [*COORDINATES, "emotion_score"]
        return table.astype({"source": "str", "face": "int64", "emotion": "str"} | dict.fromkeys(numbers, "float64"))
    if layout == "long":
        table = pd.DataFrame(_long_rows(results), columns=list(LONG_COLUMNS))
        words = dict.fromkeys(("source", "kind", "quantity", "name"), "str")
        return table.astype(words | {"number": "int64", "value": "float64"})
    raise ExportError(f"Expected the layout long or wide, got {layout!r}.")


def _face(face: FaceResult) -> dict[str, Any]:
    return {
        "box": _box(face.detection.box),
        "score": round(face.detection.score, 4),
        "emotion": _scores(face.emotion),
        "keypoints": _keypoints(face.keypoints),
    }


def _hand(hand: HandResult) -> dict[str, Any]:
    return {
        "box": _box(hand.detection.box),
        "score": round(hand.detection.score, 4),
        "handedness": hand.handedness,
        "gesture": _scores(hand.gesture),
    }


def _box(box: Box) -> list[float]:
    return [round(edge, 2) for edge in (box.x1, box.y1, box.x2, box.y2)]


def _scores(scores: Scores | None) -> dict[str, Any] | None:
    if scores is None:
        return None
    probabilities = {label: round(p, 6) for label, p in scores.as_dict().items()}
    return {"label": scores.label, "score": round(scores.score, 6), "probabilities": probabilities}


def _keypoints(keypoints: Keypoints | None) -> dict[str, list[float]] | None:
    if keypoints is None:
        return None
    points = keypoints.xy_px.astype(np.float64).round(2).tolist()
    return dict(zip(keypoints.names, points, strict=True))


def _wide_rows(results: Iterable[tuple[str, FrameResult]]) -> Iterator[dict[str, Any]]:
    for source, result in results:
        for number, face in enumerate(result.faces or (), start=1):
            row: dict[str, Any] = {"source": source, "face": number}
            if face.keypoints is not None:
                for name, (x, y) in zip(face.keypoints.names, face.keypoints.xy_px.tolist(), strict=True):
                    row |= {f"{name}_x": x, f"{name}_y": y}
            if face.emotion is not None:
                row |= {"emotion": face.emotion.label, "emotion_score": face.emotion.score}
            yield row


def _long_rows(results: Iterable[tuple[str, FrameResult]]) -> Iterator[tuple[str, str, int, str, str, float]]:
    for source, result in results:
        things: Sequence[FaceResult | HandResult] = (*(result.faces or ()), *(result.hands or ()))
        counts = {"face": 0, "hand": 0}
        for thing in things:
            kind = thing.detection.kind
            counts[kind] += 1
            for quantity, name, value in _numbers(thing):
                yield source, kind, counts[kind], quantity, name, value


def _numbers(thing: FaceResult | HandResult) -> Iterator[tuple[str, str, float]]:
    box = thing.detection.box
    yield "detector", "score", thing.detection.score
    yield from (("box_px", edge, getattr(box, edge)) for edge in ("x1", "y1", "x2", "y2"))
    if isinstance(thing, HandResult):
        scores = thing.gesture
    else:
        scores = thing.emotion
        if thing.keypoints is not None:
            for name, (x, y) in zip(thing.keypoints.names, thing.keypoints.xy_px.tolist(), strict=True):
                yield "keypoint_x_px", name, x
                yield "keypoint_y_px", name, y
    if scores is not None:
        quantity = "gesture" if isinstance(thing, HandResult) else "emotion"
        yield from ((quantity, label, value) for label, value in scores.as_dict().items())

"""Results as JSON objects and as a table of keypoints. A reader must check the version ``schema``. docs/schema.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from fizzog_core.labels import KEYPOINT_NAMES
from fizzog_core.types import Box, FaceResult, FrameResult, HandResult, Keypoints, Scores

SCHEMA = 1

COORDINATES = tuple(f"{name}_{axis}" for name in KEYPOINT_NAMES for axis in "xy")
"""The 30 columns of Kaggle's Facial Keypoints Detection (2013), in its order."""

KEYPOINT_TABLE_COLUMNS = ("source", "face", *COORDINATES, "emotion", "emotion_score")


def to_json_dict(source: str, result: FrameResult) -> dict[str, Any]:
    """The result of one image, ready for ``json.dumps``. None where detection or a network did not run."""
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
    """The record of an image that could not be analysed, ready for ``json.dumps``."""
    return {"schema": SCHEMA, "source": source, "error": message}


def keypoint_table(results: Iterable[tuple[str, FrameResult]]) -> pd.DataFrame:
    """A row for each face, with ``KEYPOINT_TABLE_COLUMNS``, from (source, result) pairs.

    ``face`` counts from 1, from left to right. A cell is NaN where a network did not run.
    """
    table = pd.DataFrame(_keypoint_rows(results), columns=list(KEYPOINT_TABLE_COLUMNS))
    numbers = [*COORDINATES, "emotion_score"]
    return table.astype({"source": "str", "face": "int64", "emotion": "str"} | dict.fromkeys(numbers, "float64"))


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


def _keypoint_rows(results: Iterable[tuple[str, FrameResult]]) -> Iterator[dict[str, Any]]:
    for source, result in results:
        for number, face in enumerate(result.faces or (), start=1):
            row: dict[str, Any] = {"source": source, "face": number}
            if face.keypoints is not None:
                for name, (x, y) in zip(face.keypoints.names, face.keypoints.xy_px.tolist(), strict=True):
                    row |= {f"{name}_x": x, f"{name}_y": y}
            if face.emotion is not None:
                row |= {"emotion": face.emotion.label, "emotion_score": face.emotion.score}
            yield row

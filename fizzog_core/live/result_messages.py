"""A live session's results and state as small JSON messages, for a page that draws on the visitor's own picture."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from fizzog_core.drawing import palette
from fizzog_core.drawing.captions import smoothed_caption
from fizzog_core.labels import NOT_SURE
from fizzog_core.live.view import LiveView, TimedResult
from fizzog_core.replies.scheduler import Reply
from fizzog_core.types import FaceResult, HandResult, ItemResult, TrackedResult


def result(timed: TimedResult, now_s: float, keypoints: bool = True) -> str:
    """The message ``{"type": "result", ...}`` without line breaks.

    Coordinates are 0..1 of the frame as the camera sent it, not mirrored. ``now_s``: present time of the session's
    clock, from which the message's ``age_ms`` follows. ``keypoints``: whether faces have their points.
    """
    seen = timed.seen
    message = {
        "type": "result",
        "captured_ms": None if timed.captured_s is None else round(1000 * timed.captured_s, 1),
        "age_ms": round(1000 * (now_s - timed.arrived_s), 1),
        "width": seen.result.width,
        "height": seen.result.height,
        "items": [_item(item, seen, keypoints) for item in seen.result.items],
    }
    return _json(message)


def state(view: LiveView, problem: str) -> str:
    """The message ``{"type": "state", ...}``: speed, counts, the last minute. ``problem``: a sentence, or empty."""
    speed = view.speed
    message = {
        "type": "state",
        "streaming": view.streaming,
        "waiting": view.waiting,
        "problem": problem,
        "speed": {
            "p50_ms": speed.p50_ms,
            "p95_ms": speed.p95_ms,
            "results_per_s": round(speed.results_per_s, 1),
            "received": speed.received,
            "dropped": speed.dropped,
            "stage_ms": {name: round(ms, 1) for name, ms in speed.stage_ms.items()},
        },
        "counts": view.counts,
        "timeline": [
            {
                "who": f"{entry.kind} {entry.track_id}",
                "ago_s": round(view.elapsed_s - entry.at_s, 1),
                "label": entry.label or NOT_SURE,
                "color": palette.UNSURE if entry.label is None else palette.label_color(entry.label),
                "score": round(entry.score, 2),
            }
            for entry in view.timeline
        ],
    }
    return _json(message)


def reply(answer: Reply) -> str:
    """The message ``{"type": "reply", ...}``: the text of a reply."""
    message = {"type": "reply", "number": answer.number, "text": answer.response.text, "language": answer.language}
    return _json(message)


def sound(number: int, address: str) -> str:
    """The message ``{"type": "sound", ...}``: the voice of reply ``number`` as a data URL."""
    return _json({"type": "sound", "number": number, "sound": address})


def _json(message: dict[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":"))


def _item(item: ItemResult, seen: TrackedResult, keypoints: bool) -> dict[str, Any]:
    width, height = seen.result.width, seen.result.height
    box, smoothed = item.detection.box, seen.smoothed_of(item)
    text, color = smoothed_caption(item, smoothed)
    found: dict[str, Any] = {
        "kind": item.detection.kind,
        "track": item.track_id or 0,
        "box": _unit((box.x1, box.y1, box.x2, box.y2), width, height),
        "points": _points(item, width, height, keypoints),
        "text": text,
        "color": color,
        "ink": palette.text_on(color),
        "name": _name(item),
    }
    raw = item.emotion if isinstance(item, FaceResult) else item.gesture
    if smoothed is not None and raw is not None:
        labels = smoothed.scores.labels
        known = set(labels) <= set(raw.labels)  # not so for a custom gesture
        found |= {
            "label": NOT_SURE if smoothed.label is None else smoothed.label,
            "score": None if smoothed.label is None else round(smoothed.score, 3),
            "labels": list(labels),
            "colors": [palette.label_color(label) for label in labels],
            "probabilities": _rounded(smoothed.scores.probabilities),
            "raw": _rounded(raw.restricted_to(labels).probabilities) if known else None,
        }
    return found


def _points(item: ItemResult, width: int, height: int, keypoints: bool) -> list[float]:
    """x and y in turn: 15 keypoints of a face, 21 landmarks of a hand, or none."""
    if isinstance(item, HandResult):
        points = item.detection.landmarks_px
    else:
        points = item.keypoints.xy_px if keypoints and item.keypoints is not None else None
    return [] if points is None else _unit(points[:, :2].ravel().tolist(), width, height)


def _name(item: ItemResult) -> str:
    side = f"{item.handedness} " if isinstance(item, HandResult) and item.handedness else ""
    return f"{side}{item.detection.kind} {item.track_id}".capitalize()


def _unit(values_px: Iterable[float], width: int, height: int) -> list[float]:
    return [round(float(value) / (height if n % 2 else width), 4) for n, value in enumerate(values_px)]


def _rounded(probabilities: Iterable[float]) -> list[float]:
    return [round(float(p), 3) for p in probabilities]

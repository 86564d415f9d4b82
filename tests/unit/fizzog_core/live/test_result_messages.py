"""The messages to a page that draws results itself."""

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from fizzog_core.labels import NOT_SURE
from fizzog_core.live import result_messages
from fizzog_core.live.session_log import Entry
from fizzog_core.live.view import LiveView, TimedResult
from fizzog_core.replies.catalog import Response
from fizzog_core.replies.scheduler import Reply
from fizzog_core.types import FaceResult, FrameResult, HandResult, Scores, SmoothedLabel, TrackedResult
from tests.support.results import face, hand


def tracked(*items: FaceResult | HandResult, label: str | None = "happy") -> TrackedResult:
    """The items in a frame of 400 x 200, each with the track number 3."""
    numbered = [replace(item, track_id=3) for item in items]
    faces = tuple(item for item in numbered if isinstance(item, FaceResult))
    hands = tuple(item for item in numbered if isinstance(item, HandResult))
    smoothed = {}
    for item in numbered:
        scores = item.emotion if isinstance(item, FaceResult) else item.gesture
        if scores is not None:
            smoothed[(item.detection.kind, 3)] = SmoothedLabel(scores, label, 0.0)
    return TrackedResult(FrameResult(400, 200, faces, hands), smoothed)


def read(seen: TrackedResult, captured_s: float | None = None, keypoints: bool = True) -> dict:
    text = result_messages.result(TimedResult(seen, 10.0, captured_s), 10.05, keypoints)
    assert "\n" not in text
    return json.loads(text)


def test_an_empty_frame_is_a_message_too() -> None:
    message = read(tracked())
    assert message == {
        "type": "result", "captured_ms": None, "age_ms": 50.0, "width": 400, "height": 200, "items": []
    }  # fmt: skip


def test_a_face_is_told_in_parts_of_the_frame() -> None:
    shown = face(x=100, side=80)
    [item] = read(tracked(shown), captured_s=1_700_000_000.25)["items"]
    box = shown.detection.box
    assert item["box"] == pytest.approx([box.x1 / 400, box.y1 / 200, box.x2 / 400, box.y2 / 200], abs=1e-4)
    assert len(item["points"]) == 30
    assert item["points"][:2] == pytest.approx([100 / 400, 60 / 200], abs=1e-4)
    assert (item["kind"], item["track"], item["name"], item["label"]) == ("face", 3, "Face 3", "happy")
    assert (item["text"], item["score"]) == ("#3 happy 90%", 0.9)
    assert item["raw"] == item["probabilities"]
    assert len(item["colors"]) == len(item["labels"]) == 7
    assert read(tracked(shown), captured_s=1_700_000_000.25)["captured_ms"] == 1_700_000_000_250


@pytest.mark.parametrize("keypoints", [True, False])
def test_points_of_faces_can_be_left_out_and_those_of_hands_not(keypoints: bool) -> None:
    items = read(tracked(face(), hand(label="victory"), label=None), keypoints=keypoints)["items"]
    assert [len(item["points"]) for item in items] == [30 if keypoints else 0, 42]
    assert [item["label"] for item in items] == [NOT_SURE] * 2
    assert [item["score"] for item in items] == [None] * 2


def test_a_custom_gesture_has_no_raw_probabilities() -> None:
    seen = tracked(hand())
    scores = Scores(("victory", "trident"), np.array([0.2, 0.8], np.float32))
    named = TrackedResult(seen.result, {("hand", 3): SmoothedLabel(scores, "trident", 0.0)})
    [item] = read(named)["items"]
    assert (item["label"], item["raw"]) == ("trident", None)


def test_an_item_whose_network_did_not_run_has_no_bars() -> None:
    seen = TrackedResult(tracked(face()).result)
    [item] = read(seen)["items"]
    assert "labels" not in item
    assert item["text"] == "#3"


def test_the_state_has_the_last_minute_and_the_problem() -> None:
    entries = (Entry(1.0, "face", 1, "happy", 0.8), Entry(1.5, "face", 1, None, 0.4))
    view = LiveView(streaming=True, counts={"happy": 2}, timeline=entries, elapsed_s=2.0)
    message = json.loads(result_messages.state(view, "Too dark."))
    assert (message["streaming"], message["problem"], message["counts"]) == (True, "Too dark.", {"happy": 2})
    assert [(entry["who"], entry["ago_s"], entry["label"]) for entry in message["timeline"]] == [
        ("face 1", 1.0, "happy"),
        ("face 1", 0.5, NOT_SURE),
    ]
    assert json.loads(result_messages.state(LiveView(), ""))["timeline"] == []


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (
            lambda: result_messages.reply(Reply(2, Response("Smile!", "smile", "happy"), "en", 1.0)),
            {"type": "reply", "number": 2, "text": "Smile!", "language": "en"},
        ),
        (lambda: result_messages.sound(2, "data:x"), {"type": "sound", "number": 2, "sound": "data:x"}),
    ],
)
def test_replies_and_sounds(write: Callable[[], str], expected: dict) -> None:
    assert json.loads(write()) == expected

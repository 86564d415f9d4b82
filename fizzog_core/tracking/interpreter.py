"""From one frame's raw result to what a visitor is told: numbered, steady, in the chosen vocabulary."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from fizzog_core.drawing import palette
from fizzog_core.output import tables
from fizzog_core.replies import catalog
from fizzog_core.tracking.custom_gestures import CustomGestures
from fizzog_core.tracking.smoothing import Smoother, Steady
from fizzog_core.tracking.tracker import Tracker
from fizzog_core.types import (
    EMOTION_VOCABULARIES,
    GESTURES,
    Box,
    Detection,
    FaceResult,
    FrameResult,
    HandResult,
    Keypoints,
    Scores,
)

TAUGHT_COLOR = "#F0E442"
"""For gestures that the visitor has taught: the palette's one colour that no label has."""

Thing = FaceResult | HandResult
Key = tuple[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """``result``: the frame's own result with track ids, probabilities as the networks gave them. ``steady``: the
    smoothed answer for each face and hand, by (kind, track id)."""

    result: FrameResult
    steady: Mapping[Key, Steady] = field(default_factory=dict)

    @property
    def things(self) -> tuple[Thing, ...]:
        return (*(self.result.faces or ()), *(self.result.hands or ()))

    def steady_of(self, thing: Thing) -> Steady | None:
        return self.steady.get((thing.detection.kind, thing.track_id or 0))

    def label(self, thing: Thing) -> tuple[str, str]:
        """What is written at a face or hand, and its colour."""
        steady = self.steady_of(thing)
        if steady is None:
            text, color = "", palette.UNSURE
        elif steady.label is None:
            text, color = "not sure", palette.UNSURE
        else:
            taught = steady.label not in palette.LABEL_COLORS
            text = f"{steady.label} {steady.score:.0%}"
            color = TAUGHT_COLOR if taught else palette.LABEL_COLORS[steady.label]
        if isinstance(thing, HandResult) and thing.handedness:
            text = f"{text}, {thing.handedness} hand" if text else f"{thing.handedness} hand"
        return f"#{thing.track_id} {text}".rstrip(), color

    def main(self, kind: str) -> Steady | None:
        """The steady answer of the largest face or hand."""
        things = [thing for thing in self.things if thing.detection.kind == kind]
        return self.steady_of(max(things, key=_area)) if things else None

    def rule(self) -> str | None:
        """The reply's rule (``responses``) for the largest face and the largest hand that shows a sign."""
        face = self.main("face")
        signs = [hand for hand in self.result.hands or () if self._sign(hand)]
        sign = self._sign(max(signs, key=_area)) if signs else None
        rule = catalog.rule_for(face.label if face else None, sign)
        return None if rule == catalog.UNSURE else rule

    def rows(self, source: str, frame: int, time_s: float) -> list[tables.Row]:
        """The frame's rows, as ``tables.to_rows`` makes them, with the smoothed labels."""
        steady = {key: answer.label or tables.NOT_SURE for key, answer in self.steady.items()}
        return tables.to_rows(source, self.result, frame, time_s, steady)

    def _sign(self, hand: HandResult) -> str | None:
        steady = self.steady_of(hand)
        known = steady is not None and steady.label in GESTURES and steady.label != "none"
        return steady.label if steady is not None and known else None


class Interpreter:
    """Keeps the tracks and averages of one stream. Not safe for several threads."""

    def __init__(self) -> None:
        self._tracker = Tracker()
        self._smoother = Smoother()

    def read(self, raw: FrameResult, now_s: float, vocabulary: int = 7, custom: CustomGestures | None = None) -> Seen:
        """``vocabulary``: 7, 6 or 5 emotions. ``custom``: gestures that the visitor has taught."""
        result = self._tracker.update(raw, now_s)
        steady: dict[Key, Steady] = {}
        for face in result.faces or ():
            if face.emotion is not None:
                key = ("face", face.track_id or 0)
                steady[key] = self._smoother.update(key, face.emotion, now_s, EMOTION_VOCABULARIES[vocabulary])
        for hand in result.hands or ():
            if hand.gesture is not None:
                key = ("hand", hand.track_id or 0)
                steady[key] = self._smoother.update(key, _with_custom(hand, hand.gesture, custom), now_s)
        self._smoother.keep(steady.keys(), now_s)
        return Seen(result, steady)


def _with_custom(hand: HandResult, scores: Scores, custom: CustomGestures | None) -> Scores:
    """The network's distribution with the taught names behind it; a taught gesture that is recognised has it all."""
    if custom is None or not custom.names or hand.detection.landmarks_px is None:
        return scores
    match = custom.recognise(hand.detection.landmarks_px)
    if match.name is None:
        probabilities = np.concatenate([scores.probabilities, np.zeros(len(custom.names), np.float32)])
    else:
        probabilities = np.zeros(len(scores.labels) + len(custom.names), np.float32)
        probabilities[len(scores.labels) + custom.names.index(match.name)] = 1
    return Scores((*scores.labels, *custom.names), probabilities, scores.threshold)


def mirrored(result: FrameResult) -> FrameResult:
    """The same result on the picture seen in a mirror: places are mirrored, left and right stay the subject's own."""
    width = result.width
    faces, hands = result.faces, result.hands
    if faces is not None:
        faces = tuple(
            dataclasses.replace(
                face, detection=_mirrored(face.detection, width), keypoints=_mirrored_points(face.keypoints, width)
            )
            for face in reversed(faces)
        )
    if hands is not None:
        hands = tuple(dataclasses.replace(hand, detection=_mirrored(hand.detection, width)) for hand in reversed(hands))
    return dataclasses.replace(result, faces=faces, hands=hands)


def _mirrored(found: Detection, width: int) -> Detection:
    box, landmarks = found.box, found.landmarks_px
    if landmarks is not None:
        landmarks = landmarks.copy()
        landmarks[:, 0] = width - landmarks[:, 0]
    return dataclasses.replace(found, box=Box(width - box.x2, box.y1, width - box.x1, box.y2), landmarks_px=landmarks)


def _mirrored_points(keypoints: Keypoints | None, width: int) -> Keypoints | None:
    if keypoints is None:
        return None
    points = keypoints.xy_px.copy()
    points[:, 0] = width - points[:, 0]
    return Keypoints(points, keypoints.names)


def _area(thing: Thing) -> float:
    return thing.detection.box.width * thing.detection.box.height

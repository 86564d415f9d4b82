"""Turns the raw results of one stream into tracked and smoothed ones."""

from __future__ import annotations

import numpy as np

from fizzog_core.labels import EMOTION_VOCABULARIES
from fizzog_core.tracking.custom_gestures import CustomGestures
from fizzog_core.tracking.resting_face import RestingChoice, RestingFaces
from fizzog_core.tracking.smoothing import Smoother
from fizzog_core.tracking.tracker import Tracker
from fizzog_core.types import FrameResult, HandResult, Scores, SmoothedLabel, TrackedResult, TrackKey

NO_RESTING_FACE = RestingChoice()


class Interpreter:
    """Tracks and smooths the results of one stream. Not thread-safe."""

    def __init__(self) -> None:
        self._tracker = Tracker()
        self._smoother, self._unadjusted = Smoother(), Smoother()
        self._resting = RestingFaces()

    def update(
        self,
        raw: FrameResult,
        now_s: float,
        vocabulary: int = 7,
        custom: CustomGestures | None = None,
        resting: RestingChoice = NO_RESTING_FACE,
    ) -> TrackedResult:
        """The next frame's result with track ids and smoothed labels.

        ``now_s``: time of the frame, never less than in the call before. ``vocabulary``: 7, 6 or 5 emotions.
        ``custom``: gestures that the user has taught. ``resting``: whether faces are read against their resting faces.
        """
        result = self._tracker.update(raw, now_s)
        smoothed: dict[TrackKey, SmoothedLabel] = {}
        unadjusted: dict[TrackKey, SmoothedLabel] = {}
        words = EMOTION_VOCABULARIES[vocabulary]
        for face in result.faces or ():
            if face.emotion is not None:
                key = ("face", face.track_id or 0)
                read = self._resting.update(key[1], face.emotion, now_s, resting)
                smoothed[key] = self._smoother.update(key, read, now_s, words)
                if resting.on:
                    unadjusted[key] = self._unadjusted.update(key, face.emotion, now_s, words)
        for hand in result.hands or ():
            if hand.gesture is not None:
                key = ("hand", hand.track_id or 0)
                smoothed[key] = self._smoother.update(key, _with_custom(hand, hand.gesture, custom), now_s)
        self._smoother.keep(smoothed.keys(), now_s)
        self._unadjusted.keep(unadjusted.keys(), now_s)
        self._resting.keep([number for _, number in unadjusted], now_s)
        return TrackedResult(result, smoothed, unadjusted)


def _with_custom(hand: HandResult, scores: Scores, custom: CustomGestures | None) -> Scores:
    """``scores`` with the custom labels appended; a recognised custom gesture has probability 1."""
    if custom is None or not custom.names or hand.detection.landmarks_px is None:
        return scores
    match = custom.recognise(hand.detection.landmarks_px)
    if match.name is None:
        probabilities = np.concatenate([scores.probabilities, np.zeros(len(custom.names), np.float32)])
    else:
        probabilities = np.zeros(len(scores.labels) + len(custom.names), np.float32)
        probabilities[len(scores.labels) + custom.names.index(match.name)] = 1
    return Scores((*scores.labels, *custom.names), probabilities, scores.threshold)

"""Names of the tasks, and of the labels and keypoints that their networks predict."""

from __future__ import annotations

from typing import Literal, get_args

Task = Literal["emotion", "keypoints", "gesture"]
"""What a network predicts from one face or hand."""

TASKS: tuple[Task, ...] = get_args(Task)

EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The seven classes of FER2013 (Goodfellow et al. 2013), in the order of its labels 0..6."""

EMOTION_VOCABULARIES = {
    7: EMOTIONS,
    6: tuple(e for e in EMOTIONS if e != "disgust"),
    5: ("angry", "disgust", "happy", "sad", "surprise"),
}
"""The emotion label sets that a visitor can choose. Sets of 6 and 5 use the renormalised probabilities of the network
for 7 emotions."""

GESTURES = ("punch", "super", "loser", "victory", "none")
"""Gesture labels: the ASL letters A, F, L, V, and "none" for every other hand."""

GESTURE_LETTERS = {"A": "punch", "F": "super", "L": "loser", "V": "victory"}

KEYPOINT_NAMES = (
    "left_eye_center",
    "right_eye_center",
    "left_eye_inner_corner",
    "left_eye_outer_corner",
    "right_eye_inner_corner",
    "right_eye_outer_corner",
    "left_eyebrow_inner_end",
    "left_eyebrow_outer_end",
    "right_eyebrow_inner_end",
    "right_eyebrow_outer_end",
    "nose_tip",
    "mouth_left_corner",
    "mouth_right_corner",
    "mouth_center_top_lip",
    "mouth_center_bottom_lip",
)
"""The 15 points of Kaggle's Facial Keypoints Detection (2013), in its column order; left is the subject's left."""

LABELS: dict[str, tuple[str, ...]] = {"emotion": EMOTIONS, "keypoints": KEYPOINT_NAMES, "gesture": GESTURES}
"""Labels of each task in the default order. A model card may list the same labels in another order."""

NOT_SURE = "not sure"
"""Shown and exported in place of a label whose probability is below the rejection threshold."""

"""The names of a model card's metrics in words."""

from __future__ import annotations

from fizzog_core.networks.model_card import Metric

WORDS = {
    "accuracy": "7 classes",
    "accuracy_mirror_averaged": "7 classes, averaged with the mirrored picture",
    "accuracy_6_classes": "6 classes, without disgust",
    "accuracy_5_classes": "5 classes, without disgust and neutral",
    "accuracy_ferplus_majority": "7 classes, against the majority of the ten FER+ votes",
    "served_head_accuracy": "7 classes, of the served head",
    "served_head_balanced_accuracy_ferplus_majority": "mean recall, against the majority of the ten FER+ votes",
    "expressions_test_balanced_accuracy_mean_of_sources": "mean over the sources of the mean recall",
    "balanced_accuracy": "balanced accuracy (mean recall of the classes)",
    "macro_f1": "macro F1",
    "calibration_error": "expected calibration error",
    "balanced_accuracy_missed_hand_is_error": "balanced accuracy, a hand that was not found is an error",
    "balanced_accuracy_mirrored_hand": "balanced accuracy, every hand mirrored",
    "false_alarms_on_none": "false alarms on other hands",
    "hands_missed": "hands that were not found",
    "rmse_px": "RMSE",
    "rmse_px_shifted_10_percent_turned_20_degrees": "RMSE, box moved by 10 % and turned by 20°",
    "normalised_mean_error": "mean error by the distance between the eyes",
    "failure_rate_at_0.1": "faces with a mean error above a tenth of it",
    "own_detector_median_error": "median error with the face found by our detector, photographs in the wild",
    "own_detector_faces_missed": "faces that our detector missed there",
    "as_used_accuracy": "accuracy through our own detector and crop",
    "as_used_balanced_accuracy": "mean recall through our own detector and crop",
    "as_used_faces_missed": "faces that our detector missed",
    "coverage_when_sure": "answers kept by the published threshold",
    "accuracy_when_sure": "right among the answers kept",
}
"""Metric name, without its split, to words."""


def in_words(name: str, metric: Metric) -> str:
    """The name ``name`` of ``metric`` in words, without its split."""
    short = name.removeprefix(f"{metric.split.lower()}_")
    return WORDS.get(short, short.replace("_px_", " in px, ").replace("_", " "))

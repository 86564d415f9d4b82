"""Which views of each data set the data page offers, by the names that stand in its links."""

from __future__ import annotations

from pages.ui import (
    explore_changes,
    explore_fer2013,
    explore_gestures,
    explore_keypoints,
    explore_map,
    explore_samples,
)

VIEWS = {
    "fer2013": {
        "Counts": explore_fer2013.counts,
        "Samples": explore_samples.fer2013,
        "Augmentation": explore_changes.fer2013,
        "Pixels": explore_fer2013.pixels,
        "Duplicates": explore_fer2013.twins,
        "Labels and votes": explore_fer2013.labels,
        "Map": explore_map.show,
    },
    "keypoints": {
        "Counts": explore_keypoints.counts,
        "Samples": explore_samples.keypoints,
        "Augmentation": explore_changes.keypoints,
        "Pixels": explore_keypoints.pixels,
        "Duplicates": explore_keypoints.twins,
        "Points": explore_keypoints.points,
        "Subjects": explore_keypoints.subjects,
    },
    "gestures": {
        "Counts": explore_gestures.counts,
        "Samples": explore_samples.gestures,
        "Pixels": explore_gestures.pixels,
        "Sources and signers": explore_gestures.sources,
        "Duplicates": explore_gestures.twins,
        "Hand detector": explore_gestures.detector,
    },
}
OWN = "your own"
"""A visitor's own data set, which has one view."""

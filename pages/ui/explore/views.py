"""Which views of each data set the data page offers, by the names that stand in its links."""

from __future__ import annotations

from pages.ui.explore import changes, expressions, fer2013, gestures, keypoints, map, samples

VIEWS = {
    "fer2013": {
        "Counts": fer2013.counts,
        "Samples": samples.fer2013,
        "Augmentation": changes.fer2013,
        "Pixels": fer2013.pixels,
        "Duplicates": fer2013.duplicates,
        "Labels and votes": fer2013.labels,
        "Map": map.show,
    },
    "expressions": {
        "Counts": expressions.counts,
        "Samples": samples.expressions,
        "Pixels": expressions.pixels,
        "Sources": expressions.sources,
        "Duplicates": expressions.duplicates,
    },
    "keypoints": {
        "Counts": keypoints.counts,
        "Samples": samples.keypoints,
        "Augmentation": changes.keypoints,
        "Pixels": keypoints.pixels,
        "Duplicates": keypoints.duplicates,
        "Points": keypoints.points,
        "Subjects": keypoints.subjects,
    },
    "gestures": {
        "Counts": gestures.counts,
        "Samples": samples.gestures,
        "Pixels": gestures.pixels,
        "Sources and signers": gestures.sources,
        "Duplicates": gestures.duplicates,
        "Hand detector": gestures.detector,
    },
}
OWN = "your own"
"""A visitor's own data set, which has one view."""

"""Targets of the network with two heads on FER2013's rows, and the class shares of everyday pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fizzog_core.labels import EMOTIONS
from training.data.expressions import ExpressionData
from training.data.sets import VOTES_AS_EMOTIONS, EmotionData, Usage

CLASSES = len(EMOTIONS)
LABEL_SMOOTHING = 0.05
VOTES_SHARE = 0.3
"""Share of the FER+ votes in the target of the FER2013 head."""
OUTLIER_VOTES, CLEAR_VOTES = 1, 5
"""The served head's target ignores a class with ``OUTLIER_VOTES`` where another class has ``CLEAR_VOTES``."""
PRIOR_SOURCE = "rafdb"
"""With FER2013, the source whose class shares stand for everyday pictures; the others are posed or balanced."""
EVEN = 0.15


def fer_targets(data: EmotionData) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Targets (N, 7) of the served head, the FER+ votes without outliers, zeros where most people voted for none of
    EMOTIONS; and of the FER2013 head, the published label, smoothed, with a share of the votes."""
    assert data.votes is not None
    votes = data.votes[:, list(VOTES_AS_EMOTIONS)].astype(np.float32)
    most = votes.max(axis=1, keepdims=True)
    kept = np.where((votes <= OUTLIER_VOTES) & (most >= CLEAR_VOTES), 0, votes)
    served = kept / np.maximum(kept.sum(axis=1, keepdims=True), 1)
    served[data.votes[:, len(EMOTIONS) :].max(axis=1) > most[:, 0]] = 0
    share = VOTES_SHARE * (votes.sum(axis=1, keepdims=True) > 0)
    label = np.eye(CLASSES, dtype=np.float32)[data.emotion] * (1 - LABEL_SMOOTHING) + LABEL_SMOOTHING / CLASSES
    fer2013 = (1 - share) * label + share * votes / np.maximum(votes.sum(axis=1, keepdims=True), 1)
    return served.astype(np.float32), fer2013.astype(np.float32)


def log_prior(fer: EmotionData, expressions: ExpressionData) -> NDArray[np.float64]:
    """(7,) log of the mean of the class shares of FER2013's votes and of PRIOR_SOURCE, with a share of EVEN uniform;
    training rows only."""
    votes = fer_targets(fer)[0][fer.usage == Usage.TRAINING].sum(axis=0)
    own = expressions.emotion[(expressions.split == "train") & (expressions.source == PRIOR_SOURCE)]
    counts = np.bincount(own, minlength=CLASSES)
    shares = votes / max(votes.sum(), 1) + counts / max(counts.sum(), 1)
    return np.log((1 - EVEN) * shares / shares.sum() + EVEN / CLASSES)

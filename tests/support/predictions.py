"""Predictions of a random classifier with five classes, rounded so that scores have ties."""

import numpy as np

RNG = np.random.default_rng(3)
K = 5
Y_TRUE = RNG.integers(0, K, 400)
LOGITS = RNG.normal(size=(400, K)) + 1.2 * np.eye(K)[Y_TRUE]
SHARES = (np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)).round(3)
Y_PRED = SHARES.argmax(axis=1)
LABELS = tuple("abcde")

"""Fewer resamples: these tests compare figures with one another and do not read their intervals."""

import pytest

from training.evaluation import metrics


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "DRAWS", 20)

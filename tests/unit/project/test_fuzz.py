"""Mutated uploads: no crash, no exception but Fizzog's own, no read above 10 s, memory within the limit."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import fuzz
from fizzog_core.errors import FizzogError


@pytest.mark.parametrize("kind", fuzz.KINDS)
def test_each_valid_file_is_read(kind: str) -> None:
    fuzz.read(kind, fuzz.valid(kind))
    with pytest.raises(FizzogError):
        fuzz.read(kind, b"")


def test_mutations_differ_and_can_be_repeated() -> None:
    content = fuzz.valid("png")
    made = {fuzz.mutated(content, np.random.default_rng([0, case])) for case in range(50)}
    assert len(made) > 45
    assert fuzz.mutated(content, np.random.default_rng([0, 7])) in made


def test_three_hundred_mutations() -> None:
    report = fuzz.run(300, seed=2026, total_s=120)
    assert report.failures == ()
    assert report.cases == 300
    assert 30 < report.read < 300
    assert 0 < report.peak_bytes < 1_000_000_000

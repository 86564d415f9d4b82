import numpy as np
import pandas as pd
import pytest

from fizzog_core.datasets import vote_stats
from fizzog_core.datasets.vote_stats import TIE, VOTES


def votes(**given: int) -> np.ndarray:
    return np.array([given.get(name.replace(" ", "_"), 0) for name in VOTES], dtype=np.uint8)


@pytest.mark.parametrize(
    ("given", "label", "majority", "entropy", "credit"),
    [
        ({}, "sad", TIE, 0.0, 0.0),
        ({"happy": 10}, "happy", "happy", 0.0, 1.0),
        ({"happy": 10}, "sad", "happy", 0.0, 0.0),
        ({"sad": 5, "neutral": 5}, "sad", TIE, 1.0, 0.5),
        ({"not_a_face": 8, "sad": 2}, "sad", "not a face", 0.7219, 1.0),
        ({"contempt": 10}, "angry", "contempt", 0.0, 0.0),
    ],
)
def test_one_face(given: dict[str, int], label: str, majority: str, entropy: float, credit: float) -> None:
    found = vote_stats.table(votes(**given)[None], np.array([label])).iloc[0]
    assert (found["majority"], found["entropy"], found["credit"]) == (majority, pytest.approx(entropy), credit)


def test_ceiling() -> None:
    rows = pd.DataFrame({"label": ["sad", "sad", "happy", "fear"], "majority": ["sad", "happy", "happy", TIE]})
    found = vote_stats.ceiling(rows.assign(credit=[1, 0, 1, 0.5]))
    assert found == {"all_rows": 0.625, "clear_rows": pytest.approx(2 / 3), "clear_share": 0.75}
    assert np.isnan(vote_stats.ceiling(rows[:0].assign(credit=[]))["clear_share"])


def test_repeated() -> None:
    rows = pd.DataFrame(
        [("sad", "neutral", "sad"), ("sad", "neutral", "neutral"), ("sad", "neutral", "fear"),
         ("sad", "neutral", "sad"), ("fear", "sad", "sad"),
         ("sad", "sad", "fear"), ("sad", TIE, "sad"), ("sad", "unknown", "sad")],
        columns=["label", "majority", "prediction"],
    )  # fmt: skip
    found = vote_stats.repeated(rows)
    assert found.to_numpy().tolist() == [["sad", "neutral", 4, 0.5, 0.25, 0.25], ["fear", "sad", 1, 0.0, 1.0, 0.0]]
    assert vote_stats.repeated(rows[:0]).empty

"""What a prepare command says of its run."""

import json
from pathlib import Path

import numpy as np

from training.data.duplicates import Duplicates, Overlap
from training.data.reports import SHOWN, Refusal, Report


def test_an_empty_report_says_so() -> None:
    assert Report("fer2013").as_text() == "prepare fer2013\nkept 0 rows\nrefused 0\n"


def test_counts_go_by_the_order_of_the_splits() -> None:
    report = Report("fer2013")
    report.count(["test", "train", "test"], ("train", "validation", "test"))
    assert report.kept == {"train": 1, "validation": 0, "test": 2}


def test_everything_is_in_the_files(tmp_path: Path) -> None:
    found = Duplicates((Overlap("test", "train", 2, 3),), np.array([[5, 1]]), np.array([[6, 1]]))
    refused = [Refusal(f"row {n}", "too short") for n in range(SHOWN + 2)]
    report = Report("fer2013", {"a.csv": "ab12"}, {"train": 1234, "test": 5}, refused, ["a note"], found)
    report.write(tmp_path / "new" / "emotion.npz")
    text = (tmp_path / "new" / "emotion.report.txt").read_text()
    for line in (
        "read a.csv  SHA-256 ab12", "kept 1,239 rows: train 1,234, test 5", f"refused {SHOWN + 2}",
        "  row 0: too short", "  and 2 more, see the report's JSON", "a note", "  test in train: 2 exact, 3 near",
    ):  # fmt: skip
        assert line in text.splitlines()
    stored = json.loads((tmp_path / "new" / "emotion.report.json").read_text())
    assert len(stored["refused"]) == SHOWN + 2
    assert stored["refused"][21] == {"where": "row 21", "reason": "too short"}
    assert stored["duplicates"] == {
        "overlaps": [{"later": "test", "earlier": "train", "exact": 2, "near": 3}],
        "exact_rows": [[5, 1]],
        "near_rows": [[6, 1]],
    }

"""Sources held out in turn."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fizzog_core.labels import GESTURES
from tests.support import tiny_data
from training.data.sets import GestureData
from training.fit import configs, train
from training.release import leave_one_source_out

pytestmark = pytest.mark.slow


@pytest.fixture
def data() -> GestureData:
    return replace(tiny_data.gesture_data(), source=np.array([("a", "b", "c")[i % 3] for i in range(45)]))


def test_a_source_that_is_held_out_is_nowhere_else(data: GestureData) -> None:
    parted = leave_one_source_out.without(data, data, ["b"])
    np.testing.assert_array_equal(parted.split[:45] == "test", data.source == "b")
    assert set(parted.source[parted.split == "train"]) == {"a", "c"}
    joined = (data.source != "b") & (data.split != "validation")  # of own hands, none that validates
    assert len(parted.split) == 45 + joined.sum()
    assert "validation" in parted.split


def test_a_missed_hand_is_an_error_and_an_empty_picture_is_not(data: GestureData) -> None:
    rows = replace(data, gesture=np.full(45, 4), label=np.array(["nothing", "B", "B"] * 15), found=np.zeros(45, bool))
    none = np.eye(len(GESTURES), dtype=np.float32)[rows.gesture]
    found = leave_one_source_out.line("a", rows, none)
    assert found["hands_missed"] == 30
    assert found["balanced_accuracy"] == pytest.approx(1 / 3, abs=1e-4)
    assert found["false_alarms_on_none"] == 0
    gestures_only = replace(rows, gesture=np.zeros(45, np.int64))
    assert leave_one_source_out.line("a", gestures_only, none)["false_alarms_on_none"] is None


def test_every_source_gets_a_line_and_lines_that_are_there_stay(
    data: GestureData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "faster_policy", lambda *_: "float32")
    out = tmp_path / "sources.csv"
    out.write_text("source,rows,signers,hands_missed,balanced_accuracy,false_alarms_on_none\na,1,1,0,0.5,0.25\n")
    own = replace(data, found=np.zeros(45, bool))
    table = leave_one_source_out.hold_out(configs.find("gesture_landmarks", smoke=True), data, own, out, together=2)
    assert table["source"].tolist() == ["a", "b", "c"]
    assert table["balanced_accuracy"][0] == 0.5
    assert table["rows"].tolist() == [1, 15, 15]
    assert table["hands_missed"].tolist() == [0, 15, 15], "own hands are what is measured"
    assert len(out.read_text().splitlines()) == 4

"""The figures shown are those of the cards."""

import json
from pathlib import Path

import pandas as pd
import pytest

from fizzog_core import settings
from fizzog_core.errors import DataError, ModelError
from fizzog_core.evaluation import headlines


def publish(folder: Path, task: str, metrics: dict[str, dict]) -> None:
    card = {
        "task": task, "name": "tiny", "input": "pixels", "input_size": 8, "channels": 1, "labels": ["a", "b"],
        "crop_margin": 0.1, "parameters": 12345, "multiply_adds": 1, "dataset": "none", "split_sizes": {}, "config": {},
        "seed": 0, "metrics": metrics, "limits": [], "licence": "none",
    }  # fmt: skip
    (folder / task).mkdir(parents=True)
    (folder / task / "card.json").write_text(json.dumps(card))


def test_nothing_published(tmp_path: Path) -> None:
    assert headlines.table(tmp_path).empty
    assert list(headlines.table(tmp_path).columns) == list(headlines.COLUMNS)


def test_rows_come_from_the_cards(tmp_path: Path) -> None:
    share = {"value": 0.6612, "low": 0.65, "high": 0.68, "rows": 3589, "split": "PrivateTest"}
    publish(tmp_path, "emotion", {"privatetest_accuracy": share, "other": share})
    pixels = {"value": 1.8123, "low": 1.7, "high": 1.9, "rows": 1725, "split": "test", "unit": "px of 96"}
    publish(tmp_path, "keypoints", {"test_rmse_px": pixels})
    rows = headlines.table(tmp_path)
    assert rows["network"].tolist() == ["keypoints", "emotion"]
    assert rows["value"].tolist() == ["1.81 px of 96", "66.1 %"]
    assert rows["95 % interval"].tolist() == ["1.7 to 1.9", "65.0 % to 68.0 %"]
    assert rows["measured on"].tolist() == ["1,725 rows of test", "3,589 rows of PrivateTest"]


def test_a_damaged_card(tmp_path: Path) -> None:
    (tmp_path / "emotion").mkdir()
    (tmp_path / "emotion" / "card.json").write_text("{}")
    with pytest.raises(ModelError, match="not a model card"):
        headlines.table(tmp_path)


def test_writes_between_the_marks_only() -> None:
    rows = pd.DataFrame([["a", "b"]], columns=["x", "y"])
    readme = f"before\n{headlines.BEGIN}\nold\n{headlines.END}\nafter"
    written = headlines.with_figures(readme, rows)
    assert written == f"before\n{headlines.BEGIN}\n| x | y |\n| --- | --- |\n| a | b |\n{headlines.END}\nafter"
    assert headlines.with_figures(written, rows) == written


@pytest.mark.parametrize("readme", ["", headlines.BEGIN, headlines.END + headlines.BEGIN])
def test_marks_are_missing(readme: str) -> None:
    with pytest.raises(DataError, match="Put them back"):
        headlines.with_figures(readme, pd.DataFrame())


def test_readme_is_up_to_date() -> None:
    readme = (settings.ROOT / "README.md").read_text(encoding="utf-8")
    rows = headlines.table(settings.ROOT / "models")
    assert readme == headlines.with_figures(readme, rows), "run: make figures"


def test_every_published_network_has_its_headlines() -> None:
    rows = headlines.table(settings.ROOT / "models")
    for task in rows["network"].unique():
        assert len(rows[rows["network"] == task]) == len(headlines.HEADLINES[task])

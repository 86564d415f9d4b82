"""Published figures are complete, and our runs stand beside them with the right words."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fizzog_core.evaluation import baselines, runs
from fizzog_core.labels import TASKS
from tests.support import training_runs


@pytest.mark.parametrize("task", TASKS)
def test_every_published_figure_names_its_source_and_split(task: str) -> None:
    table = baselines.published(task)
    assert len(table)
    for column in ("name", "kind", "unit", "measure", "split", "extra_data", "test_time_augmentation", "source"):
        assert (table[column] != "").all()
    shares = table[table["unit"] == "share"]["value"].dropna()
    assert shares.between(0, 1).all()


def test_figures_on_fer2013_have_its_sampling_error() -> None:
    table = baselines.published("emotion").set_index("name")
    line = table.loc["ResMaskNet"]
    half = 1.96 * np.sqrt(line["value"] * (1 - line["value"]) / 3589)
    np.testing.assert_allclose([line["low"], line["high"]], [line["value"] - half, line["value"] + half], atol=5e-4)
    assert np.isnan(table.loc["emotion model 2", "low"])


def test_the_often_quoted_figure_is_not_called_private_test() -> None:
    table = baselines.published("emotion").set_index("name")
    assert table.loc["VGG of Khaireddin and Chen", "split"] == "PublicTest"


def test_a_card_has_headline_figures(tmp_path: Path) -> None:
    found = runs.discover(*training_runs.everything(tmp_path))
    table = baselines.of_run(found[0])
    said = table[["value", "split", "classes", "test_time_augmentation"]].astype(object).to_numpy().tolist()
    assert said == [
        [0.66, "PrivateTest", 7, "no"],
        [0.67, "PrivateTest", 7, "yes"],
        [0.68, "PrivateTest", 6, "no"],
        [0.75, "PrivateTest", 5, "no"],
        [0.64, "PublicTest", 7, "no"],
    ]
    assert "chosen on them" in table["note"].iloc[-1]


def test_a_run_without_a_card_is_described_by_its_best_epoch(tmp_path: Path) -> None:
    found = {run.name: run for run in runs.discover(*training_runs.everything(tmp_path))}
    line = baselines.of_run(found["emotion_residual"]).iloc[0]
    assert line["value"] == pytest.approx(training_runs.history("accuracy", 3)["val_accuracy"].max())
    assert "not measured on test rows" in line["note"]
    assert np.isnan(line["low"])


def test_comparison_holds_our_runs_and_the_published_figures(tmp_path: Path) -> None:
    found = runs.discover(*training_runs.everything(tmp_path))
    table = baselines.comparison("emotion", found)
    assert set(table["kind"]) == {"our network", "our run", "published", "measured by us", "source project"}
    empty = baselines.comparison("emotion", ())
    pd.testing.assert_series_equal(empty["name"], baselines.published("emotion")["name"].reset_index(drop=True))


def test_reruns_stand_beside_what_was_reported(tmp_path: Path) -> None:
    found = runs.discover(*training_runs.everything(tmp_path))
    table = baselines.reruns("emotion", found).set_index("name")
    assert table.loc["emotion model 2", "reported"] == 0.656
    assert table.loc["emotion model 2", "ours"] == pytest.approx(
        training_runs.history("accuracy", 4)["val_accuracy"].max()
    )
    assert np.isnan(table.loc["emotion model 1", "ours"])

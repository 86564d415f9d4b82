"""The cards as Markdown."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

from fizzog_core.datasets.summaries import DatasetCard
from fizzog_core.evaluation import metric_names, readmes
from fizzog_core.networks import model_card
from fizzog_core.networks.model_card import Metric, ModelCard

CARD = ModelCard(
    task="emotion", name="tiny", input="pixels", input_size=48, channels=1, labels=("happy", "sad"), crop_margin=0.1,
    not_sure_below=0.44, parameters=12345, multiply_adds=1000, dataset="Drawn faces", split_sizes={"trained_on": 1200},
    config={"epochs": 3}, seed=1, metrics={}, limits=("Sees drawings only.",), licence="MIT.",
)  # fmt: skip
DATASET = DatasetCard(
    name="drawn", title="Drawn faces", about="Two faces.", origin="A pencil.", licence="MIT.", faults=("Few.",),
    rows={"train": 1500}, checksums={"faces.npz": "abc"}, figures={},
)  # fmt: skip


@pytest.mark.parametrize(
    ("metrics", "rows"),
    [
        ({}, []),
        (
            {"test_accuracy": Metric(0.7012, 0.69, 0.71, 3589, "test")},
            ["### test", "| 7 classes | 70.1 % | 69.0 % to 71.0 % | 3,589 |"],
        ),
        (
            {"test_rmse_px": Metric(1.3, 1.264, 1.334, 20, "test", "px of 96")},
            ["| RMSE | 1.3 px of 96 | 1.26 to 1.33 | 20 |"],
        ),
    ],
)
def test_model_readme_lists_each_metric(metrics: dict[str, Metric], rows: list[str]) -> None:
    text = readmes.model_readme(dataclasses.replace(CARD, metrics=metrics))
    assert [row for row in rows if row not in text.splitlines()] == []
    assert text.count("### ") == len({metric.split for metric in metrics.values()})


@pytest.mark.parametrize(
    "line",
    [
        "- Sees drawings only.",
        "Drawn faces",
        "| trained on | 1,200 |",
        "MIT.",
        "| labels | happy, sad |",
        "| epochs | 3 |",
    ],
)
def test_model_readme_matches_the_card(line: str) -> None:
    assert line in readmes.model_readme(CARD).splitlines()


@pytest.mark.parametrize(("threshold", "said"), [(0.0, False), (0.44, True)])
def test_a_threshold_of_zero_rejects_nothing(threshold: float, said: bool) -> None:
    text = readmes.model_readme(dataclasses.replace(CARD, not_sure_below=threshold))
    assert ("rejection threshold" in text) is said


@pytest.mark.parametrize(("figures", "row"), [({}, None), ({"near_duplicates": 2458.0}, "| near duplicates | 2,458 |")])
def test_dataset_readme(figures: dict[str, float], row: str | None) -> None:
    lines = readmes.dataset_readme(dataclasses.replace(DATASET, figures=figures)).splitlines()
    assert {"# Data set: Drawn faces", "Licence: MIT.", "- Few.", "| train | 1,500 |", "| faces.npz | `abc` |"} <= set(
        lines
    )
    assert (row in lines) if row else ("## Figures" not in lines)


@pytest.mark.parametrize(
    ("name", "split", "words"),
    [
        ("unheard_of", "test", "unheard of"),
        ("privatetest_accuracy", "PrivateTest", "7 classes"),
        ("test_mean_error_px_nose_tip", "test", "mean error in px, nose tip"),
    ],
)
def test_metric_names(name: str, split: str, words: str) -> None:
    assert metric_names.in_words(name, Metric(0.5, 0.4, 0.6, 10, split)) == words


def test_recalls_by_source_and_class_have_rows_intervals_and_the_mistake() -> None:
    share = [0.9] * 15 + [0.2] * 5
    rows = pd.DataFrame({"source": "drawn", "label": "happy", "happy": share, "sad": [1 - p for p in share]})
    few = pd.DataFrame({"source": "few", "label": "sad", "happy": [0.1] * 9, "sad": [0.9] * 9})
    perfect = pd.DataFrame({"source": "painted", "label": "sad", "happy": [0.1] * 10, "sad": [0.9] * 10})
    lines = readmes.model_readme(CARD, pd.concat([rows, few, perfect], ignore_index=True)).splitlines()
    assert "| drawn | happy | 75.0 % | 53.1 % to 88.8 % | 20 | sad 25.0 % |" in lines
    assert "| painted | sad | 100.0 % | 72.2 % to 100.0 % | 10 | none |" in lines
    assert not [line for line in lines if line.startswith("| few")]


def test_a_published_folder_without_sources_has_no_recalls_by_source(tmp_path: Path) -> None:
    model_card.save(CARD, tmp_path)
    assert readmes.published_readme(tmp_path) == readmes.model_readme(CARD)

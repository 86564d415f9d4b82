from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import pytest

from fizzog_core.charts import datasets as dataset_charts
from fizzog_core.charts import theme
from fizzog_core.datasets import image_stats, keypoint_stats, summaries, vote_stats
from fizzog_core.drawing.palette import EMOTION_COLORS
from fizzog_core.labels import EMOTIONS

ROWS = pd.DataFrame(
    {"label": ["sad", "happy", "sad"], "split": ["Training", "Training", "PublicTest"], "size": [1, 2, 3]}
)
COUNTS = summaries.counts(ROWS)
POINTS = np.random.default_rng(0).normal(48, 5, (20, 15, 2)).astype(np.float32)
FOUND = keypoint_stats.ellipses(keypoint_stats.moments(POINTS, pd.DataFrame({"split": ["all"] * 20})))
PLACES = pd.DataFrame(
    {
        "row": [3, 5],
        "x": [0.0, 1],
        "y": [1.0, 0],
        "label": ["sad", "fear"],
        "prediction": ["sad", "sad"],
        "score": [1, 0.5],
    }
)
REPEATED = vote_stats.repeated(pd.DataFrame({"label": ["sad"], "majority": ["fear"], "prediction": ["sad"]}))
CHARTS = {
    "bars": lambda: dataset_charts.counts_bars(COUNTS, "label", EMOTIONS, ["Training", "PublicTest"]),
    "scatter": lambda: dataset_charts.counts_scatter(COUNTS, "label", EMOTIONS, ["Training", "PublicTest"]),
    "distributions": lambda: dataset_charts.distributions(
        image_stats.histogram(ROWS["size"], ROWS["label"]), ["sad", "happy"]
    ),
    "heat map": lambda: dataset_charts.heat_map(COUNTS, "split", "label", "share", x_order=[], y_order=EMOTIONS),
    "heat map without numbers": lambda: dataset_charts.heat_map(
        COUNTS, "split", "label", "count", x_order=[], y_order=EMOTIONS, percent=False, numbers=False
    ),
    "one bar a line": lambda: dataset_charts.bars(COUNTS, "label", "count", "rows", percent=False),
    "sides": lambda: dataset_charts.sides(REPEATED),
    "clouds": lambda: dataset_charts.point_clouds(
        keypoint_stats.clouds(POINTS, np.full(20, "all")), FOUND, keypoint_stats.outlines(FOUND)
    ),
    "map": lambda: dataset_charts.embedding_map(PLACES, "label", EMOTIONS),
}


def scale(values: list[str]) -> dict[str, Any]:
    """The colour scale of a column with ``values``."""
    color = dataset_charts.color("label", values).to_dict()
    assert isinstance(color, dict)
    return color["scale"]


@pytest.mark.parametrize("name", CHARTS)
def test_charts_are_valid(name: str) -> None:
    """Altair checks the specification against Vega-Lite's schema."""
    assert CHARTS[name]().to_dict(validate=True)["$schema"].startswith("https://vega.github.io")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], []),
        (["sad", "happy"], [EMOTION_COLORS["sad"], EMOTION_COLORS["happy"]]),
        (["happy", "sad"], [EMOTION_COLORS["happy"], EMOTION_COLORS["sad"]]),
        (["cat", "dog"], list(theme.SEQUENCE[:2])),
    ],
)
def test_a_label_keeps_its_colour(values: list[str], expected: list[str]) -> None:
    assert scale(values) == {"domain": values, "range": expected}


def test_many_own_classes_take_the_colours_in_turn() -> None:
    colours = scale([f"class {i}" for i in range(20)])["range"]
    assert len(colours) == 20
    assert set(colours) == set(theme.SEQUENCE)


def test_every_count_is_in_the_chart() -> None:
    chart = dataset_charts.counts_bars(COUNTS, "label", EMOTIONS, ["Training"])
    assert isinstance(chart.data, pd.DataFrame)
    assert chart.data["count"].sum() == len(ROWS)


def test_the_map_can_be_brushed() -> None:
    params = dataset_charts.embedding_map(PLACES, "label", EMOTIONS).to_dict()["params"]
    assert [(param["name"], param["select"]["type"]) for param in params] == [("brush", "interval")]


def test_numbers_in_dark_cells_are_white() -> None:
    chart = dataset_charts.heat_map(COUNTS, "split", "label", "share", x_order=[], y_order=[])
    assert isinstance(chart, alt.LayerChart)
    color = chart.to_dict()["layer"][1]["encoding"]["color"]
    assert color["condition"]["value"] == "white"

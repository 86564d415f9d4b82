import altair as alt
import numpy as np
import pandas as pd
import pytest

from fizzog_core import charts_data, datasets, picture_statistics, point_statistics, vote_statistics
from fizzog_core.palette import EMOTION_COLORS
from fizzog_core.types import EMOTIONS

ROWS = pd.DataFrame(
    {"label": ["sad", "happy", "sad"], "split": ["Training", "Training", "PublicTest"], "size": [1, 2, 3]}
)
COUNTS = datasets.counts(ROWS)
POINTS = np.random.default_rng(0).normal(48, 5, (20, 15, 2)).astype(np.float32)
FOUND = point_statistics.ellipses(point_statistics.moments(POINTS, pd.DataFrame({"split": ["all"] * 20})))
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
REPEATED = vote_statistics.repeated(pd.DataFrame({"label": ["sad"], "majority": ["fear"], "prediction": ["sad"]}))
CHARTS = {
    "bars": lambda: charts_data.counts_bars(COUNTS, "label", EMOTIONS, ["Training", "PublicTest"]),
    "scatter": lambda: charts_data.counts_scatter(COUNTS, "label", EMOTIONS, ["Training", "PublicTest"]),
    "distributions": lambda: charts_data.distributions(
        picture_statistics.histogram(ROWS["size"], ROWS["label"]), ["sad", "happy"]
    ),
    "heat map": lambda: charts_data.heat_map(COUNTS, "split", "label", "share", x_order=[], y_order=EMOTIONS),
    "heat map without numbers": lambda: charts_data.heat_map(
        COUNTS, "split", "label", "count", x_order=[], y_order=EMOTIONS, percent=False, numbers=False
    ),
    "one bar a line": lambda: charts_data.bars(COUNTS, "label", "count", "rows", percent=False),
    "sides": lambda: charts_data.sides(REPEATED),
    "clouds": lambda: charts_data.point_clouds(
        point_statistics.clouds(POINTS, np.full(20, "all")), FOUND, point_statistics.outlines(FOUND)
    ),
    "map": lambda: charts_data.embedding_map(PLACES, "label", EMOTIONS),
}


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
        (["cat", "dog"], list(charts_data.SPARE[:2])),
    ],
)
def test_a_label_keeps_its_colour(values: list[str], expected: list[str]) -> None:
    assert charts_data.color("label", values).to_dict()["scale"] == {"domain": values, "range": expected}


def test_many_own_classes_take_the_colours_in_turn() -> None:
    colours = charts_data.color("label", [f"class {i}" for i in range(20)]).to_dict()["scale"]["range"]
    assert len(colours) == 20
    assert set(colours) == set(charts_data.SPARE)


def test_every_count_is_in_the_chart() -> None:
    chart = charts_data.counts_bars(COUNTS, "label", EMOTIONS, ["Training"])
    assert isinstance(chart.data, pd.DataFrame)
    assert chart.data["count"].sum() == len(ROWS)


def test_the_map_can_be_brushed() -> None:
    params = charts_data.embedding_map(PLACES, "label", EMOTIONS).to_dict()["params"]
    assert [(param["name"], param["select"]["type"]) for param in params] == [("brush", "interval")]


def test_numbers_in_dark_cells_are_white() -> None:
    chart = charts_data.heat_map(COUNTS, "split", "label", "share", x_order=[], y_order=[])
    assert isinstance(chart, alt.LayerChart)
    color = chart.to_dict()["layer"][1]["encoding"]["color"]
    assert color["condition"]["value"] == "white"

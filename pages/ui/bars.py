"""A bar for each label's probability."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from fizzog_core.drawing import palette
from fizzog_core.labels import NOT_SURE
from fizzog_core.types import Scores

Chart = tuple[pd.DataFrame, dict[str, Any]]
"""Rows and a Vega-Lite chart of them, for ``st.vega_lite_chart``. Written out, not made with Altair, which is too slow
for a chart that is drawn every second: docs/decisions/016-busy-servers.md."""


def probability_bars(scores: Scores, raw: Scores | None = None) -> Chart:
    """Horizontal bars in the order of the labels, each in its label's colour, with name and share beside it, and a tick
    for each label's probability in ``raw``.

    The shares stand in the axis because Streamlit colours an axis, but not a text mark, for light and dark pages.
    Each layer says that it has no axis: where one of three leaves it open, Vega-Lite draws nothing at all.
    """
    shares = [f"{label}  {p:.0%}" for label, p in scores.as_dict().items()]
    table = pd.DataFrame({"label": scores.labels, "share": shares, "probability": scores.probabilities, "whole": 1.0})
    axis = {"ticks": False, "domain": False, "labelFontSize": 13, "labelLimit": 200}
    bar = {"type": "bar", "cornerRadius": 4, "height": {"band": 0.72}}
    color = {"field": "label", "type": "nominal", "scale": label_colors(scores.labels), "legend": None}
    layers = [
        {"mark": bar | {"color": palette.UNSURE, "opacity": 0.15}, "encoding": {"x": _along("whole")}},
        {"mark": bar, "encoding": {"x": _along("probability"), "color": color}},
    ]
    if raw is not None:
        table["raw"] = [raw.as_dict()[label] for label in scores.labels]
        tick = {"type": "tick", "thickness": 2, "size": 16, "color": "#888888"}
        layers.append({"mark": tick, "encoding": {"x": _along("raw")}})
    shared = {
        "y": {"field": "share", "type": "nominal", "sort": None, "title": None, "axis": axis},
        "tooltip": [
            {"field": "label", "type": "nominal"},
            {"field": "probability", "type": "quantitative", "format": ".1%"},
        ],
    }
    return table, {"height": 26 * len(scores.labels), "encoding": shared, "layer": layers}


def _along(field: str) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", "scale": {"domain": [0, 1]}, "axis": None}


def label_colors(labels: Sequence[str]) -> dict[str, list[str]]:
    """Each label's colour, as the scale of a chart; a sign that was taught has one that no other label has."""
    known = palette.LABEL_COLORS | {NOT_SURE: palette.UNSURE}
    return {"domain": list(labels), "range": [known.get(label, palette.CUSTOM_COLOR) for label in labels]}

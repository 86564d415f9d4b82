"""Charts of a live session; each function gives a chart."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from fizzog_core.labels import NOT_SURE
from fizzog_core.live.session_log import PERIOD_S, TIMELINE_S, Entry
from pages.ui.bars import Chart, label_colors

AROUND_PX = 150
"""Pixels of the timeline's height for axis, title and legend."""


def timeline(entries: Sequence[Entry], now_s: float) -> Chart:
    """The last minute: a row for each face and hand, a coloured piece for each half second; now is on the right."""
    table = _table(entries, now_s)
    colors = label_colors(sorted(set(table["label"])))
    return table, {
        "height": 28 * table["who"].nunique() + AROUND_PX,
        "view": {"stroke": None},
        "mark": {"type": "bar", "height": {"band": 0.7}},
        "encoding": {
            "x": {
                "field": "from",
                "type": "quantitative",
                "scale": {"domain": [-TIMELINE_S, 0]},
                "title": "seconds ago",
            },
            "x2": {"field": "to"},
            "y": {"field": "who", "type": "nominal", "title": None, "sort": "ascending"},
            "color": {
                "field": "label",
                "type": "nominal",
                "scale": colors,
                "legend": {"orient": "bottom", "title": None},
            },
            "opacity": {
                "field": "score",
                "type": "quantitative",
                "scale": {"domain": [0, 1], "range": [0.35, 1]},
                "legend": None,
            },
            "tooltip": [
                {"field": "who", "type": "nominal"},
                {"field": "label", "type": "nominal"},
                {"field": "score", "type": "quantitative", "format": ".0%"},
            ],
        },
    }


def _table(entries: Sequence[Entry], now_s: float) -> pd.DataFrame:
    """A row for each entry: who, from and to in seconds before now, label, score."""
    rows = [
        {
            "who": f"{entry.kind} {entry.track_id}",
            "from": entry.at_s - now_s,
            "to": min(0.0, entry.at_s - now_s + PERIOD_S),
            "label": entry.label or NOT_SURE,
            "score": entry.score,
        }
        for entry in entries
    ]
    table = pd.DataFrame(rows, columns=["who", "from", "to", "label", "score"])
    return table.astype(dict.fromkeys(("from", "to", "score"), "float64"))

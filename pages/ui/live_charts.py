"""Charts of a live session; each function gives a chart."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from fizzog_core.journal import PERIOD_S, TIMELINE_S, Entry
from fizzog_core.tables import NOT_SURE
from pages.ui.bars import label_colors

AROUND_PX = 150
"""What the timeline's axis, title and legend take of its height."""


def timeline(entries: Sequence[Entry], now_s: float) -> alt.TopLevelMixin:
    """The last minute: a row for each face and hand, a coloured piece for each half second; now is on the right."""
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
    table = table.astype(dict.fromkeys(("from", "to", "score"), "float64"))
    labels = sorted(set(table["label"]))
    return (
        alt.Chart(table)
        .mark_bar(height={"band": 0.7})
        .encode(
            x=alt.X("from:Q", scale=alt.Scale(domain=[-TIMELINE_S, 0]), title="seconds ago"),
            x2="to",
            y=alt.Y("who:N", title=None, sort="ascending"),
            color=alt.Color("label:N", scale=label_colors(labels), legend=alt.Legend(orient="bottom", title=None)),
            opacity=alt.Opacity("score:Q", scale=alt.Scale(domain=[0, 1], range=[0.35, 1]), legend=None),
            tooltip=["who:N", "label:N", alt.Tooltip("score:Q", format=".0%")],
        )
        .properties(height=28 * table["who"].nunique() + AROUND_PX)
        .configure_view(stroke=None)
    )

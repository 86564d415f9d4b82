"""Charts of a video; each function gives a chart."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from fizzog_core.drawing import palette
from fizzog_core.labels import NOT_SURE
from fizzog_core.tracking import timeline
from fizzog_core.tracking.timeline import Interval
from pages.ui.bars import label_colors

CHOSEN = "stretch"
"""Name of the selection that a click on the timeline makes; it holds ``start_s``."""
MAX_INTERVALS = 2_000
"""Largest number of bars in the timeline; of more, only the longest are drawn."""

_CLOCK = "floor(datum.value / 60) + ':' + format(datum.value % 60, '04.1f')"


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds: 83.25 is 1:23.2."""
    minutes, rest = divmod(round(seconds, 1), 60)
    return f"{minutes:.0f}:{rest:04.1f}"


def timeline_chart(intervals: Sequence[Interval], duration_s: float) -> alt.Chart:
    """A row for each face and hand, a coloured bar for each interval of a label; a click selects one."""
    drawn = sorted(intervals, key=lambda interval: -interval.seconds)[:MAX_INTERVALS]
    table = timeline.to_frame(sorted(drawn, key=lambda interval: (interval.kind, interval.track_id, interval.start_s)))
    table["who"] = table["kind"] + " " + table["track_id"].astype(str)
    table["from"], table["to"] = table["start_s"].map(clock), table["end_s"].map(clock)
    chosen = alt.selection_point(name=CHOSEN, fields=["start_s", "who"], on="click", empty=True)
    return (
        alt.Chart(table)
        .mark_bar(height={"band": 0.75}, cursor="pointer", cornerRadius=2)
        .encode(
            x=alt.X(
                "start_s:Q",
                title="time in the video",
                scale=alt.Scale(domain=[0, max(duration_s, 0.1)], nice=False),
                axis=alt.Axis(labelExpr=_CLOCK),
            ),
            x2="end_s:Q",
            y=alt.Y("who:N", title=None, sort=None),
            color=_color(table),
            opacity=alt.condition(chosen, alt.value(1), alt.value(0.35)),
            tooltip=["who", "label", "from", "to", alt.Tooltip("peak_score:Q", title="clearest", format=".0%")],
        )
        .add_params(chosen)
        .properties(height=_height(table))
    )


def seconds_chart(intervals: Sequence[Interval]) -> alt.Chart:
    """Seconds of each label, for each face and hand."""
    table = timeline.seconds_per_label(intervals)
    table["who"] = table["kind"] + " " + table["track_id"].astype(str)
    return (
        alt.Chart(table)
        .mark_bar(height={"band": 0.75})
        .encode(
            x=alt.X("seconds:Q", title="seconds"),
            y=alt.Y("who:N", title=None, sort=None),
            color=_color(table),
            tooltip=["who", "label", alt.Tooltip("seconds:Q", format=".1f")],
        )
        .properties(height=_height(table))
    )


def _height(table: pd.DataFrame) -> int:
    """Height in pixels: the rows, the axis and the legend."""
    return 36 * table["who"].nunique() + 145


def _color(table: pd.DataFrame) -> alt.Color:
    labels = [label for label in (*palette.LABEL_COLORS, NOT_SURE) if label in set(table["label"])]
    colors = label_colors(labels)
    scale = alt.Scale(domain=colors["domain"], range=colors["range"])
    return alt.Color("label:N", scale=scale, legend=alt.Legend(orient="bottom", title=None))

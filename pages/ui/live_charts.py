"""Charts of a live session; each function gives a chart."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from fizzog_core import palette
from fizzog_core.journal import PERIOD_S, TIMELINE_S, Entry
from fizzog_core.seen import TAUGHT_COLOR
from fizzog_core.types import Scores

NOT_SURE = "not sure"


def live_bars(steady: Scores, raw: Scores) -> alt.TopLevelMixin:
    """A bar for each smoothed probability, in its label's colour, and a tick for what the last frame alone says."""
    raw = raw.restricted_to(steady.labels) if set(steady.labels) <= set(raw.labels) else steady
    table = pd.DataFrame({"label": steady.labels, "smoothed": steady.probabilities, "raw": raw.probabilities})
    base = alt.Chart(table).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False, labelFontSize=13)),
        tooltip=["label:N", alt.Tooltip("smoothed:Q", format=".1%"), alt.Tooltip("raw:Q", format=".1%")],
    )
    length = alt.X("smoothed:Q", scale=alt.Scale(domain=[0, 1.12]), axis=None)
    bars = base.mark_bar(cornerRadius=4, height={"band": 0.72}).encode(
        x=length, color=alt.Color("label:N", scale=_colors(steady.labels), legend=None)
    )
    ticks = base.mark_tick(thickness=2, size=16, color="#888888").encode(x=alt.X("raw:Q"))
    shares = base.mark_text(align="left", dx=6, fontSize=12).encode(x=length, text=alt.Text("smoothed:Q", format=".0%"))
    return alt.layer(bars, ticks, shares).properties(height=24 * len(steady.labels)).configure_view(stroke=None)


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
            color=alt.Color("label:N", scale=_colors(labels), legend=alt.Legend(orient="bottom", title=None)),
            opacity=alt.Opacity("score:Q", scale=alt.Scale(domain=[0, 1], range=[0.35, 1]), legend=None),
            tooltip=["who:N", "label:N", alt.Tooltip("score:Q", format=".0%")],
        )
        .properties(height=max(90, 28 * table["who"].nunique() + 60))
        .configure_view(stroke=None)
    )


def _colors(labels: Sequence[str]) -> alt.Scale:
    known = palette.LABEL_COLORS | {NOT_SURE: palette.UNSURE}
    return alt.Scale(domain=list(labels), range=[known.get(label, TAUGHT_COLOR) for label in labels])

"""A bar for each label's probability."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from fizzog_core import palette
from fizzog_core.seen import TAUGHT_COLOR
from fizzog_core.tables import NOT_SURE
from fizzog_core.types import Scores


def probability_bars(scores: Scores, raw: Scores | None = None) -> alt.LayerChart | alt.FacetChart:
    """Horizontal bars in the order of the labels, each in its label's colour, with name and share beside it, and a tick
    for each label's probability in ``raw``.

    The shares stand in the axis because Streamlit colours an axis, but not a text mark, for light and dark pages.
    Each layer says that it has no axis: where one of three leaves it open, Vega-Lite draws nothing at all.
    """
    shares = [f"{label}  {p:.0%}" for label, p in scores.as_dict().items()]
    table = pd.DataFrame({"label": scores.labels, "share": shares, "probability": scores.probabilities, "whole": 1.0})
    axis = alt.Axis(ticks=False, domain=False, labelFontSize=13, labelLimit=200)
    base = alt.Chart(table).encode(
        y=alt.Y("share:N", sort=None, title=None, axis=axis),
        tooltip=["label", alt.Tooltip("probability:Q", format=".1%")],
    )
    whole = base.mark_bar(cornerRadius=4, height={"band": 0.72}, color=palette.UNSURE, opacity=0.15)
    bars = base.mark_bar(cornerRadius=4, height={"band": 0.72})
    layers = [
        whole.encode(x=alt.X("whole:Q", scale=alt.Scale(domain=[0, 1]), axis=None)),
        bars.encode(
            x=alt.X("probability:Q", axis=None),
            color=alt.Color("label:N", scale=label_colors(scores.labels), legend=None),
        ),
    ]
    if raw is not None:
        table["raw"] = [raw.as_dict()[label] for label in scores.labels]
        ticks = base.mark_tick(thickness=2, size=16, color="#888888")
        layers.append(ticks.encode(x=alt.X("raw:Q", axis=None)))
    return alt.layer(*layers).properties(height=26 * len(scores.labels))


def label_colors(labels: Sequence[str]) -> alt.Scale:
    """Each label's colour; a sign that was taught has one that no other label has."""
    known = palette.LABEL_COLORS | {NOT_SURE: palette.UNSURE}
    return alt.Scale(domain=list(labels), range=[known.get(label, TAUGHT_COLOR) for label in labels])

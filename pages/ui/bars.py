"""A bar for each label's probability."""

from __future__ import annotations

import altair as alt
import pandas as pd

from fizzog_core import palette
from fizzog_core.types import Scores


def probability_bars(scores: Scores) -> alt.LayerChart | alt.FacetChart:
    """Horizontal bars in the order of the labels, each in its label's colour, with name and share beside it.

    The shares stand in the axis because Streamlit colours an axis, but not a text mark, for light and dark pages.
    """
    shares = [f"{label}  {p:.0%}" for label, p in scores.as_dict().items()]
    table = pd.DataFrame({"label": scores.labels, "share": shares, "probability": scores.probabilities, "whole": 1.0})
    colors = alt.Scale(domain=list(scores.labels), range=[palette.LABEL_COLORS[label] for label in scores.labels])
    axis = alt.Axis(ticks=False, domain=False, labelFontSize=13, labelLimit=200)
    base = alt.Chart(table).encode(
        y=alt.Y("share:N", sort=None, title=None, axis=axis),
        tooltip=["label", alt.Tooltip("probability:Q", format=".1%")],
    )
    whole = base.mark_bar(cornerRadius=4, height={"band": 0.72}, color=palette.UNSURE, opacity=0.15)
    bars = base.mark_bar(cornerRadius=4, height={"band": 0.72})
    return alt.layer(
        whole.encode(x=alt.X("whole:Q", scale=alt.Scale(domain=[0, 1]), axis=None)),
        bars.encode(x="probability:Q", color=alt.Color("label:N", scale=colors, legend=None)),
    ).properties(height=26 * len(scores.labels))

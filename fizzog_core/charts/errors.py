"""Charts of errors: by point of a face and by group of people."""

from __future__ import annotations

import base64
import io

import altair as alt
import numpy as np
import pandas as pd
from altair.typing import ChartType
from numpy.typing import NDArray
from PIL import Image

from fizzog_core.charts import theme
from fizzog_core.charts.theme import SHARE

FACE_SIDE = 380
"""Side of the drawn mean face, in pixels of the page: its picture cannot stretch with the page."""


def cumulative_errors(errors: pd.DataFrame, limit: float = 0.1) -> ChartType:
    """Share of faces whose normalised error is at most x, a curve for each ``group``; ``limit`` counts as a failure.

    ``errors``: columns group, normalised_error. The first group by name (all) is drawn in grey.
    """
    parts = []
    for name, values in errors.groupby("group", sort=True)["normalised_error"]:
        grid = np.linspace(0, max(limit * 1.5, 0.01), 151)
        share = np.searchsorted(np.sort(values.to_numpy()), grid, side="right") / len(values)
        parts.append(pd.DataFrame({"group": f"{name} ({len(values):,})", "error": grid, "share": share}))
    table = pd.concat(parts, ignore_index=True)
    names = list(dict.fromkeys(table["group"]))
    colors = [theme.GREY, *theme.cycled(len(names) - 1)]
    x = alt.X("error:Q", title="mean error, share of the distance between the eyes", axis=SHARE)
    color = alt.Color("group:N", scale=alt.Scale(domain=names, range=colors), title=None,
                      legend=alt.Legend(orient="top", columns=3, labelLimit=220))  # fmt: skip
    tips = ["group:N", *(alt.Tooltip(f"{name}:Q", format=".1%") for name in ("error", "share"))]
    y = alt.Y("share:Q", title="faces", axis=SHARE, scale=alt.Scale(domain=[0, 1]))
    lines = alt.Chart(table).mark_line(strokeWidth=2).encode(x=x, y=y, color=color, tooltip=tips)
    rule = alt.Chart(pd.DataFrame({"error": [limit]})).encode(x="error:Q")
    rule = rule.mark_rule(strokeDash=[6, 4], color=theme.GREY)
    return alt.layer(lines, rule).properties(height=340)


def mean_face(points: pd.DataFrame, picture: NDArray, measure: str) -> ChartType:
    """The mean position of each point on a mean face (96, 96) 0..255, its size and colour the error.

    ``points``: columns name, x, y (px), faces and ``measure``. The left eye is the subject's, so it lies on the right.
    """
    scale = {"domain": [-0.5, 95.5], "nice": False}
    x = alt.X("x:Q", axis=None, scale=alt.Scale(**scale))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(**scale, reverse=True))
    base = alt.Chart(points).encode(x=x, y=y)
    form = ".1%" if measure.startswith("normalised") else ".2f"
    dots = base.mark_circle(opacity=0.85).encode(
        size=alt.Size(f"{measure}:Q", scale=alt.Scale(range=[20, 900], zero=True), legend=None),
        color=alt.Color(f"{measure}:Q", scale=alt.Scale(scheme="yelloworangered", zero=True), legend=None),
        tooltip=["name:N", alt.Tooltip(f"{measure}:Q", format=form), "faces:Q"],
    )
    text = base.mark_text(dy=-18, fontSize=12, fontWeight="bold", color="white", stroke="black", strokeWidth=2.5,
                          strokeJoin="round").encode(text=alt.Text(f"{measure}:Q", format=form))  # fmt: skip
    above = base.mark_text(dy=-18, fontSize=12, fontWeight="bold", color="white")
    above = above.encode(text=alt.Text(f"{measure}:Q", format=form))
    return alt.layer(_backdrop(picture).encode(x=x, y=y), dots, text, above).properties(
        width=FACE_SIDE, height=FACE_SIDE
    )


def _backdrop(picture: NDArray) -> alt.Chart:
    """The mean of many faces, on which no single person can be recognised."""
    file = io.BytesIO()
    Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).save(file, "PNG")
    url = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
    chart = alt.Chart(pd.DataFrame({"x": [47.5], "y": [47.5], "url": [url]}))
    return chart.mark_image(width=FACE_SIDE, height=FACE_SIDE).encode(url="url:N")


def point_bars(points: pd.DataFrame, measure: str, title: str) -> ChartType:
    """The error of each point, the largest on top."""
    share = measure.startswith("normalised")
    x = alt.X(f"{measure}:Q", title=title, axis=SHARE if share else alt.Axis())
    y = alt.Y("name:N", sort="-x", title=None, axis=alt.Axis(labelLimit=200))
    tips = ["name:N", alt.Tooltip(f"{measure}:Q", format=".1%" if share else ".2f"), "faces:Q"]
    bars = alt.Chart(points).mark_bar(color=theme.BLUE).encode(x=x, y=y, tooltip=tips)
    return bars.properties(height=alt.Step(22))


def group_scores(groups: pd.DataFrame, title: str) -> ChartType:
    """Accuracy of each signer or source with its interval: columns group, accuracy, low, high, rows."""
    y = alt.Y("group:N", sort=alt.SortField("accuracy"), title=title, axis=alt.Axis(labelLimit=180))
    base = alt.Chart(groups).encode(y=y)
    rules = base.mark_rule(color=theme.BLUE, opacity=0.6, strokeWidth=2).encode(x="low:Q", x2="high:Q")
    x = alt.X("accuracy:Q", title="right answers", axis=SHARE, scale=alt.Scale(domain=[0, 1]))
    tips = ["group:N", "rows:Q", "wrong:Q", *(alt.Tooltip(f"{n}:Q", format=".1%") for n in ("accuracy", "low", "high"))]
    hit = alt.condition(alt.datum.accuracy < 0.9, alt.value(theme.WRONG), alt.value(theme.RIGHT))
    points = base.mark_point(filled=True, size=70, opacity=1).encode(x=x, color=hit, tooltip=tips)
    return alt.layer(rules, points).properties(height=alt.Step(18))

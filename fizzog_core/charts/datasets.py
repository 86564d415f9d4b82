"""Altair charts of the data page, from tidy tables; the palette gives each label its colour."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from fizzog_core.charts import theme
from fizzog_core.drawing.contact_sheet import SIDE_COLORS, side_of

FACE_SIDE = 96


def color(name: str, values: Sequence[str]) -> alt.Color:
    """Colours of ``values`` in their order, see ``theme.colors``."""
    legend = alt.Legend(orient="top", columns=4, labelLimit=160)
    return alt.Color(f"{name}:N", scale=theme.colors(values), title=None, legend=legend)


def counts_bars(counts: pd.DataFrame, by: str, order: Sequence[str], splits: Sequence[str]) -> alt.Chart:
    """Rows of each class as grouped bars, one for each split, from ``summaries.counts``."""
    return (
        alt.Chart(counts)
        .mark_bar()
        .encode(
            x=alt.X(f"{by}:N", sort=list(order), title=None, axis=alt.Axis(labelAngle=0 if len(order) < 12 else -90)),
            xOffset=alt.XOffset("split:N", sort=list(splits)),
            y=alt.Y("count:Q", title="rows"),
            color=color("split", splits),
            tooltip=[by, "split", alt.Tooltip("count:Q", format=","), alt.Tooltip("share:Q", format=".1%")],
        )
        .properties(height=max(320, 22 * len(order) + 110) if len(order) < 12 else 360)
    )


def counts_scatter(counts: pd.DataFrame, by: str, order: Sequence[str], splits: Sequence[str]) -> alt.Chart:
    """The same counts as points, classes on y, rows on a logarithmic x: shows each split's imbalance."""
    return (
        alt.Chart(counts)
        .mark_circle(size=140, opacity=0.9)
        .encode(
            x=alt.X("count:Q", scale=alt.Scale(type="log"), title="rows (log)"),
            y=alt.Y(f"{by}:N", sort=list(order), title=None, axis=alt.Axis(labelOverlap=False)),
            color=color("split", splits),
            tooltip=[by, "split", alt.Tooltip("count:Q", format=","), alt.Tooltip("share:Q", format=".1%")],
        )
        .properties(height=max(320, 22 * len(order) + 110))
    )


def distributions(shares: pd.DataFrame, groups: Sequence[str]) -> alt.Chart:
    """``image_stats.histogram`` as one line for each group."""
    return (
        alt.Chart(shares)
        .mark_line(interpolate="monotone", strokeWidth=2)
        .encode(
            x=alt.X("value:Q", title=None, scale=alt.Scale(zero=False)),
            y=alt.Y("share:Q", title="share of the group", axis=alt.Axis(format="%")),
            color=color("group", groups),
            tooltip=["group", alt.Tooltip("value:Q", format=".2f"), alt.Tooltip("share:Q", format=".1%")],
        )
        .properties(height=300)
    )


def heat_map(
    cells: pd.DataFrame, x: str, y: str, value: str, *, x_order: Sequence[str], y_order: Sequence[str],
    percent: bool = True, numbers: bool = True, titles: tuple[str, str] = ("", ""), height: int = 360,
) -> alt.LayerChart | alt.FacetChart | alt.Chart:  # fmt: skip
    """A table of ``x`` by ``y`` cells coloured by ``value``; with ``numbers`` it is written into each cell."""
    form = ".0%" if percent else ","
    top = float(cells[value].max()) if len(cells) else 1.0
    base = alt.Chart(cells).encode(
        x=alt.X(
            f"{x}:N",
            sort=list(x_order),
            title=titles[0],
            axis=alt.Axis(orient="top", labelAngle=-45, labelOverlap=False),
        ),
        y=alt.Y(f"{y}:N", sort=list(y_order), title=titles[1], axis=alt.Axis(labelOverlap=False)),
        tooltip=[x, y, alt.Tooltip(f"{value}:Q", format=".1%" if percent else ","), *_more(cells, (x, y, value))],
    )
    scale = alt.Scale(scheme=theme.HEAT, domain=[0, top])
    squares = base.mark_rect().encode(color=alt.Color(f"{value}:Q", scale=scale, legend=None))
    if not numbers:
        return squares.properties(height=height)
    dark = alt.condition(f"datum['{value}'] > {top * 0.55}", alt.value("white"), alt.value("#1d2233"))
    text = base.mark_text(fontSize=11).encode(text=alt.Text(f"{value}:Q", format=form), color=dark)
    return (squares + text).properties(height=height)


def _more(cells: pd.DataFrame, used: tuple[str, ...]) -> list[alt.Tooltip]:
    """The remaining number columns as tooltips."""
    return [alt.Tooltip(f"{n}:Q", format=",") for n in cells.select_dtypes("number").columns if n not in used]


def bars(table: pd.DataFrame, name: str, value: str, title: str, *, percent: bool = True) -> alt.Chart:
    """One bar per line of the table, in its order."""
    form = ".1%" if percent else ","
    return (
        alt.Chart(table)
        .mark_bar(color=theme.BLUE)
        .encode(
            x=alt.X(f"{value}:Q", title=title, axis=alt.Axis(format="%" if percent else ",d")),
            y=alt.Y(f"{name}:N", sort=None, title=None, axis=alt.Axis(labelLimit=220, labelOverlap=False)),
            tooltip=[name, alt.Tooltip(f"{value}:Q", format=form), *_more(table, (name, value))],
        )
        .properties(height=24 * len(table) + 60)
    )


def sides(repeated: pd.DataFrame) -> alt.Chart:
    """Shares of predictions equal to the label and to the majority, where both differ, from ``vote_stats.repeated``."""
    long = repeated.assign(pair=repeated["label"] + ", people say " + repeated["majority"]).melt(
        ["pair", "rows"], ["with_label", "with_majority", "with_neither"], "side", "share"
    )
    names = {"with_label": "the label", "with_majority": "the people", "with_neither": "neither"}
    long["side"] = long["side"].map(names)
    scale = alt.Scale(domain=list(names.values()), range=[theme.RED, theme.BLUE, theme.GREY])
    return (
        alt.Chart(long)
        .mark_bar()
        .encode(
            x=alt.X("share:Q", title="share of these rows", axis=alt.Axis(format="%")),
            y=alt.Y("pair:N", sort=None, title=None, axis=alt.Axis(labelLimit=260, labelOverlap=False)),
            color=alt.Color("side:N", scale=scale, title="the network says", legend=alt.Legend(orient="top")),
            order=alt.Order("side:N", sort="descending"),
            tooltip=["pair", "side", alt.Tooltip("share:Q", format=".1%"), "rows"],
        )
        .properties(height=26 * len(repeated) + 100)
    )


def point_clouds(
    clouds: pd.DataFrame, ellipses: pd.DataFrame, outlines: pd.DataFrame
) -> alt.LayerChart | alt.FacetChart:
    """Positions of each point in the 96 px square: faces for each cell, the mean, and the ellipse of two deviations."""
    x = alt.X("x:Q", title=None, scale=alt.Scale(domain=[0, FACE_SIDE]))
    y = alt.Y("y:Q", title=None, scale=alt.Scale(domain=[FACE_SIDE, 0]))
    scale = theme.colors(list(SIDE_COLORS), SIDE_COLORS)
    hue = alt.Color("side:N", scale=scale, title="the subject's", legend=alt.Legend(orient="top"))
    cells, means, lines = (table.assign(side=table["point"].map(side_of)) for table in (clouds, ellipses, outlines))
    opacity = alt.Opacity("count:Q", scale=alt.Scale(type="sqrt", range=[0.05, 0.8]), legend=None)
    cloud = (
        alt.Chart(cells).mark_square(size=22).encode(x=x, y=y, color=hue, opacity=opacity, tooltip=["point", "count"])
    )
    around = alt.Chart(lines).mark_line(strokeWidth=1.5).encode(x=x, y=y, detail="point:N", order="step:O", color=hue)
    shown = ["point", *(alt.Tooltip(f"{name}:Q", format=".1f") for name in ("x", "y", "major", "minor"))]
    middle = (
        alt.Chart(means).mark_point(size=40, filled=True, color="white", stroke="black").encode(x=x, y=y, tooltip=shown)
    )
    return (cloud + around + middle).properties(height=520)


def embedding_map(places: pd.DataFrame, by: str, values: Sequence[str]) -> alt.Chart:
    """The map of the PublicTest, coloured by column ``by``; the interval selection is called ``brush``."""
    brush = alt.selection_interval(name="brush")
    return (
        alt.Chart(places)
        .mark_circle(size=26)
        .encode(
            x=alt.X("x:Q", axis=None, scale=alt.Scale(zero=False)),
            y=alt.Y("y:Q", axis=None, scale=alt.Scale(zero=False)),
            color=color(by, values),
            opacity=alt.condition(brush, alt.value(0.85), alt.value(0.12)),
            tooltip=["row", "label", "prediction", alt.Tooltip("score:Q", format=".2f")],
        )
        .add_params(brush)
        .properties(height=520)
    )

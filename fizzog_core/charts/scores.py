"""Charts of classification metrics: classes, thresholds, calibration."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd
from altair.typing import ChartType
from numpy.typing import NDArray

from fizzog_core.charts import theme
from fizzog_core.charts.theme import SHARE
from fizzog_core.drawing import palette
from fizzog_core.evaluation import metrics


def confusion(counts: NDArray[np.int64], labels: tuple[str, ...], normalised: bool, order: str) -> ChartType:
    """Heat map with a number in each cell: row = true label, column = predicted label; shares are of the row."""
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    k = len(labels)
    table = pd.DataFrame(
        {
            "label": np.repeat(labels, k), "answer": np.tile(labels, k), "rows": counts.ravel(),
            "share": shares.ravel(),
        }
    )  # fmt: skip
    names = [labels[i] for i in metrics.class_order(counts, order)]
    base = alt.Chart(table).encode(
        x=alt.X("answer:N", sort=names, title="answer", axis=alt.Axis(labelAngle=-40, orient="top")),
        y=alt.Y("label:N", sort=names, title="label"),
        tooltip=["label:N", "answer:N", "rows:Q", alt.Tooltip("share:Q", format=".1%", title="share of the label")],
    )
    color = alt.Color("share:Q", scale=alt.Scale(scheme=theme.HEAT, domain=[0, 1]), title=None, legend=None)
    text = alt.Text("share:Q", format=".0%") if normalised else alt.Text("rows:Q", format=",")
    ink = alt.condition(alt.datum.share > 0.5, alt.value("white"), alt.value("black"))
    cells, numbers = base.mark_rect().encode(color=color), base.mark_text(fontSize=13).encode(text=text, color=ink)
    return alt.layer(cells, numbers).properties(height=90 + 40 * k)


def class_scores(table: pd.DataFrame, labels: list[str]) -> ChartType:
    """``metrics.class_scores``: a point and its interval for each label and measure."""
    base = alt.Chart(table).encode(
        y=alt.Y("label:N", sort=labels, title=None, axis=alt.Axis(labelLimit=160)),
        yOffset=alt.YOffset("measure:N", sort=["precision", "recall", "F1"]),
        color=alt.Color(
            "measure:N", scale=theme.colors(["precision", "recall", "F1"]), title=None,
            legend=alt.Legend(orient="top"),
        ),
    )  # fmt: skip
    x = alt.X(
        "value:Q", title=None, axis=SHARE, scale=alt.Scale(domain=[float(np.floor(table["low"].min() * 10) / 10), 1])
    )
    tips = ["label:N", "measure:N", *(alt.Tooltip(f"{name}:Q", format=".1%") for name in ("value", "low", "high"))]
    rules = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", title=None), x2="high:Q")
    points = base.mark_point(filled=True, size=50, opacity=1).encode(x=x, tooltip=[*tips, "support:Q"])
    return alt.layer(rules, points).properties(height=alt.Step(13))


def one_against_all(curves: Mapping[str, tuple[pd.DataFrame, float]], kind: str) -> ChartType:
    """ROC ("roc") or precision-recall curves by label; the legend has the area under each."""
    x, y = ("false_positive_rate", "true_positive_rate") if kind == "roc" else ("recall", "precision")
    tables = [curve.assign(label=label, area=area) for label, (curve, area) in curves.items()]
    table = pd.concat(tables, ignore_index=True)
    table["line"] = table["label"] + table["area"].map(lambda area: f" {area:.3f}")
    lines = list(dict.fromkeys(table["line"]))
    colors = [palette.LABEL_COLORS.get(label, theme.GREY) for label in curves]
    color = alt.Color("line:N", sort=lines, scale=alt.Scale(domain=lines, range=colors), title=None,
                      legend=alt.Legend(orient="bottom", columns=2))  # fmt: skip
    unit = alt.Scale(domain=[0, 1])
    chart = alt.Chart(table).mark_line(interpolate="step-after" if kind == "roc" else "linear", strokeWidth=2)
    drawn = chart.encode(
        x=alt.X(f"{x}:Q", title=x.replace("_", " "), axis=SHARE, scale=unit),
        y=alt.Y(f"{y}:Q", title=y.replace("_", " "), axis=SHARE, scale=unit),
        color=color,
        order="index:Q",
        tooltip=["label:N", *(alt.Tooltip(f"{name}:Q", format=".3f") for name in (x, y, "threshold"))],
    )
    drawn = drawn.transform_window(index="row_number()")
    return alt.layer(*([_diagonal()] if kind == "roc" else []), drawn).properties(height=360)


def _diagonal() -> alt.Chart:
    line = alt.Chart(pd.DataFrame({"x": [0, 1], "y": [0, 1]})).encode(x="x:Q", y="y:Q")
    return line.mark_line(strokeDash=[4, 4], color=theme.GREY, strokeWidth=1)


def reliability(tables: Mapping[str, pd.DataFrame]) -> ChartType:
    """Accuracy over confidence of ``curves.reliability`` tables by name; the diagonal is calibrated."""
    table = pd.concat([part.assign(version=name) for name, part in tables.items()], ignore_index=True)
    names = list(tables)
    color = alt.Color("version:N", scale=theme.colors(names, known={}), title=None,
                      legend=alt.Legend(orient="top"))  # fmt: skip
    unit = alt.Scale(domain=[0, 1])
    base = alt.Chart(table).encode(x=alt.X("confidence:Q", title="confidence", axis=SHARE, scale=unit), color=color)
    tips = ["version:N", "rows:Q", *(alt.Tooltip(f"{n}:Q", format=".1%") for n in ("confidence", "accuracy"))]
    lines = base.mark_line(strokeWidth=2).encode(y=alt.Y("accuracy:Q", title="accuracy", axis=SHARE, scale=unit))
    points = base.mark_point(filled=True, opacity=1).encode(
        y="accuracy:Q", size=alt.Size("rows:Q", legend=None, scale=alt.Scale(range=[30, 300])), tooltip=tips
    )
    bars = base.mark_rule(opacity=0.5).encode(y="low:Q", y2="high:Q")
    return alt.layer(_diagonal(), bars, lines, points).properties(height=340)


def confidence_histogram(table: pd.DataFrame, answer: str, threshold: float) -> ChartType:
    """The right or the wrong predictions of ``curves.confidence_histogram`` by top probability, with the threshold."""
    x = alt.X("start:Q", bin="binned", title="top probability", axis=SHARE, scale=alt.Scale(domain=[0, 1]))
    bars = alt.Chart(table[table["answer"] == answer]).mark_bar(binSpacing=1, color=theme.NAMED[answer])
    bars = bars.encode(x=x, x2="end:Q", y=alt.Y("rows:Q", title=f"{answer} answers"), tooltip=["start", "end", "rows"])
    return alt.layer(bars, _rule("x", threshold)).properties(height=150)


def _rule(axis: str, value: float) -> alt.Chart:
    rule = alt.Chart(pd.DataFrame({axis: [value]})).mark_rule(strokeDash=[6, 4], color=theme.GREY, strokeWidth=2)
    return rule.encode(**{axis: f"{axis}:Q"})


def coverage(curve: pd.DataFrame, kept: float, right: float) -> ChartType:
    """Accuracy of the accepted predictions over their share; the point is the chosen threshold."""
    x = alt.X("coverage:Q", title="answers kept", axis=SHARE, scale=alt.Scale(domain=[0, 1]))
    y = alt.Y("accuracy:Q", title="of these right", axis=SHARE, scale=alt.Scale(zero=False))
    base = alt.Chart(curve[curve["coverage"] >= 0.02]).encode(x=x)
    low = alt.Y("low:Q", scale=alt.Scale(zero=False))
    band = base.mark_area(opacity=0.2, color=theme.BLUE).encode(y=low, y2="high:Q")
    tips = [alt.Tooltip(f"{name}:Q", format=".1%") for name in ("threshold", "coverage", "accuracy")]
    line = base.mark_line(color=theme.BLUE, strokeWidth=2).encode(y=y, tooltip=tips)
    chosen = alt.Chart(pd.DataFrame({"coverage": [kept], "accuracy": [right]})).mark_point(
        shape="diamond", filled=True, size=180, color=theme.RED, opacity=1
    )
    return alt.layer(band, line, chosen.encode(x="coverage:Q", y="accuracy:Q")).properties(height=300)

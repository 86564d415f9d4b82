"""Charts of training runs and of their comparison. Tables in, Altair charts out; the page gives them their width."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd
from altair.typing import ChartType

from fizzog_core.charts import theme
from fizzog_core.evaluation.runs import History

KIND_COLORS = {
    "our network": theme.BLUE,
    "our run": theme.SKY,
    "measured by us": theme.GREEN,
    "published": theme.GREY,
    "source project": theme.RED,
}


def _legend(chart: ChartType) -> ChartType:
    return chart.configure_legend(orient="top", labelLimit=280, columns=2, symbolOpacity=1)


def _run_color(names: list[str]) -> alt.Color:
    return alt.Color("run:N", scale=theme.colors(names, known={}), title=None)


def smoothed(values: pd.Series, weight: float) -> pd.Series:
    """Exponential moving average whose memory is ``weight`` 0..1 (0 changes nothing), without a bias at its start."""
    return values if weight == 0 else values.ewm(alpha=1 - weight, ignore_na=True).mean()


def curve_table(histories: Mapping[str, History], column: str, weight: float = 0.0) -> pd.DataFrame:
    """``column`` (loss or metric) of runs by title, in long form: run, epoch, part, raw, value (smoothed), best."""
    parts = []
    for title, history in histories.items():
        for name, part in ((column, "training"), (f"val_{column}", "validation")):
            epochs = history.epochs
            parts.append(
                pd.DataFrame(
                    {
                        "run": title, "epoch": epochs["epoch"], "part": part, "raw": epochs[name],
                        "value": smoothed(epochs[name], weight), "best": epochs["epoch"] == history.best_epoch,
                    }
                )
            )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def curves(table: pd.DataFrame, title: str, logarithmic: bool = False) -> ChartType:
    """Training (dashed) and validation curves of ``curve_table``; a diamond marks the best epoch on validation."""
    names = list(dict.fromkeys(table["run"]))
    table = table[table["value"] > 0] if logarithmic else table
    scale = alt.Scale(type="log") if logarithmic else alt.Scale(zero=False)
    base = alt.Chart(table).encode(
        x=alt.X("epoch:Q", title="epoch", axis=alt.Axis(tickMinStep=1, format="d")), color=_run_color(names)
    )
    y, raw = (alt.Y(f"{name}:Q", title=title, scale=scale) for name in ("value", "raw"))
    tips = [alt.Tooltip(name) for name in ("run:N", "part:N", "epoch:Q")] + [alt.Tooltip("raw:Q", format=".4f")]
    dashes = alt.Scale(domain=["training", "validation"], range=[[3, 3], [1, 0]])
    dash = alt.StrokeDash("part:N", scale=dashes, legend=None)
    lines = base.mark_line(strokeWidth=2).encode(y=y, strokeDash=dash)
    faint = base.mark_line(strokeWidth=1, opacity=0.25).encode(y=raw, detail="part:N")
    points = base.mark_point(size=60, filled=True, opacity=0).encode(y=y, tooltip=tips)
    layers = [faint, lines, points]
    if (table["best"] & (table["part"] == "validation") & table["raw"].notna()).any():
        best = base.transform_filter("datum.best && datum.part === 'validation'")
        layers.append(best.mark_point(shape="diamond", size=130, filled=True, opacity=1).encode(y=raw, tooltip=tips))
    return _legend(alt.layer(*layers).properties(height=320))


def epoch_lines(histories: Mapping[str, History], column: str, title: str) -> ChartType:
    """One recorded column (learning_rate, seconds, pictures_per_second) by epoch."""
    parts = [history.epochs.assign(run=name) for name, history in histories.items() if column in history.epochs]
    table = pd.concat(parts, ignore_index=True)[["run", "epoch", column]].dropna()
    chart = alt.Chart(table).mark_line(point=True, interpolate="monotone")
    encoded = chart.encode(
        x=alt.X("epoch:Q", title="epoch", axis=alt.Axis(tickMinStep=1, format="d")),
        y=alt.Y(f"{column}:Q", title=title),
        color=_run_color(list(histories)),
        tooltip=["run:N", "epoch:Q", alt.Tooltip(f"{column}:Q", format=".4g", title=title)],
    )
    return _legend(encoded.properties(height=200))


def comparison(table: pd.DataFrame) -> ChartType:
    """Figures of ``baselines.comparison`` in one unit, as points with their intervals, the best on top."""
    table = table.dropna(subset=["value"])
    error = bool((table["unit"] != "share").any())
    table = table.sort_values("value", ascending=error).assign(line=_line_names(table))
    kinds = [kind for kind in KIND_COLORS if kind in set(table["kind"])]
    form, unit = (".2f", "px of 96") if error else (".1%", None)
    y = alt.Y("line:N", sort=list(dict.fromkeys(table["line"])), title=None, axis=alt.Axis(labels=False, ticks=False))
    base = alt.Chart(table).encode(y=y, color=alt.Color("kind:N", scale=theme.colors(kinds, KIND_COLORS), title=None))
    tips = ["name", "measure", "split", "classes", "extra_data", "test_time_augmentation", "source", "note"]
    tooltip = [alt.Tooltip("value:Q", format=form), *(alt.Tooltip(f"{tip}:N") for tip in tips)]
    axis = alt.Axis(format="~f" if error else "~%")
    x = alt.X("value:Q", title=unit, axis=axis, scale=alt.Scale(zero=False, padding=24))
    bars = base.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=2).encode(x="low:Q", x2="high:Q")
    points = base.mark_point(filled=True, size=90, opacity=1).encode(x=x, tooltip=tooltip, shape=_shape(kinds))
    names = alt.Chart(table).mark_text(align="left", dy=-14, fontSize=11, color=theme.GREY, limit=600)
    names = names.encode(y=y, x=alt.value(4), text="line:N")
    return _legend(alt.layer(names, bars, points).properties(height=alt.Step(36)))


def _line_names(table: pd.DataFrame) -> pd.Series:
    """Label of each line: name, rows, and what differs from a plain figure of its task."""
    plain = table["classes"].mode().max()
    classes = table["classes"].map(lambda n: "" if pd.isna(n) or n == plain else f" · {n} classes")
    augmented = table["test_time_augmentation"].map({"yes": " · augmented at test time"}).fillna("")
    measure = table["measure"].map(lambda name: f" · {name.partition(', ')[2]}" if ", " in name else "")
    return table["name"] + " · " + table["split"] + classes + measure + augmented


def _shape(kinds: list[str]) -> alt.Shape:
    shapes = dict(zip(KIND_COLORS, ("diamond", "triangle-up", "square", "circle", "cross"), strict=True))
    return alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=[shapes[kind] for kind in kinds]), title=None)

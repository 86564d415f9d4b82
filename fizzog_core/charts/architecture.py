"""Charts of a network's layers and their cost, from the table of ``runs.layers``."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from altair.typing import ChartType

from fizzog_core.charts import theme

FAMILIES = {
    "input": theme.PINK,
    "convolution": theme.BLUE,
    "dense": theme.RED,
    "normalisation": theme.GREEN,
    "activation": theme.ORANGE,
    "shape and arithmetic": theme.GREY,
}
_WORDS = {
    "input": ("Input",),
    "convolution": ("Conv",),
    "dense": ("Dense", "Einsum"),
    "normalisation": ("Normalization", "Rescaling"),
    "activation": ("Activation", "Softmax", "ReLU", "Dropout"),
}


def family(kind: str) -> str:
    """Which of FAMILIES a layer's class name belongs to."""
    return next((name for name, words in _WORDS.items() if any(word in kind for word in words)), "shape and arithmetic")


def drawn_layers(layers: pd.DataFrame) -> pd.DataFrame:
    """The table with place (from 1), family, and side: a map's height, or the square root of the length of a vector."""
    shapes = layers["output_shape"].astype(str).str.split("x").map(lambda sides: [int(side) for side in sides])
    return layers.assign(
        place=range(1, len(layers) + 1),
        family=layers["type"].map(family),
        side=[float(shape[0]) if len(shape) > 2 else shape[0] ** 0.5 for shape in shapes],
    )


def shortcuts(table: pd.DataFrame) -> pd.DataFrame:
    """Connections of ``drawn_layers`` that skip at least one layer: start, end, span."""
    place = dict(zip(table["name"], table["place"], strict=True))
    pairs = [
        (place[before], end)
        for end, inputs in zip(table["place"], table["inputs"], strict=True)
        for before in str(inputs).split()
        if before in place and end - place[before] > 1
    ]
    found = pd.DataFrame(pairs, columns=["start", "end"])
    return found.assign(span=found["end"] - found["start"])


def drawing(layers: pd.DataFrame) -> ChartType:
    """Layers from left to right as bars as high as their ``side``, with arcs for the shortcuts."""
    table = drawn_layers(layers)
    table = table.assign(top=table["side"] / 2, bottom=-table["side"] / 2)
    height = float(table["side"].max())
    color = _family_color(table).legend(orient="bottom", columns=3)
    x = alt.X("place:Q", axis=None, scale=alt.Scale(domain=[0, len(table) + 1], nice=False))
    y = alt.Y("bottom:Q", axis=None, scale=alt.Scale(domain=[-height * 0.62, height * 0.95], nice=False))
    counts = [alt.Tooltip(f"{name}:Q", format=",") for name in ("parameters", "multiply_adds")]
    tips = ["name:N", "type:N", "output_shape:N", *counts]
    slabs = alt.Chart(table).mark_rule(strokeWidth=max(2.0, min(16.0, 600 / len(table))))
    slabs = slabs.encode(x=x, y=y, y2="top:Q", color=color, tooltip=tips)
    bows = _bows(shortcuts(table), height)
    line = alt.Chart(bows).mark_line(color=theme.GREY, strokeWidth=1.2, interpolate="monotone")
    line = line.encode(x="place:Q", y="bottom:Q", detail="shortcut:N", order="step:Q")
    return alt.layer(slabs, _sides(table), *([line] if len(bows) else [])).properties(height=300)


def _family_color(table: pd.DataFrame) -> alt.Color:
    used = [name for name in FAMILIES if name in set(table["family"])]
    return alt.Color("family:N", scale=theme.colors(used, FAMILIES), title=None)


def _bows(found: pd.DataFrame, height: float) -> pd.DataFrame:
    """Each shortcut as nine points of an arc over the layers that it skips, higher for a longer one."""
    steps = np.linspace(0, 1, 9)
    rise = height * (0.12 + 0.28 * found["span"] / max(1, found["span"].max())).to_numpy()
    place = found["start"].to_numpy()[:, None] + found["span"].to_numpy()[:, None] * steps
    lifted = height * 0.52 + rise[:, None] * 4 * steps * (1 - steps)
    number = np.repeat(np.arange(len(found)), len(steps))
    table = {"shortcut": number, "step": np.tile(steps, len(found)), "place": place.ravel(), "bottom": lifted.ravel()}
    return pd.DataFrame(table)


def _sides(table: pd.DataFrame) -> alt.Chart:
    """Output shapes, written under each layer whose side differs from the layer before."""
    maps = table[table["output_shape"].str.count("x") == 2]
    first = maps[maps["side"] != maps["side"].shift()]
    text = alt.Chart(first).mark_text(align="left", baseline="top", dy=6, fontSize=11, color=theme.GREY)
    return text.encode(x="place:Q", y="bottom:Q", text="output_shape:N")


def costs(layers: pd.DataFrame, measure: str) -> ChartType:
    """parameters or multiply_adds of each layer that has any, in the order of the data."""
    table = drawn_layers(layers)
    table = table[table[measure] > 0]
    y = alt.Y("name:N", sort=table["name"].tolist(), title=None, axis=alt.Axis(labelLimit=180))
    tips = ["name:N", "type:N", "output_shape:N", alt.Tooltip(f"{measure}:Q", format=",")]
    x = alt.X(f"{measure}:Q", title=measure.replace("_", "-"), axis=alt.Axis(format="~s"))
    return (
        alt.Chart(table)
        .mark_bar()
        .encode(x=x, y=y, color=_family_color(table).legend(None), tooltip=tips)
        .properties(height=alt.Step(16))
    )


def latency(calls: list[dict[str, Any]]) -> ChartType:
    """Median and 95th percentile of the milliseconds of one input, by batch size and threads."""
    table = pd.DataFrame(calls)
    table = table.assign(
        each=table["median_ms"] / table["batch"],
        slow=table["p95_ms"] / table["batch"],
        line=[f"batch of {batch}" for batch in table["batch"]],
        used=[f"{threads} thread" + "s" * (threads > 1) for threads in table["threads"]],
    )
    base = alt.Chart(table).encode(y=alt.Y("line:N", title=None), yOffset="used:N")
    color = alt.Color("used:N", scale=alt.Scale(range=theme.cycled(2)), title=None, legend=alt.Legend(orient="top"))
    tips = ["line:N", "used:N", *(alt.Tooltip(f"{name}:Q", format=".2f") for name in ("median_ms", "p95_ms", "each"))]
    bars = base.mark_bar().encode(x=alt.X("each:Q", title="milliseconds for one input"), color=color, tooltip=tips)
    rules = base.mark_rule(color=theme.GREY, strokeWidth=2).encode(x="each:Q", x2="slow:Q")
    return alt.layer(bars, rules).properties(height=26 * len(table))

"""Colours and axes that the charts share. Labels have their own colours, from the palette."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt

from fizzog_core.drawing import palette

GREY = palette.UNSURE
"""For reference lines, notes and what belongs to no series."""
SEQUENCE = tuple(palette.EMOTION_COLORS[name] for name in ("sad", "angry", "disgust", "fear", "happy", "surprise"))
"""For series that have no colour of their own, such as runs: the palette's colours, the darkest first."""
BLUE, RED, GREEN, PINK, ORANGE, SKY = SEQUENCE
RIGHT, WRONG = BLUE, RED
"""Predictions that equal the label, and those that do not."""
NAMED = palette.LABEL_COLORS | {
    "Training": BLUE, "PublicTest": ORANGE, "PrivateTest": GREEN,
    "train": BLUE, "validation": ORANGE, "test": GREEN, "all": BLUE,
    "right": RIGHT, "wrong": WRONG,
}  # fmt: skip
"""Colours of labels, splits and of right and wrong predictions: the same in every chart."""
HEAT = "blues"
"""Vega's colour scheme of heat maps."""
SHARE = alt.Axis(format="~%")
"""An axis of shares 0..1."""


def cycled(count: int) -> list[str]:
    """Return ``count`` colours of ``SEQUENCE``, which begins again after its last."""
    return [SEQUENCE[place % len(SEQUENCE)] for place in range(count)]


def colors(values: Sequence[str], known: Mapping[str, str] = NAMED) -> alt.Scale:
    """Return the colour scale of ``values`` in their order; those that ``known`` lacks get colours of ``SEQUENCE``."""
    spare = cycled(len(values))
    return alt.Scale(domain=list(values), range=[known.get(value, spare[i]) for i, value in enumerate(values)])

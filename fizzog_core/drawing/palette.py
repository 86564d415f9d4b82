"""One colour for each label, in drawings and charts: the colour-blind safe palette of Okabe and Ito (2008)."""

from __future__ import annotations

UNSURE = "#8C8C8C"
"""For predictions below their rejection threshold, and for items without a label."""

EMOTION_COLORS = {
    "angry": "#D55E00",
    "disgust": "#009E73",
    "fear": "#CC79A7",
    "happy": "#E69F00",
    "sad": "#0072B2",
    "surprise": "#56B4E9",
    "neutral": "#8C8C8C",
}
GESTURE_COLORS = {
    "punch": "#D55E00",
    "super": "#009E73",
    "loser": "#CC79A7",
    "victory": "#0072B2",
    "none": "#8C8C8C",
}
LABEL_COLORS = EMOTION_COLORS | GESTURE_COLORS
CUSTOM_COLOR = "#F0E442"
"""For custom gestures: the one colour of the palette that no other label has."""


def label_color(label: str) -> str:
    """The colour ``"#RRGGBB"`` of a label; every custom gesture has the same one."""
    return LABEL_COLORS.get(label, CUSTOM_COLOR)


def rgb(color: str) -> tuple[int, int, int]:
    """``"#RRGGBB"`` as three integers 0..255."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def text_on(color: str) -> str:
    """Black or white, whichever has the higher contrast ratio (WCAG 2) on ``color``."""
    background = luminance(color)
    return "#000000" if (background + 0.05) / 0.05 >= 1.05 / (background + 0.05) else "#FFFFFF"


def luminance(color: str) -> float:
    """Relative luminance 0..1 of a colour ``#RRGGBB``, as in WCAG 2."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _unit(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _unit(color: str) -> tuple[float, ...]:
    return tuple(value / 255 for value in rgb(color))

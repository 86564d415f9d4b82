from __future__ import annotations

import pytest

from fizzog_core.drawing import palette
from fizzog_core.labels import EMOTIONS, GESTURES


@pytest.mark.parametrize(("labels", "colors"), [(EMOTIONS, palette.EMOTION_COLORS), (GESTURES, palette.GESTURE_COLORS)])
def test_every_label_has_another_colour(labels: tuple[str, ...], colors: dict[str, str]) -> None:
    assert tuple(colors) == labels
    assert len(set(colors.values())) == len(labels)


@pytest.mark.parametrize(
    ("color", "numbers", "text"),
    [("#000000", (0, 0, 0), "#FFFFFF"), ("#FFFFFF", (255, 255, 255), "#000000"), ("#0072B2", (0, 114, 178), "#FFFFFF")],
)
def test_colours_as_numbers_and_the_text_on_them(color: str, numbers: tuple[int, int, int], text: str) -> None:
    assert palette.rgb(color) == numbers
    assert palette.text_on(color) == text


@pytest.mark.parametrize("color", sorted(set(palette.LABEL_COLORS.values())))
def test_text_on_a_plate_reaches_the_contrast_of_wcag_aa(color: str) -> None:
    light, dark = sorted((palette.luminance(color), palette.luminance(palette.text_on(color))), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5

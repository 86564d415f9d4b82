import pytest

from fizzog_core.charts import theme
from fizzog_core.labels import EMOTIONS, GESTURES


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], []),
        (["a", "b"], [theme.BLUE, theme.RED]),
        (["sad", "b"], [theme.NAMED["sad"], theme.RED]),
        (["test", "train"], [theme.GREEN, theme.BLUE]),
    ],
)
def test_known_values_keep_their_colour_and_others_get_the_one_of_their_place(
    values: list[str], expected: list[str]
) -> None:
    assert theme.colors(values).to_dict() == {"domain": values, "range": expected}


def test_a_long_sequence_begins_again() -> None:
    assert theme.cycled(0) == []
    assert theme.cycled(8) == [*theme.SEQUENCE, theme.BLUE, theme.RED]


def test_every_label_has_a_colour() -> None:
    assert set(EMOTIONS) | set(GESTURES) <= theme.NAMED.keys()

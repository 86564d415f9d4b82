"""Rows of images that could not be analysed."""

import pytest

from fizzog_core.errors import PictureError
from fizzog_core.output import rejects
from fizzog_core.output.rejects import Reject


def test_no_rejects_give_an_empty_table() -> None:
    table = rejects.to_table([])
    assert (table.num_rows, table.schema) == (0, rejects.REJECT_SCHEMA)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PictureError("The file is empty."), "The file is empty."),
        (ZeroDivisionError("odd"), "The picture could not be analysed (ZeroDivisionError: odd)."),
    ],
)
def test_the_reason_is_one_sentence(error: Exception, reason: str) -> None:
    reject = Reject.from_error("a.png", error)
    assert rejects.to_table([reject]).to_pylist() == [{"schema": 1, "source": "a.png", "reason": reason}]

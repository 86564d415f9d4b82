"""One image of a job: its rows, or the reason why it has none."""

from __future__ import annotations

from collections.abc import Callable

from fizzog_core.output import tables
from fizzog_core.output.rejects import Reject
from fizzog_core.output.tables import Row
from fizzog_core.types import Frame
from fizzog_core.vision.analyzer import Analyzer


def rows_or_reject(source: str, read: Callable[[], Frame], analyzer: Analyzer) -> list[Row] | Reject:
    """The rows of the image that ``read`` returns. Every exception becomes a reject: one file never stops a job."""
    try:
        return tables.picture_rows(source, analyzer.analyze(read()))
    except Exception as error:
        return Reject.from_error(source, error)

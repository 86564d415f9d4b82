"""Rows for images that could not be analysed. docs/schema.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from fizzog_core.errors import FizzogError
from fizzog_core.output.records import SCHEMA

REJECT_SCHEMA = pa.schema([("schema", pa.int16()), ("source", pa.string()), ("reason", pa.string())])


@dataclass(frozen=True, slots=True)
class Reject:
    """An image that could not be analysed, and the reason."""

    source: str
    reason: str

    @classmethod
    def from_error(cls, source: str, error: Exception) -> Reject:
        """``error``'s own message if Fizzog raised it on purpose, else a sentence that names the exception."""
        if isinstance(error, FizzogError):
            return cls(source, str(error))
        return cls(source, f"The picture could not be analysed ({type(error).__name__}: {error}).")


def to_table(rejects: Iterable[Reject]) -> pa.Table:
    """Rejects as an Arrow table with ``REJECT_SCHEMA``; no rejects give an empty table."""
    rows = [{"schema": SCHEMA, "source": reject.source, "reason": reject.reason} for reject in rejects]
    return pa.Table.from_pylist(rows, schema=REJECT_SCHEMA)

"""Structured logs: one JSON object a line on standard error. Reasons: docs/decisions/046-logs.md."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import PurePath

LOG = logging.getLogger("fizzog")
_OWN = ("fizzog", "fizzog_core", "pages")


def event(name: str, **fields: str | float | None) -> None:
    """Logs an event with its fields. No field may name a visitor, an address or a file, or say what a picture shows."""
    LOG.info(name, extra={"fields": fields})


def configure(details: bool) -> logging.Handler:
    """Sends all records of the process to standard error as JSON lines; returns the handler.

    Other libraries log from the level WARNING on. ``details``: whether lines contain the messages of exceptions and the
    values in other messages, which can name files and addresses.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(details))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in _OWN:
        logging.getLogger(name).setLevel(logging.INFO)
    return handler


def with_details() -> bool:
    """Whether this process logs details: True before ``configure``."""
    formatters = (handler.formatter for handler in logging.getLogger().handlers)
    return all(formatter.details for formatter in formatters if isinstance(formatter, JsonLines))


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON. ``details`` as in ``configure``."""

    def __init__(self, details: bool) -> None:
        super().__init__()
        self.details = details

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage() if self.details else str(record.msg),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1] is not None:
            line |= self._failure(record.exc_info[1])
        return json.dumps(line, default=str)

    def _failure(self, error: BaseException) -> dict[str, object]:
        """Type of the exception and the places in the code; its message only with details."""
        frames = traceback.extract_tb(error.__traceback__)
        found: dict[str, object] = {
            "error": type(error).__name__,
            "stack": [f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames],
        }
        return found | ({"message": str(error)} if self.details else {})

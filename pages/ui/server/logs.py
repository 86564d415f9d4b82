"""The log of the site: Streamlit's loggers write JSON lines as all others."""

from __future__ import annotations

import logging
from functools import partial

from streamlit import logger

from fizzog_core import settings
from fizzog_core.errors import SettingsError
from fizzog_core.runtime import events


def configure() -> None:
    """Replaces the handlers of Streamlit's loggers, those that exist and those that come."""
    try:
        details = settings.get().log_details
    except SettingsError:  # the pages show its sentence
        details = False
    logger.setup_formatter = partial(_use, events.configure(details))
    logger.update_formatter()


def _use(handler: logging.Handler, log: logging.Logger) -> None:
    """Replaces the handlers of ``log``. The HTTP server's loggers write warnings only: they log each connection."""
    log.handlers = [handler]
    if log.name.partition(".")[0] in ("uvicorn", "websockets"):
        log.setLevel(logging.WARNING)

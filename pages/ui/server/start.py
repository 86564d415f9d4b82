"""Work of the server before the first visit."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from fizzog_core import runtime
from fizzog_core.errors import FizzogError
from fizzog_core.live import ice_servers, whole_frames
from fizzog_core.runtime import private_folder
from fizzog_core.runtime.events import event
from pages.ui import loaders
from pages.ui.server import capture_clock, logs, messages, metrics, reruns, uploads

LOG = logging.getLogger(__name__)


@asynccontextmanager
async def load_in_background(_: st.App) -> AsyncIterator[None]:
    """Load the networks in a thread of their own, while the server already answers.

    The thread must import nothing that a page imports at the same time: two threads that import the same packages in
    another order wait for each other for ever.
    """
    logs.configure()
    runtime.configure()
    ice_servers.retransmit_consent_checks()
    messages.keep_for_fragments()
    reruns.lose_none()
    capture_clock.keep_sender_reports()
    whole_frames.end_frames_at_marker()
    PagesManager.uses_pages_directory = False  # else a first visitor by a deep link gets the page without the site
    uploads.keep_in_memory()
    private_folder.sweep()
    sweeping = asyncio.create_task(uploads.sweep_for_ever())
    threading.Thread(target=_load, name="fizzog-load", daemon=True).start()
    metrics.site()
    event("start")
    yield
    sweeping.cancel()
    event("shutdown")


def _load() -> None:
    try:
        loaders.sample()
        loaders.networks()  # for the live visitors
        event("networks loaded")
        loaders.measure_capacity()
    except FizzogError as error:
        LOG.error(str(error))

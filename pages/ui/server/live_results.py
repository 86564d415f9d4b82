"""The results of a live visit as server-sent events: docs/decisions/023-drawn-in-the-browser.md.

A visit's address has 32 random bytes. It works while the visit's browser is connected, for one reader at a time.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

from fizzog_core.live import result_messages
from fizzog_core.live.session import LiveSession
from pages.ui import sound

PATH = "live-results/"
STATE_S = 1.0
"""Seconds between two messages about the state of the visit."""
SPOKEN_FOR_S = 5.0
"""A reply that is older when a reader comes is shown and not spoken."""


@dataclass(slots=True, weakref_slot=True, eq=False)
class Visit:
    """What one visit's stream reads. ``problem`` returns the present problem as a sentence, empty if there is none."""

    live: LiveSession
    is_active: Callable[[], bool]
    problem: Callable[[], str] = str
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    reader: object = None
    """The stream that is open; an older one ends."""

    @property
    def address(self) -> str:
        """The stream's address, relative to the site's."""
        return f"{PATH}{self.token}"


_visits: WeakValueDictionary[str, Visit] = WeakValueDictionary()


def visit_of(live: LiveSession) -> Visit:
    """A visit of this run's browser. Its address works until the object is gone, which the caller keeps."""
    context = get_script_run_ctx()
    session = context.session_id if context else ""
    return register(Visit(live, lambda: Runtime.exists() and Runtime.instance().is_active_session(session)))


def register(visit: Visit) -> Visit:
    """Makes the visit's address work."""
    _visits[visit.token] = visit
    return visit


async def _answer(request: Request) -> Response:
    visit = _visits.get(request.path_params["token"])
    if visit is None or not visit.is_active():
        return PlainTextResponse("Not found. The visit has ended.", 404)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(messages(visit), media_type="text/event-stream", headers=headers)


ROUTES = (Route(f"/{PATH}{{token}}", _answer),)


async def messages(visit: Visit) -> AsyncGenerator[str]:
    """The events of one reader: each new result, each reply and its voice, and once a second the state."""
    loop, news = asyncio.get_running_loop(), asyncio.Event()
    reader = visit.reader = object()
    name = f"reader {id(reader)}"
    live = visit.live

    def wake(*_: object) -> None:
        loop.call_soon_threadsafe(news.set)

    live.listeners[name] = wake
    sent, stated_s, said, voice = None, float("-inf"), 0, None
    try:
        while visit.reader is reader and visit.is_active():
            now_s = time.monotonic()
            latest = live.latest()
            if latest is not None and latest is not sent:
                sent = latest
                yield _event(result_messages.result(latest, now_s, live.options.keypoints))
            if now_s - stated_s >= STATE_S:
                stated_s, view = now_s, live.view()
                yield _event(result_messages.state(view, visit.problem()))
                reply = view.reply
                if reply is not None and reply.number != said:
                    said = reply.number
                    yield _event(result_messages.reply(reply))
                    if now_s - reply.at_s <= SPOKEN_FOR_S:
                        voice = loop.run_in_executor(None, sound.spoken, reply)
                        voice.add_done_callback(lambda _: news.set())
            if voice is not None and voice.done():
                yield _event(result_messages.sound(said, voice.result()))
                voice = None
            await _wait(news, stated_s + STATE_S - time.monotonic())
    finally:
        live.listeners.pop(name, None)


async def _wait(news: asyncio.Event, limit_s: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(news.wait(), max(0.0, limit_s))
    news.clear()


def _event(message: str) -> str:
    return f"data: {message}\n\n"

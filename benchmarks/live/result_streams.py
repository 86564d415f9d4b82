"""The site's route of live results without its pages, for the benchmarks of live visitors."""

from __future__ import annotations

import asyncio

import uvicorn
from starlette.applications import Starlette

from benchmarks.live.browser import free_port
from benchmarks.live.webrtc import Loop
from benchmarks.waiting import wait_for
from fizzog_core.live.session import LiveSession
from pages.ui.server import live_results


class ResultStreams:
    """Serves the results of live sessions on 127.0.0.1, on the event loop of the WebRTC connections as on the site."""

    def __init__(self, loop: Loop) -> None:
        self._port = free_port()
        self._visits: list[live_results.Visit] = []
        app = Starlette(routes=live_results.ROUTES)
        self._server = uvicorn.Server(uvicorn.Config(app, port=self._port, log_level="warning", lifespan="off"))
        self._served = asyncio.run_coroutine_threadsafe(self._server.serve(), loop.loop)
        wait_for(lambda: self._server.started, 20, "the server of the results did not start")

    def address_of(self, live: LiveSession) -> str:
        """The address of a session's stream: port and path with a space between."""
        visit = live_results.register(live_results.Visit(live, is_active=lambda: not self._server.should_exit))
        self._visits.append(visit)
        return f"{self._port} /{visit.address}"

    def close(self) -> None:
        self._server.should_exit = True
        self._served.result(20)

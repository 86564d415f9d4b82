"""Responses to requests that the end of the service interrupts."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import JSONResponse

ENDING = "The service is shutting down before this request has its result. Send it again."


class AnswerCancelled:
    """ASGI middleware: a request that uvicorn cancels after the drain gets 503, unless its response has begun."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def sent(message: Any) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except asyncio.CancelledError:
            if begun:
                raise
            headers = {"Retry-After": "1", "Connection": "close"}
            await JSONResponse({"error": ENDING}, 503, headers)(scope, receive, send)

"""Metrics of the service for Prometheus."""

from __future__ import annotations

import time
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from fizzog_core.networks.batching import Engine
from fizzog_core.runtime.events import event
from fizzog_core.types import FrameResult

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

CLIENT_CLOSED = 499
"""Status, as in nginx, for a client that closed the connection before the response."""


class Metrics:
    """The metrics of one service, in their own registry."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        kept: Any = {"registry": self.registry}
        self._requests = Counter("fizzog_requests", "Requests answered.", ("route", "method", "status"), **kept)
        self._seconds = Histogram("fizzog_request_seconds", "Time to an answer.", ("route",), buckets=BUCKETS_S, **kept)
        self.at_work = Gauge("fizzog_requests_at_work", "Requests being answered.", **kept)
        self._found = Counter("fizzog_found", "Faces and hands found in pictures.", ("kind",), **kept)
        self._stages = Histogram("fizzog_stage_seconds", "Stages of a picture.", ("stage",), buckets=BUCKETS_S, **kept)

    def watch(self, engine: Engine) -> None:
        """Report an engine's counters; rows divided by calls is the mean batch size."""
        for name, text in (("calls", "Calls of a network."), ("rows", "Rows in those calls."), ("crashes", "Crashes.")):
            gauge = Gauge(f"fizzog_engine_{name}", text, registry=self.registry)
            gauge.set_function(lambda name=name: getattr(engine.stats, name))

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def found(self, result: FrameResult) -> None:
        """Count the faces and hands of a picture, and the time of each stage."""
        self._found.labels("face").inc(len(result.faces or ()))
        self._found.labels("hand").inc(len(result.hands or ()))
        for stage, ms in result.stage_ms.items():
            self._stages.labels(stage).observe(ms / 1000)

    def text(self) -> bytes:
        """All metrics in Prometheus's text format."""
        return generate_latest(self.registry)


class Counting:
    """ASGI middleware that counts and logs every request under the pattern of its route.

    A crash counts as 500, which the layer outside this one sends; a request without any response as 499.
    """

    def __init__(self, app: Any, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = CLIENT_CLOSED

        async def sent(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = time.perf_counter()
        with self._metrics.at_work.track_inprogress():
            try:
                await self._app(scope, receive, sent)
            except Exception:
                status = 500
                raise
            finally:
                route = getattr(scope.get("route"), "path", "other")
                method = scope["method"] if route != "other" else "any"
                seconds = time.perf_counter() - began
                self._metrics.answered(route, method, status, seconds)
                event("request", route=route, method=method, status=status, ms=round(1000 * seconds))

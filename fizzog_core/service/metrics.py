"""What the service counts for Prometheus."""

from __future__ import annotations

import time
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from fizzog_core.networks.batching import Engine
from fizzog_core.types import FrameResult

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The counters of one service, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        kept: Any = {"registry": self.registry}
        self._requests = Counter("fizzog_requests", "Requests answered.", ("route", "method", "status"), **kept)
        self._seconds = Histogram("fizzog_request_seconds", "Time to an answer.", ("route",), buckets=BUCKETS_S, **kept)
        self.at_work = Gauge("fizzog_requests_at_work", "Requests being answered.", **kept)
        self._found = Counter("fizzog_found", "Faces and hands found in pictures.", ("kind",), **kept)
        self._stages = Histogram("fizzog_stage_seconds", "Stages of a picture.", ("stage",), buckets=BUCKETS_S, **kept)

    def watch(self, engine: Engine) -> None:
        """Report an engine's figures: rows for each call is how well requests ride together."""
        for name, text in (("calls", "Calls of a network."), ("rows", "Rows in those calls."), ("crashes", "Crashes.")):
            gauge = Gauge(f"fizzog_engine_{name}", text, registry=self.registry)
            gauge.set_function(lambda name=name: getattr(engine.stats, name))

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def found(self, result: FrameResult) -> None:
        """Count what was found in a picture and how long each stage took."""
        self._found.labels("face").inc(len(result.faces or ()))
        self._found.labels("hand").inc(len(result.hands or ()))
        for stage, ms in result.stage_ms.items():
            self._stages.labels(stage).observe(ms / 1000)

    def text(self) -> bytes:
        """All figures in Prometheus's text format."""
        return generate_latest(self.registry)


class Counting:
    """ASGI middleware: every request is counted under its route's pattern, never under its address."""

    def __init__(self, app: Any, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 499  # the client went away before an answer

        async def sent(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = time.perf_counter()
        with self._metrics.at_work.track_inprogress():
            try:
                await self._app(scope, receive, sent)
            finally:
                route = getattr(scope.get("route"), "path", "other")
                method = scope["method"] if route != "other" else "any"
                self._metrics.answered(route, method, status, time.perf_counter() - began)

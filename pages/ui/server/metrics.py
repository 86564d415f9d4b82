"""Metrics of the site for Prometheus, at /metrics if FIZZOG_METRICS is set: docs/deploy.md."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from streamlit.runtime import Runtime

from fizzog_core import settings
from fizzog_core.runtime import events
from fizzog_core.service.metrics import BUCKETS_S, MEDIA_TYPE
from pages.ui import loaders


class SiteMetrics(logging.Handler):
    """Counts jobs and refusals from the events of the log; reads all other values when they are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self._registry = CollectorRegistry()
        self._jobs = Histogram(
            "fizzog_job_seconds", "Jobs of uploads.", ("job", "outcome"), buckets=BUCKETS_S, registry=self._registry
        )
        self._stages = Histogram(
            "fizzog_stage_seconds", "Stages of results.", ("kind", "stage"), buckets=BUCKETS_S, registry=self._registry
        )
        self._refused = Counter("fizzog_refused", "Visitors who were refused.", ("what",), registry=self._registry)
        for name, text, value in (
            ("visitors", "Browsers that are connected.", _visitors),
            ("live_slots_taken", "Live visitors.", lambda: loaders.slots().taken),
            ("live_waiting", "Visitors who wait for a live slot.", lambda: loaders.slots().waiting),
            ("live_slots", "Most live visitors.", lambda: loaders.slots().limit),
        ):
            Gauge(f"fizzog_{name}", text, registry=self._registry).set_function(value)
        waiting = Gauge("fizzog_jobs_waiting", "Jobs in the queue.", ("pool",), registry=self._registry)
        running = Gauge("fizzog_jobs_running", "Jobs that run.", ("pool",), registry=self._registry)
        for pool in (loaders.pictures, loaders.videos, loaders.data_sets):
            waiting.labels(pool.__name__).set_function(lambda pool=pool: pool().waiting)
            running.labels(pool.__name__).set_function(lambda pool=pool: pool().running)

    def emit(self, record: logging.LogRecord) -> None:
        """Counts one event."""
        fields = getattr(record, "fields", {})
        if record.msg == "job":
            self._jobs.labels(fields["job"], fields["outcome"]).observe(fields["ms"] / 1000)
        elif record.msg == "refused":
            self._refused.labels(fields["what"]).inc()

    def stages(self, kind: str, stage_ms: Mapping[str, float]) -> None:
        """Counts the stages of one result; ``kind``: picture or live."""
        for stage, ms in stage_ms.items():
            self._stages.labels(kind, stage).observe(ms / 1000)

    def text(self) -> bytes:
        """All metrics in Prometheus's text format."""
        return generate_latest(self._registry)


@loaders.once
def site() -> SiteMetrics:
    """The metrics of this process, which count from the first call on."""
    metrics = SiteMetrics()
    events.LOG.addHandler(metrics)
    return metrics


async def _answer(_: Request) -> Response:
    if not settings.get().metrics:
        return PlainTextResponse("Not found. Set FIZZOG_METRICS=1 for the metrics of the site.", 404)
    return Response(site().text(), media_type=MEDIA_TYPE)


ROUTES = (Route("/metrics", _answer),)


def _visitors() -> int:
    return Runtime.instance()._session_mgr.num_active_sessions() if Runtime.exists() else 0

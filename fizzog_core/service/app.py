"""The web service: TensorFlow Serving's REST API for the three networks, and whole pictures. docs/service.md."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from fastapi_offline import FastAPIOffline
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from fizzog_core.errors import FizzogError, RequestError
from fizzog_core.jobs import upload_jobs
from fizzog_core.labels import TASKS
from fizzog_core.networks.predictor import Networks
from fizzog_core.output import records, tables
from fizzog_core.output.media_types import MEDIA_TYPES
from fizzog_core.runtime.addresses import network_of
from fizzog_core.service import openapi, predict_body, tf_serving
from fizzog_core.service.limits import Gate, Limits, read_body
from fizzog_core.service.metrics import CLIENT_CLOSED, MEDIA_TYPE, Counting, Metrics
from fizzog_core.service.shutdown import AnswerCancelled
from fizzog_core.service.workers import OVERLOADED, Work

LOG = logging.getLogger(__name__)


def _guard(request: Request) -> None:
    request.app.state.gate.check(*_identity(request))


def _identity(request: Request) -> tuple[str, str]:
    """The client's network and its Authorization header."""
    return network_of(request.client.host if request.client else ""), request.headers.get("authorization", "")


@asynccontextmanager
async def _body(request: Request, most_bytes: int | None = None) -> AsyncIterator[bytes]:
    """The body. During the block it counts towards the limits on memory and on requests at work."""
    gate: Gate = request.app.state.gate
    limits = gate.limits
    if most_bytes is not None:
        limits = replace(limits, body_bytes=min(limits.body_bytes, most_bytes))
    with gate.memory() as reserve:
        body = await read_body(request.stream(), limits, reserve, request.headers.get("content-encoding", ""))
        with gate.enter():  # not earlier: half-sent bodies would occupy the limit on requests
            yield body


def _work(request: Request) -> Work:
    return request.app.state.work


TheWork = Annotated[Work, Depends(_work)]

free = APIRouter(tags=["operation"])
guarded = APIRouter(dependencies=[Depends(_guard), Depends(HTTPBearer(auto_error=False))], responses=openapi.RESPONSES)


@free.get("/healthz", summary="Whether the process is alive")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@free.get("/readyz", summary="Whether the networks are loaded and the queues have room", responses=openapi.NOT_READY)
async def ready(work: TheWork) -> dict[str, Any]:
    if work.is_full:
        raise RequestError(503, OVERLOADED)
    return {"status": "ok", "models": {task: network.card.sha256 for task, network in work.networks.items()}}


@free.get("/metrics", summary="Metrics for Prometheus", response_class=Response)
def metrics(request: Request) -> Response:
    request.app.state.gate.check(*_identity(request))
    return Response(request.app.state.metrics.text(), media_type=MEDIA_TYPE)


Name = Annotated[str, Path(json_schema_extra={"enum": list(TASKS), "example": "gesture"})]


def _check_network(name: Name, work: TheWork) -> None:
    tf_serving.check_name(name, None, tuple(work.networks))


def _check_version(name: Name, number: Annotated[int, Path(json_schema_extra={"example": 1})], work: TheWork) -> None:
    tf_serving.check_name(name, number, tuple(work.networks))


def model_status() -> dict[str, Any]:
    return tf_serving.status_answer()


def model_metadata(name: Name, work: TheWork) -> dict[str, Any]:
    return tf_serving.metadata_answer(work.networks[name])


async def predict(name: Name, request: Request, work: TheWork) -> Response:
    gate: Gate = request.app.state.gate
    most_bytes = predict_body.largest_body_bytes(work.networks[name], gate.limits.rows)
    async with _body(request, most_bytes) as body:
        return JSONResponse(await work.predict(name, body))


def only_post() -> None:
    raise HTTPException(405)


for prefix, check in (("/v1/models/{name}", _check_network), ("/v1/models/{name}/versions/{number}", _check_version)):
    served = APIRouter(prefix=prefix, tags=["models"], dependencies=[Depends(check)])
    # Before the route below, which would read ":predict" as part of the name.
    served.api_route(":predict", methods=["GET", "HEAD", "PUT", "PATCH", "DELETE"], include_in_schema=False)(only_post)
    served.get("", summary="Whether it is served")(model_status)
    served.get("/metadata", summary="Its inputs and outputs")(model_metadata)
    served.post(":predict", summary="Run it", **openapi.PREDICT)(predict)
    guarded.include_router(served)


@guarded.post("/v1/analyze", tags=["pictures"], summary="Analyse a picture", **openapi.ANALYZE)
async def analyze(
    request: Request,
    work: TheWork,
    source: Annotated[str, Query(description="A name for the picture, repeated in the response.")] = "",
    faces: Annotated[bool, Query(description="Detect faces.")] = True,
    hands: Annotated[bool, Query(description="Detect hands.")] = True,
    form: Annotated[openapi.Form, Query(description="A JSON object, or the rows of docs/schema.md.")] = "json",
) -> Response:
    async with _body(request) as data:
        result = await work.analyze(_identity(request)[0], data, faces, hands)
    request.app.state.metrics.found(result)
    if form == "json":
        return JSONResponse(records.to_json_dict(source, result))
    table = tables.to_table(tables.picture_rows(source, result))
    return Response(tables.to_bytes(table, f".{form}"), media_type=MEDIA_TYPES[form])


def create(
    load: Callable[[], Networks],
    analyze_picture: upload_jobs.Analyze = upload_jobs.analyze,
    *,
    processes: int = 1,
    limits: Limits | None = None,
) -> FastAPI:
    """The service as an ASGI application. ``load`` returns the networks; it is called once, before the first request.

    ``processes``: pictures that are analysed at the same time, by ``analyze_picture``, which must be importable.
    """
    gate = Gate(limits or Limits())
    counters = Metrics()

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        networks = load()
        work = Work(networks, analyze_picture, processes=processes, limits=gate.limits)
        counters.watch(work.engine)
        app.state.work = work
        yield
        await run_in_threadpool(work.close)

    app = FastAPIOffline(
        redoc_url=None,
        title="Fizzog",
        version=str(records.SCHEMA),
        description=openapi.DESCRIPTION,
        lifespan=life,
        exception_handlers=_REFUSALS,
    )
    app.state.gate, app.state.metrics = gate, counters
    app.include_router(free)
    app.include_router(guarded)
    app.add_middleware(AnswerCancelled)
    app.add_middleware(Counting, metrics=counters)
    return app


def _refuse(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": message}, status, openapi.refusal_headers(status))


def _on_fizzog(request: Request, error: Exception) -> Response:
    return _refuse(error.status if isinstance(error, RequestError) else 400, str(error))


def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _refuse(error.status_code, f"Malformed request: {request.method} {request.url.path}. See /docs.")


def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    return _refuse(400, f"Malformed request: {first['loc'][-1]}: {first['msg']}")


def _on_disconnect(request: Request, error: Exception) -> Response:
    """The client closed the connection while it sent the body: nobody reads this response, and it is no fault."""
    return Response(status_code=CLIENT_CLOSED)


def _on_crash(request: Request, error: Exception) -> Response:
    LOG.error("request failed", exc_info=error)
    return _refuse(500, "The service failed on this request. The reason is in its log.")


_REFUSALS: dict[Any, Any] = {
    FizzogError: _on_fizzog,
    ClientDisconnect: _on_disconnect,
    HTTPException: _on_http,
    RequestValidationError: _on_invalid,
    Exception: _on_crash,
}

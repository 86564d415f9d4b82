"""``fizzog serve``: the web service, on this machine or on a Ray cluster."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from fizzog_core import settings
from fizzog_core.cli.exits import exit_on_error
from fizzog_core.networks import loading
from fizzog_core.runtime import events
from fizzog_core.runtime.cpu import available_cores

LOOPBACK = ("127.0.0.1", "::1", "localhost")
OPEN_TO_ALL = (
    "WARNING: the service listens on an address that other machines can reach, and FIZZOG_API_KEY is not set: "
    "anybody can use it. Set a key, or listen on 127.0.0.1 behind a proxy (docs/deploy.md)."
)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 is all addresses.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8601,
    threads: Annotated[int, typer.Option(min=1, help="Pictures analysed at the same time.")] = available_cores(),
    rate: Annotated[float, typer.Option(min=0, help="Requests per second and client; 0: no limit.")] = 50,
    waiting: Annotated[int, typer.Option(min=0, help="Pictures that may wait; further ones get status 503.")] = 32,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds until a request fails with status 503.")] = 10,
    body_mb: Annotated[float, typer.Option(min=0.001, help="Largest request body in MB.")] = 20,
    ray_address: Annotated[str, typer.Option(help="Ray cluster: auto, HOST:PORT, or local to start one.")] = "",
    replicas: Annotated[int, typer.Option(min=1, help="With --ray-address: number of processes.")] = 2,
    drain: Annotated[int, typer.Option(min=0, help="Seconds that running requests have to finish after SIGTERM.")] = 20,
) -> None:
    """Serve over HTTP: pictures at /v1/analyze, TensorFlow Serving's REST API at /v1/models, documentation at /docs.

    If FIZZOG_API_KEY is set, clients must send it as a bearer token.
    """
    _check_installed()
    from fizzog_core.service import app as service
    from fizzog_core.service import server
    from fizzog_core.service.limits import Limits

    with exit_on_error(Console(stderr=True)):
        limits = Limits(
            body_bytes=int(body_mb * 1e6),
            waiting=waiting,
            timeout_s=timeout,
            requests_per_s=rate,
            api_key=settings.get().api_key.get_secret_value(),
        )
        _warn_if_open(host, limits.api_key)
        if ray_address:
            from fizzog_core.service import ray_deployment

            ray_deployment.run(ray_address, replicas, host, port, limits, drain)
            return
        networks = loading.load_all(settings.get().models)
    events.configure(settings.get().log_details)
    app = service.create(lambda: networks, processes=threads, limits=limits)
    server.run(app, host, port, timeout_s=timeout, drain_s=drain)


def _warn_if_open(host: str, api_key: str) -> None:
    if not api_key and host not in LOOPBACK:
        Console(stderr=True).print(OPEN_TO_ALL, style="bold red", markup=False, highlight=False)


def _check_installed() -> None:
    """Ends the command with a sentence if the extra ``service`` is not installed."""
    try:
        import fastapi_offline  # noqa: F401
        import prometheus_client  # noqa: F401
        import uvicorn  # noqa: F401
    except ModuleNotFoundError as error:
        message = f"{error.name} is not installed: pip install -c constraints.txt -e '.[service]'"
        Console(stderr=True).print(message, highlight=False, markup=False)
        raise typer.Exit(1) from None

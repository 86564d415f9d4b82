"""The web service as replicas on a Ray cluster. docs/scale.md."""

from __future__ import annotations

import signal
import threading
from contextlib import suppress
from typing import Any

from fizzog_core import runtime, settings
from fizzog_core.jobs.ray_cluster import connected
from fizzog_core.networks import loading
from fizzog_core.service.limits import Limits

NAME = "fizzog"


def build(limits: Limits) -> Any:
    """The service of one replica. Called in the replica's process, which loads the networks."""
    from fizzog_core.service import app

    runtime.configure()

    return app.create(lambda: loading.load_all(settings.get().models), processes=1, limits=limits)


def run(address: str, replicas: int, host: str, port: int, limits: Limits, drain_s: float) -> None:
    """Serve until SIGTERM or SIGINT. Ray restarts a replica that dies. Raises ClusterError.

    ``drain_s``: time for running requests to finish, at most a minute; new requests get 404 meanwhile.
    """
    with connected(address):
        from ray import serve  # pyright: ignore[reportMissingImports]

        serve.start(http_options={"host": host, "port": port})
        deploy(replicas, limits, drain_s)
        print(f"Serving with {replicas} replicas at http://{host}:{port}", flush=True)
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        stop.wait()
        with suppress(TimeoutError):  # Serve waits a minute at most
            serve.delete(NAME)  # shutdown alone stops the proxy before running requests end
        serve.shutdown()


def deploy(replicas: int, limits: Limits, drain_s: float) -> None:
    """Deploy the service on the connected cluster and wait until it is ready."""
    from ray import serve  # pyright: ignore[reportMissingImports]

    replica = serve.ingress(lambda: build(limits))()
    deployment = serve.deployment(
        replica,
        name=NAME,
        num_replicas=replicas,
        max_ongoing_requests=limits.at_work,
        max_queued_requests=limits.at_work,
        health_check_period_s=2,
        graceful_shutdown_timeout_s=drain_s,
        graceful_shutdown_wait_loop_s=0.5,
        ray_actor_options={"num_cpus": 1},
    )
    serve.run(deployment.bind(), name=NAME, route_prefix="/")

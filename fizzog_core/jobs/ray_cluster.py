"""Connects to a Ray cluster, or starts one on this machine."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fizzog_core import settings
from fizzog_core.errors import ClusterError

CONNECT_TIMEOUT_S = 10.0
"""Ray's own attempts at an unreachable address last up to 15 minutes."""


@contextmanager
def connected(address: str) -> Iterator[None]:
    """A connection to the cluster at ``address``: ``local`` starts one here, ``auto`` is the one that runs here.

    Every machine needs the project installed (``pip install -e .``) at the same path. Raises ClusterError.
    """
    _check_reachable(address)
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if address != "local":  # Ray makes 20 attempts of 40 s at an address that accepts connections and sends nothing
        os.environ.setdefault("RAY_NUM_REDIS_GET_RETRIES", "2")
    try:
        import ray  # pyright: ignore[reportMissingImports]
        from ray.exceptions import RayError  # pyright: ignore[reportMissingImports]
    except ModuleNotFoundError:
        raise ClusterError("Ray is not installed: pip install -c constraints.txt -e '.[scale]'") from None
    variables = {
        "FIZZOG_MODELS": str(settings.get().models.resolve()),
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
    }
    environment = {"env_vars": variables, "worker_process_setup_hook": "fizzog_core.runtime.configure"}
    options: dict[str, Any] = {"runtime_env": environment, "logging_level": logging.WARNING}
    if address == "local":
        options |= {"include_dashboard": False}
    try:
        ray.init(address=address, log_to_driver=False, **options)
    except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ClusterError(f"No Ray cluster at {address}: {reason}. Start one with ray start --head.") from None
    try:
        yield
    except RayError as error:
        last = str(error).strip().splitlines()[-1]
        raise ClusterError(
            f"The cluster failed: {last}. Finished shards are kept: start the same job again."
        ) from error
    finally:
        ray.shutdown()


def _check_reachable(address: str) -> None:
    """Raises ClusterError if ``address`` is a host and port that accept no connection."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not (host and port.isdecimal()):
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_TIMEOUT_S).close()
    except (OSError, OverflowError) as error:
        raise ClusterError(f"No Ray cluster at {address}: {error}. Start one with ray start --head.") from None

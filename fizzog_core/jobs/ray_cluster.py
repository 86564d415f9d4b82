"""Joins a Ray cluster, or starts one on this machine. The only file of the core that starts or leaves one."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fizzog_core import settings
from fizzog_core.errors import ClusterError

REACHED_WITHIN_S = 10.0
"""Ray itself asks an address that nobody answers at for up to a quarter of an hour."""


@contextmanager
def connected(address: str) -> Iterator[None]:
    """A connection to the cluster at ``address``: ``local`` starts one here, ``auto`` is the one that runs here.

    Every machine needs the project installed (``pip install -e .``) at the same path. Raises ClusterError.
    """
    _knock(address)
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if address != "local":  # each try at an address that takes a connection and says nothing lasts 40 s; Ray makes 20
        os.environ.setdefault("RAY_NUM_REDIS_GET_RETRIES", "2")
    try:
        import ray  # pyright: ignore[reportMissingImports]
        from ray.exceptions import RayError  # pyright: ignore[reportMissingImports]
    except ModuleNotFoundError:
        raise ClusterError("Ray is not installed: pip install -c constraints.txt -e '.[scale]'") from None
    variables = {
        "FIZZOG_MODELS": str(settings.get().models.resolve()),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
    }
    options: dict[str, Any] = {"runtime_env": {"env_vars": variables}, "logging_level": logging.WARNING}
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
        raise ClusterError(f"The cluster failed: {last}. What is done is kept: start the same job again.") from error
    finally:
        ray.shutdown()


def _knock(address: str) -> None:
    """Raises ClusterError if ``address`` names a host and port at which nobody takes a connection."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not (host and port.isdecimal()):
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), REACHED_WITHIN_S).close()
    except (OSError, OverflowError) as error:
        raise ClusterError(f"No Ray cluster at {address}: {error}. Start one with ray start --head.") from None

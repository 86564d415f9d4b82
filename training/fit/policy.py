"""The dtype policy of a training run: bfloat16 is faster on some processors and ten times slower on others."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from typing import Any

import keras

log = logging.getLogger(__name__)
STEPS = 10


def faster_policy(compiled: Callable[[], keras.Model], batch: tuple[Any, ...]) -> str:
    """``float32`` or ``mixed_bfloat16``: the dtype policy with the shorter time for ten steps on this machine.

    ``compiled`` builds the network under the present policy; ``batch``: the arguments of its ``train_on_batch``. The
    second policy is given up once it has needed the time of the first. The policy is float32 afterwards.
    """
    seconds: dict[str, float] = {}
    for policy in ("float32", "mixed_bfloat16"):
        keras.config.set_dtype_policy(policy)
        seconds[policy] = _seconds(compiled(), batch, min(seconds.values(), default=math.inf))
        keras.backend.clear_session()
    keras.config.set_dtype_policy("float32")
    log.info("up to %d steps: %s", STEPS, ", ".join(f"{policy} {s:.2f} s" for policy, s in seconds.items()))
    return min(seconds, key=lambda policy: seconds[policy])


def _seconds(network: keras.Model, batch: tuple[Any, ...], limit_s: float) -> float:
    """Seconds of STEPS steps, or of fewer that reach ``limit_s``."""
    network.train_on_batch(*batch)
    start = time.perf_counter()
    for _ in range(STEPS):
        network.train_on_batch(*batch)
        if time.perf_counter() - start > limit_s:
            break
    return time.perf_counter() - start

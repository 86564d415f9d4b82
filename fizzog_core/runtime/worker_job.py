"""A job for a worker process, and its place in the queue."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from fizzog_core.errors import FizzogError

T = TypeVar("T")

ABANDONED_S = 5.0
"""A job is cancelled if its client calls ``WorkerPool.place`` no longer, after this time."""


class Report(Protocol):
    """The first argument of a job's function."""

    def __call__(self, progress: object, /) -> None:
        """Sends the progress of the job to the process that submitted it."""

    def turn_is_over(self) -> bool:
        """Whether the job has had ``WorkerLimits.turn_s`` and others wait: it should end with what it has."""
        ...


class Job(Generic[T]):
    """A submitted job. ``future`` has its result or its exception, a FizzogError.

    ``client``: who shares the worker processes fairly with other clients, see ``runtime.fair_queue``. ``progress``: the
    newest value that the job has reported, None before the first; its attribute ``left_s``, if it has one, is the
    job's own estimate of the seconds until its end.
    """

    def __init__(self, function: Callable[..., T], arguments: tuple[Any, ...], client: Hashable = None) -> None:
        self.function, self.arguments, self.client = function, arguments, client
        self.future: Future[T] = Future()
        self.progress: Any = None
        self.asked_s: float | None = None
        """Time of the last call of ``WorkerPool.place``."""
        self.begun = False  # whether a process has received the job
        self._cancelled = False

    def cancel(self) -> None:
        """Ends the job, also while it runs. Its future then has a CancelledJobError. Does nothing after its end."""
        self._cancelled = True

    def fail(self, error: FizzogError) -> None:
        """Completes the future with ``error``. Does nothing after the job's end."""
        with suppress(InvalidStateError):
            self.future.set_exception(error)

    @property
    def is_ended(self) -> bool:
        """Whether the job is cancelled, or its client has stopped to call ``WorkerPool.place``."""
        abandoned = self.asked_s is not None and time.monotonic() - self.asked_s > ABANDONED_S
        return self._cancelled or abandoned or self.future.cancelled()


@dataclass(frozen=True, slots=True)
class Place:
    """``position``: place in the queue, from 1; 0 while the job runs. ``left_s``: estimated seconds until the result,
    None before the first job of its kind has ended."""

    position: int
    left_s: float | None

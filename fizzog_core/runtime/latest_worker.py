"""Hands the newest item to a worker thread, which ends after a time without items."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

LOG = logging.getLogger(__name__)

IDLE_S = 15.0
"""A worker ends after this time without an item."""

Item = TypeVar("Item")


class NewestWorker(Generic[Item]):
    """Calls ``work`` when an item is waiting; of waiting items only the newest is kept.

    ``work`` gets a function that takes the item: the newest at that moment, or None if the worker was stopped.
    ``finish`` runs once, on the worker's thread, after ``stop`` or after ``idle_s`` without an item. An exception of
    ``work`` is logged, and the worker continues with the next item.
    """

    def __init__(
        self,
        work: Callable[[Callable[[], Item | None]], None],
        finish: Callable[[], None],
        name: str,
        idle_s: float = IDLE_S,
    ) -> None:
        self._work = work
        self._finish = finish
        self._idle_s = idle_s
        self._ready = threading.Condition()
        self._slot: list[Item] = []
        self._ended = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        return self._ended

    def offer(self, item: Item) -> int:
        """Replaces the waiting item, without blocking; returns the number of dropped items, 0 or 1.

        Raises RuntimeError if the worker has ended.
        """
        with self._ready:
            if self._ended:
                raise RuntimeError("this worker has ended")
            left_out = len(self._slot)
            self._slot = [item]
            self._ready.notify()
        return left_out

    def stop(self) -> None:
        """Ends the worker after the current item, without blocking. A second call does nothing."""
        with self._ready:
            self._ended = True
            self._slot = []
            self._ready.notify()

    def join(self, limit_s: float) -> bool:
        """Waits at most ``limit_s`` seconds for the end; returns whether the worker has ended."""
        self._thread.join(limit_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while self._waits():
                try:
                    self._work(self._take)
                except Exception:
                    LOG.exception("%s: an item failed", self._thread.name)
        finally:
            self._ended = True
            self._finish()

    def _waits(self) -> bool:
        with self._ready:
            if not self._ready.wait_for(lambda: self._slot or self._ended, self._idle_s):
                self._ended = True
            return not self._ended

    def _take(self) -> Item | None:
        with self._ready:
            return self._slot.pop() if self._slot else None

"""One hand-over between threads: the newest item only, on a thread that ends by itself."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

LOG = logging.getLogger(__name__)

IDLE_S = 15.0
"""A worker that gets nothing for so long ends."""

Item = TypeVar("Item")


class NewestWorker(Generic[Item]):
    """Calls ``work`` with the newest item offered; what came between is left out.

    ``finish`` runs once, on the worker's thread, after the last item: when it was stopped, or got nothing for
    ``idle_s``. ``work`` must not raise; if it does, that is logged and the next item is taken.
    """

    def __init__(
        self,
        work: Callable[[Item], None],
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
        """Hand over an item without waiting; gives how many were left out for it, 0 or 1.

        Raises RuntimeError once the worker has ended: make a new one.
        """
        with self._ready:
            if self._ended:
                raise RuntimeError("this worker has ended")
            left_out = len(self._slot)
            self._slot = [item]
            self._ready.notify()
        return left_out

    def stop(self) -> None:
        """End after the item in hand, without waiting for it; safe to call twice."""
        with self._ready:
            self._ended = True
            self._slot = []
            self._ready.notify()

    def join(self, limit_s: float) -> bool:
        """Wait for the end for at most ``limit_s``; whether it has come."""
        self._thread.join(limit_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while (item := self._next()) is not None:
                try:
                    self._work(item)
                except Exception:
                    LOG.exception("%s: an item failed", self._thread.name)
        finally:
            self._ended = True
            self._finish()

    def _next(self) -> Item | None:
        with self._ready:
            if not self._ready.wait_for(lambda: self._slot or self._ended, self._idle_s):
                self._ended = True
            return None if self._ended else self._slot.pop()

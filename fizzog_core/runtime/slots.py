"""Limits how many clients use a resource at the same time."""

from __future__ import annotations

import threading
from collections.abc import Hashable


class Slots:
    """A fixed number of slots. Thread-safe. With a ``limit`` of 0 or less no client gets a slot."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._holders: set[Hashable] = set()

    @property
    def taken(self) -> int:
        return len(self._holders)

    @property
    def full(self) -> bool:
        return len(self._holders) >= self.limit

    def acquire(self, client: Hashable) -> bool:
        """Reserves a slot for ``client``; False if all are taken. A client holds at most one slot."""
        with self._lock:
            if client in self._holders:
                return True
            if len(self._holders) >= self.limit:
                return False
            self._holders.add(client)
            return True

    def release(self, client: Hashable) -> None:
        """Frees the slot of ``client``; does nothing for a client without one."""
        with self._lock:
            self._holders.discard(client)

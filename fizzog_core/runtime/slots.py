"""How many visitors may be live at once."""

from __future__ import annotations

import threading
from collections.abc import Hashable


class Places:
    """A fixed number of places; any thread may call it. ``limit`` 0 or less admits nobody."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._taken: set[Hashable] = set()

    @property
    def taken(self) -> int:
        return len(self._taken)

    @property
    def full(self) -> bool:
        return len(self._taken) >= self.limit

    def enter(self, visitor: Hashable) -> bool:
        """Take a place, or keep the one that the visitor has; False if there is none."""
        with self._lock:
            if visitor in self._taken:
                return True
            if len(self._taken) >= self.limit:
                return False
            self._taken.add(visitor)
            return True

    def leave(self, visitor: Hashable) -> None:
        """Give the place back; nothing happens to a visitor without one."""
        with self._lock:
            self._taken.discard(visitor)

"""Limits how many clients use a resource at the same time, fair between their networks."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass

SILENCE_S = 10.0
"""A waiting client leaves the queue after this time without a call of ``acquire``."""
GRACE_S = 30.0
"""A holder keeps its slot for at least this time after the client that gets it has joined the queue."""


@dataclass(slots=True)
class _Holder:
    network: Hashable
    since_s: float
    until_s: float


@dataclass(slots=True)
class _Waiter:
    network: Hashable
    since_s: float
    called_s: float


class Slots:
    """A fixed number of slots with a queue. Thread-safe. With a ``limit`` of 0 or less no client gets a slot.

    ``turn_s``: time for which a client keeps its slot while others wait. The client asks ``left_s`` and calls
    ``release`` itself.
    """

    def __init__(self, limit: int, turn_s: float = math.inf, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit, self.turn_s = limit, turn_s
        self._clock = clock
        self._lock = threading.Lock()
        self._holders: dict[Hashable, _Holder] = {}
        self._queue: dict[Hashable, _Waiter] = {}

    @property
    def taken(self) -> int:
        with self._lock:
            self._expire()
            return len(self._holders)

    @property
    def waiting(self) -> int:
        with self._lock:
            self._expire()
            return len(self._queue)

    @property
    def full(self) -> bool:
        """Whether a further client has to wait."""
        with self._lock:
            self._expire()
            return len(self._holders) + len(self._queue) >= self.limit

    def acquire(self, client: Hashable, for_s: float = math.inf, network: Hashable = None) -> bool:
        """Takes a slot for ``client``, or joins the queue; returns whether the client has a slot.

        A client has at most one slot. A free slot goes to the network with the fewest slots; among equals, first come,
        first served. The slot is released after ``for_s`` seconds unless ``acquire`` is called again.
        """
        with self._lock:
            now = self._expire()
            holder = self._holders.get(client)
            if holder is None:
                waiter = self._queue.setdefault(client, _Waiter(network, now, now))
                waiter.called_s = now
                if self._ahead(client) >= self.limit - len(self._holders):
                    return False
                del self._queue[client]
                holder = self._holders[client] = _Holder(network, now, now)
            holder.until_s = now + for_s
            return True

    def release(self, client: Hashable) -> None:
        """Frees the slot of ``client``, or removes it from the queue; does nothing for other clients."""
        with self._lock:
            self._holders.pop(client, None)
            self._queue.pop(client, None)

    def ahead(self, client: Hashable) -> int:
        """Number of clients in the queue before ``client``."""
        with self._lock:
            self._expire()
            return self._ahead(client)

    def left_s(self, client: Hashable) -> float:
        """Seconds for which ``client`` may keep its slot, 0 or less if its turn is over; infinity if nobody waits.

        The network with the most slots makes room for the first client of the queue; among equals that client's own
        network, and of its clients the one that has had its slot for the longest time. And so on for the second one.
        """
        with self._lock:
            now = self._expire()
            slots = self._slots_by_network()
            holders = dict(self._holders)
            for waiter in map(self._queue.__getitem__, self._order()):
                if client not in holders:
                    break
                leaving = max(holders, key=lambda name: _claim(holders[name], slots, waiter))
                held = holders.pop(leaving)
                if leaving == client:
                    return max(held.since_s + self.turn_s, waiter.since_s + GRACE_S) - now
                slots[held.network] -= 1
                slots[waiter.network] += 1
            return math.inf

    def kept_s(self, client: Hashable) -> float:
        """Seconds after which the slot of ``client`` is released; infinity without such a limit or without a slot."""
        with self._lock:
            now = self._expire()
            holder = self._holders.get(client)
            return math.inf if holder is None else holder.until_s - now

    def _ahead(self, client: Hashable) -> int:
        order = self._order()
        return order.index(client) if client in order else len(order)

    def _order(self) -> list[Hashable]:
        """The clients of the queue in the order in which they get slots."""
        slots = self._slots_by_network()
        levels = {}
        for client, waiter in self._queue.items():
            levels[client] = slots[waiter.network]
            slots[waiter.network] += 1
        return sorted(levels, key=levels.__getitem__)

    def _slots_by_network(self) -> Counter[Hashable]:
        return Counter(holder.network for holder in self._holders.values())

    def _expire(self) -> float:
        now = self._clock()
        self._holders = {client: held for client, held in self._holders.items() if held.until_s > now}
        self._queue = {client: waiter for client, waiter in self._queue.items() if now - waiter.called_s <= SILENCE_S}
        return now


def _claim(holder: _Holder, slots: Counter[Hashable], waiter: _Waiter) -> tuple[int, bool]:
    """By how much ``holder`` comes before others to make room for ``waiter``. ``slots``: of each network."""
    return slots[holder.network], holder.network == waiter.network

"""A fixed number of slots."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from fizzog_core.runtime.slots import GRACE_S, SILENCE_S, Slots


@pytest.mark.parametrize(("limit", "clients", "expected"), [(0, 1, 0), (2, 1, 1), (2, 2, 2), (2, 5, 2), (-1, 1, 0)])
def test_no_more_than_the_limit(limit: int, clients: int, expected: int) -> None:
    slots = Slots(limit)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(slots.acquire, range(clients))) == expected
    assert slots.taken == expected
    assert slots.full == (expected >= limit)


def test_a_client_holds_one_slot_until_it_is_released() -> None:
    slots = Slots(1)
    assert slots.acquire("a")
    assert slots.acquire("a")
    assert not slots.acquire("b")
    slots.release("b")
    slots.release("a")
    slots.release("a")
    assert slots.acquire("b")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_first_in_the_queue_gets_the_next_slot() -> None:
    slots = Slots(1)
    assert [slots.acquire(client) for client in "abc"] == [True, False, False]
    assert [slots.ahead(client) for client in "bcd"] == [0, 1, 2]
    slots.release("a")
    assert slots.full
    assert not slots.acquire("c")
    assert slots.acquire("b")
    assert slots.waiting == 1
    slots.release("c")
    assert slots.waiting == 0


@pytest.mark.parametrize(
    ("holders", "queue", "expected"),
    [("", "", ""), ("a", "aaa", "aaa"), ("aa", "aab", "baa"), ("ab", "aab", "aba"), ("aa", "aacbb", "cbbaa")],
)
def test_a_free_slot_goes_to_the_network_with_the_fewest(holders: str, queue: str, expected: str) -> None:
    slots = Slots(len(holders))
    for number, network in enumerate(holders + queue):
        assert slots.acquire((network, number), network=network) == (number < len(holders))
    waiting = [(network, number) for number, network in enumerate(holders + queue)][len(holders) :]
    assert "".join(network for network, _ in sorted(waiting, key=slots.ahead)) == expected
    if expected:
        slots.release((holders[0], 0))
        got = [client for client in waiting if slots.acquire(client, network=client[0])]
        assert len(got) == 1


@pytest.mark.parametrize(
    ("holders", "waiting", "leaving"),
    [("ab", "c", 0), ("abb", "c", 1), ("ab", "b", 1), ("ba", "b", 0), ("bba", "a", 0), ("abb", "cd", 1)],
)
def test_the_network_with_the_most_slots_makes_room(holders: str, waiting: str, leaving: int) -> None:
    """Of its clients the oldest one; among equals, a client of the own network."""
    slots = Slots(len(holders), turn_s=100, clock=(clock := Clock()))
    for number, network in enumerate(holders):
        clock.now += 1
        assert slots.acquire(number, network=network)
    for network in waiting:
        assert not slots.acquire(network + " waits", network=network)
    left = {number: slots.left_s(number) for number in range(len(holders))}
    assert len([number for number in left if left[number] < float("inf")]) == len(waiting)
    assert left[leaving] == 100 - (clock.now - leaving - 1)


def test_a_silent_client_leaves_the_queue() -> None:
    clock = Clock()
    slots = Slots(1, clock=clock)
    assert [slots.acquire(client) for client in "abc"] == [True, False, False]
    clock.now += SILENCE_S
    assert not slots.acquire("c")
    clock.now += 1
    assert slots.ahead("c") == 0


def test_a_slot_can_be_kept_for_a_time() -> None:
    clock = Clock()
    slots = Slots(1, clock=clock)
    assert slots.acquire("a", for_s=5)
    assert slots.kept_s("a") == 5
    assert slots.acquire("a", for_s=8)
    clock.now += 7
    assert not slots.acquire("b")
    clock.now += 1
    assert slots.acquire("b")
    assert slots.kept_s("b") == float("inf")


def test_the_longest_holder_makes_room_for_the_first_in_the_queue() -> None:
    clock = Clock()
    slots = Slots(2, turn_s=100, clock=clock)
    assert slots.acquire("a")
    clock.now = 10
    assert slots.acquire("b")
    assert slots.left_s("a") == float("inf")
    clock.now = 95
    assert not slots.acquire("c")
    assert (slots.left_s("a"), slots.left_s("b")) == (GRACE_S, float("inf"))
    assert not slots.acquire("d")
    assert slots.left_s("b") == GRACE_S
    assert slots.left_s("c") == float("inf")

"""A fixed number of slots."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from fizzog_core.runtime.slots import Slots


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

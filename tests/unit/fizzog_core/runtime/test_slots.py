"""A fixed number of places."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from fizzog_core.runtime.slots import Places


@pytest.mark.parametrize(("limit", "visitors", "expected"), [(0, 1, 0), (2, 1, 1), (2, 2, 2), (2, 5, 2), (-1, 1, 0)])
def test_no_more_than_the_limit(limit: int, visitors: int, expected: int) -> None:
    places = Places(limit)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(places.enter, range(visitors))) == expected
    assert places.taken == expected
    assert places.full == (expected >= limit)


def test_a_visitor_has_one_place_and_gives_it_back() -> None:
    places = Places(1)
    assert places.enter("a")
    assert places.enter("a")
    assert not places.enter("b")
    places.leave("b")
    places.leave("a")
    places.leave("a")
    assert places.enter("b")

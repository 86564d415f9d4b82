import asyncio
from itertools import pairwise

import pytest
from aiortc import MediaStreamTrack
from aiortc.contrib.media import MediaRelay
from aiortc.mediastreams import MediaStreamError

from fizzog_core.live.webrtc_relay import NewestRelay

FRAMES = 50


class Counter(MediaStreamTrack):
    """Returns 1, 2, 3 ... without delay, and ends after FRAMES."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self.number = 0

    async def recv(self) -> int:
        await asyncio.sleep(0)
        self.number += 1
        if self.number > FRAMES:
            raise MediaStreamError
        return self.number


async def taken_by_a_slow_consumer(relay: MediaRelay) -> list[int]:
    """The numbers that a consumer receives until the source ends."""
    proxy, taken = relay.subscribe(Counter()), []
    for _ in range(FRAMES + 1):
        try:
            taken.append(await proxy.recv())
        except MediaStreamError:
            return taken
        for _ in range(20):
            await asyncio.sleep(0)
    raise AssertionError(f"the source has {FRAMES} frames, and more came: {taken}")


def test_a_slow_consumer_gets_the_newest_picture_and_the_end() -> None:
    taken = asyncio.run(taken_by_a_slow_consumer(NewestRelay()))
    assert 2 <= len(taken) <= 10
    assert all(later - earlier >= 5 for earlier, later in pairwise(taken[1:]))


def test_aiortcs_own_relay_keeps_every_picture() -> None:
    """Why there is one of ours; if this fails, it may go."""
    assert asyncio.run(taken_by_a_slow_consumer(MediaRelay())) == list(range(1, FRAMES + 1))


@pytest.mark.parametrize("consumers", [1, 3])
def test_every_consumer_has_its_own(consumers: int) -> None:
    async def take() -> list[int]:
        relay, source = NewestRelay(), Counter()
        proxies = [relay.subscribe(source) for _ in range(consumers)]
        return list(await asyncio.gather(*(proxy.recv() for proxy in proxies)))  # type: ignore[arg-type]

    assert len(set(asyncio.run(take()))) == 1

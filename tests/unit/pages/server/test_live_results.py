"""The stream of a visit's results: who may read it, what it says, and when it ends."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from benchmarks.waiting import wait_for
from fizzog_core.live.session import LiveSession
from fizzog_core.runtime.slots import Slots
from fizzog_core.types import Frame, FrameResult
from pages.ui.server import live_results
from pages.ui.server.live_results import Visit, messages, register
from tests.support.results import face

LIMIT_S = 10


class OneFace:
    """An analyzer that finds one happy face in each frame."""

    def analyze(self, frame: Frame, faces: bool = True, hands: bool = True, time_s: float | None = None) -> FrameResult:
        height, width = frame.shape[:2]
        return FrameResult(width, height, (face(),), ())

    @contextmanager
    def open(self) -> Iterator["OneFace"]:
        yield self


@pytest.fixture
def live() -> Iterator[LiveSession]:
    session = LiveSession(OneFace().open, Slots(1))
    yield session
    session.on_ended()


async def following(stream: AsyncIterator[str], kind: str) -> dict:
    """The next message of a kind."""
    async with asyncio.timeout(LIMIT_S):
        async for event in stream:
            assert event.startswith("data: ")
            assert event.endswith("\n\n")
            message = json.loads(event[6:])
            if message["type"] == kind:
                return message
    raise AssertionError(f"the stream ended before a {kind}")


def show_one(live: LiveSession) -> None:
    before = live.view().speed.analysed
    live.show(np.zeros((240, 320, 3), np.uint8))
    wait_for(lambda: live.view().speed.analysed > before, LIMIT_S)


def test_results_state_and_problem_are_streamed(live: LiveSession) -> None:
    async def read() -> None:
        stream = messages(Visit(live, lambda: True, lambda: "Too dark."))
        state = await following(stream, "state")
        assert (state["streaming"], state["problem"]) == (False, "Too dark.")
        await asyncio.to_thread(show_one, live)
        result = await following(stream, "result")
        assert [item["kind"] for item in result["items"]] == ["face"]
        assert result["age_ms"] >= 0
        await stream.aclose()
        assert not live.listeners

    asyncio.run(read())


def test_a_new_reader_ends_the_older_one(live: LiveSession) -> None:
    async def read() -> None:
        visit = Visit(live, lambda: True)
        first = messages(visit)
        await following(first, "state")
        second = messages(visit)
        await following(second, "state")
        with pytest.raises(AssertionError, match="the stream ended"):
            await following(first, "never")
        await following(second, "state")
        await second.aclose()
        assert not live.listeners

    asyncio.run(read())


def test_a_stream_ends_with_its_visit(live: LiveSession) -> None:
    here = [True]

    async def read() -> None:
        stream = messages(Visit(live, lambda: here[0]))
        await following(stream, "state")
        here[0] = False
        with pytest.raises(AssertionError, match="the stream ended"):
            await following(stream, "never")

    asyncio.run(read())


def test_an_address_is_unguessable_and_dies_with_its_visit(live: LiveSession) -> None:
    here = [True]
    client = TestClient(Starlette(routes=list(live_results.ROUTES)))
    visit = register(Visit(live, lambda: here[0]))
    other = register(Visit(live, lambda: True))
    assert visit.token != other.token
    assert len(visit.token) >= 43
    address = f"/{visit.address}"
    here[0] = False
    assert client.get(address).status_code == 404
    assert client.get(f"{address}x").status_code == 404
    assert client.get("/live-results/").status_code == 404
    known = f"/{other.address}"
    del other
    gc.collect()
    assert client.get(known).status_code == 404


def test_an_open_address_answers_with_events(live: LiveSession) -> None:
    looks = iter([True, True, False])
    client = TestClient(Starlette(routes=list(live_results.ROUTES)))
    visit = register(Visit(live, lambda: next(looks, False)))
    answer = client.get(f"/{visit.address}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert json.loads(answer.text.removeprefix("data: "))["type"] == "state"

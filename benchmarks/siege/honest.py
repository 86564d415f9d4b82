"""Honest visitors: each sends a file, waits for the result, and comes again."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

import httpx2

from benchmarks.scale.site_visitor import SiteVisitor, site_visit

LIMIT_S = 120.0
"""A visitor gives up after this time: the result counts as lost."""
PAUSE_S = 1.0


@dataclass(frozen=True, slots=True)
class Errand:
    """``page`` with ``query``: where the file goes. ``button``: what starts the work, empty if the upload does.
    ``result``: the kinds of elements that show a result."""

    page: str
    result: tuple[str, ...]
    button: str = ""
    query: str = ""


PICTURE = Errand("analyze_image", ("imgs",))
VIDEO = Errand("analyze_video", ("video",), button="Analyze")
DATA_SET = Errand("explore_data", ("imgs", "arrow_vega_lite_chart"), query="dataset=your+own")


@dataclass(slots=True)
class Tally:
    """What the honest visitors of one kind got. ``answers_s``: seconds until each result; ``lost``: reasons of
    attempts without a result and without a sentence; ``told``: sentences in place of a result."""

    answers_s: list[float] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


async def send_file(visit: SiteVisitor, errand: Errand, name: str, data: bytes) -> str:
    """Uploads a file and waits; returns ``answered`` or the page's sentence."""
    await visit.upload(name, data)
    pressed = not errand.button
    async for message in visit.messages():
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind in errand.result and pressed:
            return "answered"
        if kind == "exception" or (kind == "alert" and element.alert.format == element.alert.ERROR):
            return element.alert.body or element.exception.message
        if message.WhichOneof("type") == "script_finished" and not pressed:
            pressed = True
            await visit.press(errand.button)
    return "closed"


async def visit_again(address: str, errand: Errand, name: str, data: bytes, tally: Tally, source: str) -> None:
    """Visits until it is cancelled."""
    while True:
        await _visit(address, errand, name, data, tally, source)
        await asyncio.sleep(PAUSE_S)


async def ask_again(address: str, key: str, data: bytes, tally: Tally, source: str) -> None:
    """Sends a picture to the service from ``source`` until it is cancelled."""
    headers = {"Authorization": f"Bearer {key}"}
    while True:
        start_s = time.perf_counter()
        try:
            transport = httpx2.AsyncHTTPTransport(local_address=source)
            async with httpx2.AsyncClient(timeout=LIMIT_S, transport=transport) as http:
                answer = await http.post(f"{address}/v1/analyze", content=data, headers=headers)
        except httpx2.HTTPError as error:
            tally.lost.append(f"{type(error).__name__} after {time.perf_counter() - start_s:.0f} s")
        else:
            if answer.status_code == 200:
                tally.answers_s.append(time.perf_counter() - start_s)
            else:
                tally.told.append(str(answer.status_code))
        await asyncio.sleep(PAUSE_S)


async def _visit(address: str, errand: Errand, name: str, data: bytes, tally: Tally, source: str) -> None:
    try:
        async with asyncio.timeout(LIMIT_S), site_visit(address, errand.page, errand.query, source) as visit:
            start_s = time.perf_counter()
            outcome = await send_file(visit, errand, name, data)
        if outcome == "answered":
            tally.answers_s.append(time.perf_counter() - start_s)
        else:
            (tally.lost if outcome == "closed" else tally.told).append(outcome)
    except Exception as error:  # every failure of a visit counts
        tally.lost.append(type(error).__name__)

"""Many visitors of the site upload a large photo at once. Prints JSON: when each saw a position and an answer, memory.

Other programs on the machine move the times, and not those of one visitor and of many alike. So one visitor is
measured before and after the crowd, and the processor time is printed, with the cores that other programs used.

python -m benchmarks.scale.crowd [--visitors 20] [--megapixels 12]
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import Image

from benchmarks.live.browser import running_site
from benchmarks.scale.memory import busy_s, descendants, memory_mb, processor_s
from benchmarks.scale.site_visitor import SiteVisitor, site_visit
from benchmarks.waiting import repeated
from fizzog_core.settings import ROOT

PAGE = "analyze_image"
ALONE = 5
"""Visits of one visitor alone before the crowd, and again after it; their median counts."""
LIMIT_S = 300
SAMPLE_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds from the click until the first word on the place in the queue, and until the drawn picture."""

    position_s: float | None
    answer_s: float
    position: str


def main(
    visitors: Annotated[int, typer.Option(min=1, max=100)] = 20,
    megapixels: Annotated[float, typer.Option(min=0.1, max=24)] = 12,
) -> None:
    data = photo(megapixels)
    with tempfile.TemporaryDirectory() as folder, running_site(Path(folder, "site.log")) as address:
        print(json.dumps(asyncio.run(measure(address, data, visitors)), indent=2))


def photo(megapixels: float) -> bytes:
    """The sample picture enlarged to a 4:3 JPEG."""
    width, height = round((megapixels * 4e6 / 3) ** 0.5), round((megapixels * 3e6 / 4) ** 0.5)
    file = io.BytesIO()
    with Image.open(ROOT / "samples" / "astronaut.png") as image:
        image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS).save(file, "JPEG", quality=92)
    return file.getvalue()


async def measure(address: str, data: bytes, visitors: int) -> dict[str, Any]:
    """One visitor alone, several times; then all of them at once; then one visitor alone again."""
    await crowd(address, data, 1)  # starts a worker process
    with measured(ALONE) as first_work:
        first = [(await crowd(address, data, 1))[0].answer_s for _ in range(ALONE)]
    with peak_memory_mb() as peak, measured(visitors) as work:
        waits = await crowd(address, data, visitors)
    last = [(await crowd(address, data, 1))[0].answer_s for _ in range(ALONE)]
    alone = first + last
    answers, positions = [wait.answer_s for wait in waits], [wait.position_s for wait in waits]
    return {
        "photo_bytes": len(data),
        "alone_s": [round(seconds, 2) for seconds in alone],
        "work_alone": first_work,
        "work_in_the_crowd": work,
        "visitors": visitors,
        "position_s": [seconds if seconds is None else round(seconds, 2) for seconds in sorted(positions, key=str)],
        "answer_s": [round(seconds, 2) for seconds in sorted(answers)],
        "last_answer_in_times_alone": round(max(answers) / statistics.median(alone), 1),
        "first_words": sorted({wait.position for wait in waits}),
        **peak,
    }


async def crowd(address: str, data: bytes, visitors: int) -> list[Wait]:
    """Opens the page for each visitor; then all upload the photo at the same moment."""
    async with AsyncExitStack() as opened:
        visits = [await opened.enter_async_context(site_visit(address, PAGE)) for _ in range(visitors)]
        return await asyncio.wait_for(asyncio.gather(*(_upload(visit, data) for visit in visits)), LIMIT_S)


async def _upload(visit: SiteVisitor, data: bytes) -> Wait:
    start_s, position_s, words = time.perf_counter(), None, ""
    await visit.upload("photo.jpg", data)
    async for message in visit.messages():
        element = message.delta.new_element
        text = element.alert.body or element.markdown.body
        if position_s is None and ("in the queue" in text or "In analysis" in text):
            position_s, words = time.perf_counter() - start_s, text
        if element.WhichOneof("type") == "imgs":
            return Wait(position_s, time.perf_counter() - start_s, words)
        if element.WhichOneof("type") == "exception" or element.alert.format == element.alert.ERROR:
            raise RuntimeError(f"the page shows an error: {text or element.exception.message}")
    raise RuntimeError("the site closed the connection")


@contextmanager
def measured(photos: int) -> Iterator[dict[str, float]]:
    """Processor seconds of a photo in the site's process and in its worker processes, and cores that others used."""
    work: dict[str, float] = {}
    start_s, busy_before_s, before = time.perf_counter(), busy_s(), processor_s(_site())
    own_s = time.process_time()
    yield work
    site, *workers = _site()
    now = processor_s([site, *workers])
    used = {pid: seconds - before.get(pid, 0.0) for pid, seconds in now.items()}
    others_s = busy_s() - busy_before_s - sum(used.values()) - (time.process_time() - own_s)
    work["site_s"] = round(used[site] / photos, 3)
    work["workers_s"] = round(sum(used[pid] for pid in workers) / photos, 3)
    work["cores_of_others"] = round(others_s / (time.perf_counter() - start_s), 2)


def _site() -> list[int]:
    """The site's process and its worker processes."""
    return descendants(os.getpid())


@contextmanager
def peak_memory_mb() -> Iterator[dict[str, float]]:
    """The largest memory of the site and its worker processes during the block, without what they share twice."""
    peak: dict[str, float] = {"peak_memory_mb": 0.0, "peak_resident_mb": 0.0}

    def watch() -> None:
        for name, value in memory_mb(descendants(os.getpid())).items():
            peak[name] = max(peak[name], round(value))

    with repeated(watch, SAMPLE_EVERY_S):
        yield peak


if __name__ == "__main__":
    typer.run(main)

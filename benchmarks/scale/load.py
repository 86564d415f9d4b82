"""Sends requests of many clients to a local service. Prints JSON: throughput, latency, numbers of each status.

python -m benchmarks.scale.load [--url http://127.0.0.1:8601] [--clients 50] [--seconds 120] [--path analyze]
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import httpx2
import numpy as np
import typer

from fizzog_core.service.openapi import HAND
from fizzog_core.settings import ROOT

CHOSEN = (429, 503)
"""Status codes with which an overloaded service refuses a request."""
PAUSE_S = 1.0
"""Pause of a client after a refusal, as the header Retry-After requires."""


def main(
    url: Annotated[str, typer.Option(help="The service; loopback only.")] = "http://127.0.0.1:8601",
    clients: Annotated[int, typer.Option(min=1, max=200)] = 50,
    seconds: Annotated[float, typer.Option(min=1, max=300)] = 120,
    path: Annotated[str, typer.Option(help="analyze, keypoints, emotion or gesture")] = "analyze",
    picture: Annotated[Path, typer.Option(help="For analyze.")] = ROOT / "samples" / "astronaut.png",
) -> None:
    if urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1"):
        raise typer.BadParameter("This loads loopback addresses only.")
    address, body = request_of(path, picture)
    began = time.perf_counter()
    answers = asyncio.run(load(url + address, body, clients, seconds))
    took = time.perf_counter() - began
    print(json.dumps({"path": address, "clients": clients} | figures(answers, took)))


def request_of(path: str, picture: Path) -> tuple[str, bytes]:
    """Returns the address and body of the repeated request."""
    if path == "analyze":
        return "/v1/analyze", picture.read_bytes()
    side = {"keypoints": 96, "emotion": 48}.get(path)
    row = HAND if side is None else np.random.default_rng(0).integers(0, 256, (side, side, 1)).tolist()
    return f"/v1/models/{path}:predict", json.dumps({"instances": [row]}).encode()


async def load(address: str, body: bytes, clients: int, seconds: float) -> list[tuple[int | str, float]]:
    """Returns (status or kind of failure, milliseconds) of each request."""
    end = time.perf_counter() + seconds
    limits = httpx2.Limits(max_connections=clients)
    async with httpx2.AsyncClient(limits=limits, timeout=30) as client:
        parts = await asyncio.gather(*(_client(client, address, body, end) for _ in range(clients)))
    return [answer for part in parts for answer in part]


async def _client(client: Any, address: str, body: bytes, end: float) -> list[tuple[int | str, float]]:
    answers: list[tuple[int | str, float]] = []
    while time.perf_counter() < end:
        began = time.perf_counter()
        try:
            status: int | str = (await client.post(address, content=body)).status_code
        except httpx2.HTTPError as error:
            status = type(error).__name__
        answers.append((status, 1000 * (time.perf_counter() - began)))
        if status != 200:
            await asyncio.sleep(PAUSE_S)
    return answers


def figures(answers: list[tuple[int | str, float]], took_s: float) -> dict[str, Any]:
    """Returns throughput and percentiles of the responses with status 200, and the number of each status."""
    times = [ms for status, ms in answers if status == 200]
    p50, p95, p99 = np.percentile(times, (50, 95, 99)).round(1).tolist() if times else (None, None, None)
    counts = Counter(str(status) for status, _ in answers)
    return {
        "seconds": round(took_s, 1),
        "answered_per_s": round(len(times) / took_s, 1),
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
        "answers": dict(counts),
        "not_chosen": sum(count for status, count in counts.items() if status not in {"200", *map(str, CHOSEN)}),
        "load_average": round(os.getloadavg()[0], 1),
    }


if __name__ == "__main__":
    typer.run(main)

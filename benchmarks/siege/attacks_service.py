"""Attacks on the REST service. Each makes one attempt and returns a word for its outcome."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from urllib.parse import urlsplit

import httpx2
import numpy as np

from benchmarks.siege.attacks_site import Attack
from benchmarks.siege.raw import HELD_S, request_head, send
from fizzog_core.networks import model_card
from fizzog_core.settings import ROOT

PREDICT = "/v1/models/keypoints:predict"
KEY = "siege"
FACE_SIDE = model_card.load(ROOT / "models" / "emotion").input_size
ROW_SHAPES = {"keypoints": (96, 96, 1), "emotion": (FACE_SIDE, FACE_SIDE, 1), "gesture": (21, 3)}


async def wide_texts(address: str, source: str) -> str:
    """Sends 1 MB of texts, of which numpy makes an array as wide as the longest one: 1.2 GB."""
    body = json.dumps({"instances": ["a" * 1_000_000, *[""] * 300]}).encode()
    return await _post(address, source, body)


async def empty_objects(address: str, source: str) -> str:
    """Sends eight bodies of 20 MB of ``{}`` at once, each of which a general parser makes an object of 64 bytes."""
    body = b'{"instances": [' + b",".join([b"{}"] * 6_600_000) + b"]}"
    return ", ".join(sorted(set(await asyncio.gather(*(_post(address, source, body) for _ in range(8))))))


async def huge_numbers(address: str, source: str) -> str:
    """Sends a row of 1e38 to each network; one of them computes NaN."""
    outcomes = []
    for task, shape in ROW_SHAPES.items():
        row = np.full(shape, 1e38)
        row.flat[0] = 0
        body = json.dumps({"instances": [row.tolist()]}).encode()
        outcomes.append(f"{task} {await _post(address, source, body, f'/v1/models/{task}:predict')}")
    return ", ".join(outcomes)


async def half_requests(address: str, source: str) -> str:
    """Opens 240 connections and sends half a header on each."""
    host = urlsplit(address)
    opened = []
    with suppress(OSError):
        for _ in range(240):
            _, writer = await asyncio.open_connection(host.hostname, host.port, local_addr=(source, 0))
            writer.write(b"POST /v1/analyze HTTP/1.1\r\nHost: a\r\n")
            opened.append(writer)
    await asyncio.sleep(HELD_S)
    for writer in opened:
        writer.close()
    return f"{len(opened)} opened"


async def huge_header(address: str, source: str) -> str:
    """Sends a header of 200 MB."""
    head = request_head("GET", "/v1/models/emotion", {})[:-2] + b"X-Long: "
    return await send(address, source, head, (b"a" * 100_000 for _ in range(2000)))


async def wrong_keys(address: str, source: str) -> str:
    """Tries 200 keys at once."""
    transport = httpx2.AsyncHTTPTransport(local_address=source)
    async with httpx2.AsyncClient(base_url=address, timeout=60, transport=transport) as http:
        get = [http.get("/v1/models/emotion", headers={"Authorization": f"Bearer {key}"}) for key in range(200)]
        statuses = [answer.status_code for answer in await asyncio.gather(*get)]
    return ", ".join(f"{status} x {statuses.count(status)}" for status in sorted(set(statuses)))


async def _post(address: str, source: str, body: bytes, path: str = PREDICT) -> str:
    transport = httpx2.AsyncHTTPTransport(local_address=source)
    async with httpx2.AsyncClient(timeout=60, transport=transport) as http:
        answer = await http.post(address + path, content=body, headers={"Authorization": f"Bearer {KEY}"})
        return str(answer.status_code)


ATTACKS: dict[str, Attack] = {
    "predict: a text of 1 MB": wide_texts,
    "predict: eight bodies of 20 MB": empty_objects,
    "predict: numbers of 1e38": huge_numbers,
    "240 half-sent requests": half_requests,
    "header of 200 MB": huge_header,
    "200 wrong keys": wrong_keys,
}

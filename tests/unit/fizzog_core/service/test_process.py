"""The service as its own process: memory, slow clients and its end."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from tests.support.service_process import running_service

pytestmark = pytest.mark.slow


def test_hostile_predict_bodies_leave_the_memory_small(tmp_path: Path) -> None:
    texts = json.dumps({"instances": ["a" * 1_000_000, *[""] * 300]}).encode()
    objects = b'{"instances": [' + b",".join([b"{}"] * 6_600_000) + b"]}"
    assert 19e6 < len(objects) < 20e6
    with running_service(tmp_path / "log") as service, ThreadPoolExecutor(8) as pool:
        before = service.peak_mb()

        def post(body: bytes) -> int:
            return httpx2.post(f"{service.address}/v1/models/keypoints:predict", content=body, timeout=60).status_code

        assert post(texts) == 400
        statuses = list(pool.map(post, [objects] * 8))
        after = service.peak_mb()
    assert set(statuses) == {400}
    assert after - before < 8 * 3 * len(objects) / 1e6

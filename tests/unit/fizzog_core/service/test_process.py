"""The service as its own process: memory, slow clients and its end."""

from __future__ import annotations

import json
import re
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from benchmarks.siege.files import noise_picture
from benchmarks.waiting import wait_for
from tests.support.paths import ROOT
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


def test_half_sent_requests_do_not_block_the_service(tmp_path: Path) -> None:
    with running_service(tmp_path / "log", open_files=256) as service, ExitStack() as opened:
        for _ in range(300):
            half = opened.enter_context(socket.create_connection(("127.0.0.1", service.port), timeout=20))
            half.sendall(b"POST /v1/analyze HTTP/1.1\r\nHost: a\r\n")
        assert httpx2.get(f"{service.address}/v1/models/emotion", timeout=20).status_code == 200


@pytest.fixture(scope="module")
def large_picture() -> bytes:
    return noise_picture(16)


@pytest.mark.parametrize(("drain_s", "statuses"), [(60, {200}), (0, {503})])
def test_work_in_hand_is_answered_when_the_service_ends(
    drain_s: int, statuses: set[int], large_picture: bytes, tmp_path: Path
) -> None:
    options = ("--drain", str(drain_s), "--timeout", "60", "--body-mb", "100")
    with running_service(tmp_path / "log", *options) as service, ThreadPoolExecutor(2) as pool:

        def post() -> httpx2.Response:
            return httpx2.post(f"{service.address}/v1/analyze", content=large_picture, timeout=100)

        def at_work() -> int:
            text = httpx2.get(f"{service.address}/metrics").text
            return int(float(re.search(r"^fizzog_requests_at_work (\S+)$", text, re.MULTILINE)[1]))  # type: ignore[index]

        answers = [pool.submit(post) for _ in range(2)]
        wait_for(lambda: at_work() == 3, 60, "fewer than two pictures and the question itself are at work")
        service.process.send_signal(signal.SIGTERM)
        responses = [answer.result(100) for answer in answers]
        assert service.process.wait(60) == -signal.SIGTERM
    assert {response.status_code for response in responses} == statuses
    assert statuses == {200} or all("shutting down" in response.json()["error"] for response in responses)


def test_the_log_is_json_lines_without_names_and_addresses(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running_service(log) as service:
        body = (ROOT / "samples" / "astronaut.png").read_bytes()
        answer = httpx2.post(f"{service.address}/v1/analyze?source=holiday.png", content=body, timeout=60)
        assert answer.status_code == 200
        httpx2.get(f"{service.address}/holiday.png")
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines() if line.startswith("{")]
    requests = [(line["route"], line["status"]) for line in lines if line["event"] == "request"]
    assert ("/v1/analyze", 200) in requests
    assert ("other", 404) in requests
    assert {"start", "job", "shutdown"} <= {line["event"] for line in lines}
    assert not re.search(r"holiday|127\.0\.0\.1", json.dumps(lines))

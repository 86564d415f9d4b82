"""Site and service on a read-only file system without capabilities, as ``deploy/compose.yaml`` runs them."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from benchmarks.live.browser import answers, free_port
from benchmarks.scale.site_visitor import site_visit
from benchmarks.siege.files import honest_video, packed
from benchmarks.siege.honest import DATA_SET, PICTURE, VIDEO, Errand, send_file
from benchmarks.waiting import wait_for
from tests.support.paths import ROOT
from tests.support.uploads import png

LIMIT_S = 120
SAMPLE = (ROOT / "samples" / "astronaut.png").read_bytes()
READ_ONLY = ["unshare", "--mount", "sh", "deploy/read_only.sh"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        os.name != "posix" or os.geteuid() != 0 or not shutil.which("setpriv"), reason="mounting needs root"
    ),
]


@contextmanager
def read_only(log: Path, port: int, health: str, *command: str) -> Iterator[str]:
    """Runs a Python module; its output goes to ``log``."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*READ_ONLY, sys.executable, "-m", *command], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(lambda: answers(address + health), LIMIT_S, lambda: f"no start: {log.read_text()}", 0.2)
            yield address
        finally:
            process.terminate()
            process.wait(40)


def test_nothing_else_can_be_written() -> None:
    script = "import pathlib; pathlib.Path('/tmp/a').touch(); pathlib.Path('a').touch()"
    done = subprocess.run([*READ_ONLY, sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert "Read-only file system: 'a'" in done.stderr


def test_the_site_analyses_pictures_videos_and_data_sets(tmp_path: Path) -> None:
    port = free_port()
    options = ("--server.headless=true", f"--server.port={port}", "--server.fileWatcherType=none")
    command = ("streamlit", "run", "streamlit_app.py", "--server.address=127.0.0.1", *options)

    async def visit(address: str, errand: Errand, name: str, data: bytes) -> str:
        async with asyncio.timeout(LIMIT_S), site_visit(address, errand.page, errand.query) as visitor:
            return await send_file(visitor, errand, name, data)

    with read_only(tmp_path / "log", port, "/_stcore/health", *command) as address:
        assert asyncio.run(visit(address, PICTURE, "a.png", SAMPLE)) == "answered"
        assert asyncio.run(visit(address, VIDEO, "a.mp4", honest_video())) == "answered"
        zipped = packed({"cat/1.png": png(), "dog/1.png": png(grey=10)})
        assert asyncio.run(visit(address, DATA_SET, "a.zip", zipped)) == "answered"
    assert "Read-only" not in (tmp_path / "log").read_text()


def test_the_service_analyses_a_picture(tmp_path: Path) -> None:
    port = free_port()
    with read_only(tmp_path / "log", port, "/healthz", "fizzog_core", "serve", "--port", str(port)) as address:
        answer = httpx2.post(f"{address}/v1/analyze", content=SAMPLE, timeout=LIMIT_S)
        assert (answer.status_code, len(answer.json()["faces"])) == (200, 1)
    assert "Read-only" not in (tmp_path / "log").read_text()

"""The start of the server, in which a thread loads the networks beside the pages, and its end."""

import asyncio
import os
import subprocess
import sys
import threading
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from benchmarks.live.browser import running_site
from benchmarks.scale.memory import descendants
from benchmarks.scale.site_visitor import site_visit
from benchmarks.siege.files import noise_picture
from benchmarks.waiting import wait_for
from tests.support.paths import ROOT
from tests.support.processes import is_alive

pytestmark = pytest.mark.slow

SCRIPT = """
import asyncio, sys, threading
from pages.ui import loaders
from pages.ui.server import start

imported = set()

def record(event, arguments):
    if event == "import" and threading.current_thread().name == "fizzog-load":
        imported.add(arguments[0].partition(".")[0])

async def begin():
    async with start.load_in_background(None):
        [thread] = [thread for thread in threading.enumerate() if thread.name == "fizzog-load"]
    thread.join()

sys.addaudithook(record)
asyncio.run(begin())
loaders.close()
print(*sorted(imported - sys.stdlib_module_names))
"""


def test_a_page_and_the_networks_do_not_import_the_same_package_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=True)
    packages = done.stdout.split()
    assert "ai_edge_litert" in packages
    assert all(name.startswith("ai_edge_litert") for name in packages)  # it also tries the SDKs of some processors


def test_a_site_with_a_visitor_ends_within_its_time_and_tells_the_browser(tmp_path: Path) -> None:
    with ExitStack() as opened:
        with running_site(tmp_path / "log") as address:  # sends SIGTERM and waits for the end
            url = f"{address.replace('http', 'ws')}/_stcore/stream"
            visitor = opened.enter_context(
                connect(url, origin=Origin(address), subprotocols=[Subprotocol("streamlit")])
            )
        with pytest.raises(ConnectionClosed) as end:
            visitor.recv(20)
    assert end.value.rcvd is not None
    assert end.value.rcvd.code == CloseCode.SERVICE_RESTART


def test_a_site_with_a_job_ends_within_its_time_and_tells_the_browser(tmp_path: Path) -> None:
    begun, codes = threading.Event(), list[int]()
    others = descendants(os.getpid())  # an earlier test's workers end by themselves, later

    async def visit(address: str) -> None:
        async with site_visit(address, "analyze_image") as visitor:
            await visitor.upload("a.png", noise_picture(6))
            with suppress(ConnectionClosed):
                async for message in visitor.messages():
                    if "In analysis" in message.delta.new_element.markdown.body:
                        begun.set()
            codes.append(visitor.socket.close_code)

    with running_site(tmp_path / "log") as address:  # sends SIGTERM and waits for the end
        thread = threading.Thread(target=lambda: asyncio.run(visit(address)))
        thread.start()
        assert begun.wait(60)
        processes = set(descendants(os.getpid())).difference(others)
    thread.join(20)
    assert len(processes) > 1, "the site has no worker"
    assert codes == [CloseCode.SERVICE_RESTART]
    wait_for(lambda: not any(is_alive(process) for process in processes), 10, "a worker process goes on")

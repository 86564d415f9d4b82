"""The start of the server: what the thread that loads the networks imports beside the pages."""

import subprocess
import sys

import pytest

from tests.support.paths import ROOT

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

"""The start of the server: what must be imported before the networks are loaded in the background."""

import subprocess
import sys

import pytest

from tests.support.paths import ROOT

pytestmark = pytest.mark.slow

SCRIPT = """
import asyncio, sys, threading
from pages.ui.server import start

async def begin():
    async with start.load_in_background(None):
        pass

start._load = lambda: print("narwhals.stable.v1" in sys.modules)
asyncio.run(begin())
"""


def test_a_page_and_the_networks_do_not_import_the_same_package_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"]

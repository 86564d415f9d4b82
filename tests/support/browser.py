"""The real site in a real browser, for the tests marked ``browser``."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, Response, TimeoutError, expect, sync_playwright

from tests.support.paths import ROOT

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
START_LIMIT_S = 120
SETTLE_LIMIT_MS = 60_000


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def running_site(log: Path, **settings: object) -> Iterator[str]:
    """Start the site with FIZZOG_* settings, as ``make run`` does; gives its address. What it says goes to ``log``."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=127.0.0.1", "--server.fileWatcherType=none"]
    environment = os.environ | {f"FIZZOG_{name.upper()}": str(value) for name, value in settings.items()}
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            wait_until_healthy(f"http://127.0.0.1:{port}", server, log)
            yield f"http://127.0.0.1:{port}"
            ended = server.poll()
            if ended is not None:
                raise RuntimeError(f"the site ended by itself with {ended}:\n{log.read_text(errors='replace')[-2000:]}")
        finally:
            server.terminate()
            server.wait(20)


def wait_until_healthy(address: str, server: subprocess.Popen, log: Path) -> None:
    """Wait for the site's health page. Raises RuntimeError with the log if the server ends or is too slow."""
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.2)
    raise RuntimeError(f"the site did not start:\n{log.read_text(errors='replace')}")


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """Debian's chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=[*FLAGS, *flags]
        )
        try:
            yield browser
        finally:
            browser.close()


def settle(page: Page) -> None:
    """Wait until the run of the page has ended and nothing is a skeleton: what loads late moves what is below it."""
    idle = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
    expect(idle).to_be_visible(timeout=SETTLE_LIMIT_MS)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=SETTLE_LIMIT_MS)


def rest(page: Page, thing: Locator) -> None:
    """Wait until something has stood in one place for half a second: a table that is laid out late pushes away what is
    below it, and a press that begins on a button and ends beside it is none."""
    deadline, seen = time.monotonic() + SETTLE_LIMIT_MS / 1000, []
    while len(seen) < 6 or any(box is None or box != seen[-1] for box in seen[-6:]):
        assert time.monotonic() < deadline, f"still moving: {seen[-6:]}"
        seen.append(thing.bounding_box())
        page.wait_for_timeout(100)


def download(page: Page, button: Locator) -> bytes:
    """Press a download button; gives what is saved. Says what the page asked for if nothing is."""
    settle(page)
    button.scroll_into_view_if_needed()
    rest(page, button)
    asked: list[str] = []

    def note(answer: Response) -> None:
        asked.append(f"{answer.status} {answer.url}")

    page.on("response", note)
    try:
        with page.expect_download() as waiting:
            button.click()
        return Path(waiting.value.path()).read_bytes()
    except TimeoutError as error:
        raise AssertionError(f"no download began; after the press the page asked for {asked}") from error
    finally:
        page.remove_listener("response", note)

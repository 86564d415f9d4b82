"""The site, or another Streamlit script, and Debian's chromium, driven by Playwright."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.waiting import wait_for
from fizzog_core.settings import ROOT

LIMIT_S = 60
"""Limit of each wait for something on a page."""
LIMIT_MS = 1000 * LIMIT_S
SOUND = "--autoplay-policy=no-user-gesture-required"
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
_START_LIMIT_S = 120


def free_port() -> int:
    """A TCP port of 127.0.0.1 that no process listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def running_site(log: Path, script: str = "streamlit_app.py", **settings: object) -> Iterator[str]:
    """Run a Streamlit script with FIZZOG_* settings and yield its address. Its output goes to ``log``.

    Raises RuntimeError with the log if the server does not start, or ends before this context does.
    """
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=127.0.0.1", "--server.fileWatcherType=none"]
    environment = os.environ | {f"FIZZOG_{name.upper()}": str(value) for name, value in settings.items()}
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait_until_healthy(f"http://127.0.0.1:{port}", server, log)
            yield f"http://127.0.0.1:{port}"
            _require_running(server, log)
        finally:
            server.terminate()
            server.wait(20)


def _wait_until_healthy(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    def healthy() -> bool:
        _require_running(server, log)
        return answers(f"{address}/_stcore/health")

    wait_for(healthy, _START_LIMIT_S, lambda: f"the site did not start:\n{_end_of(log)}", interval_s=0.2)


def answers(address: str) -> bool:
    """Whether an HTTP GET of the address succeeds."""
    with suppress(OSError), urllib.request.urlopen(address, timeout=2) as answer:
        return answer.status == 200
    return False


def _require_running(server: subprocess.Popen[bytes], log: Path) -> None:
    code = server.poll()
    if code is not None:
        raise RuntimeError(f"the site's process ended with exit code {code}:\n{_end_of(log)}")


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """Debian's chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=[*_FLAGS, *flags]
        )
        try:
            yield browser
        finally:
            browser.close()


def new_visitor(browser: Browser, script: str, permissions: Sequence[str] = ()) -> Page:
    """A page in its own browser context. ``script`` runs in each document before the document's own scripts."""
    context = browser.new_context(permissions=list(permissions))
    context.set_default_timeout(LIMIT_MS)
    context.add_init_script(script)
    return context.new_page()

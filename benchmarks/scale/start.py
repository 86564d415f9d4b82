"""Time and memory of a start: the site's first page in a browser, and ``analyze`` on one picture. Prints JSON lines.

python -m benchmarks.scale.start [--against CHECKOUT] [--against-python PYTHON] [--rounds 3]

CHECKOUT is a folder with another commit of the project, PYTHON the interpreter of its environment. Both run in turn;
the medians are printed. ``first_page_s``: from the start of the process until the browser shows the home page's
heading. ``idle_mb``: proportional memory (Pss) of the site's processes SETTLED_S after that. ``analyze_mb``: the most
resident memory of the command's process.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from playwright.sync_api import Browser

from benchmarks.live.browser import LIMIT_MS, LIMIT_S, answers, chromium, free_port
from benchmarks.scale.memory import descendants, memory_mb, processor_s
from benchmarks.waiting import wait_for
from fizzog_core.settings import ROOT

SETTLED_S = 10
PICTURE = ROOT / "samples" / "astronaut.png"


def main(
    against: Annotated[Path | None, typer.Option(help="Folder of another commit.")] = None,
    against_python: Annotated[Path, typer.Option(help="Interpreter for that commit.")] = Path(sys.executable),
    rounds: Annotated[int, typer.Option(min=1)] = 3,
) -> None:
    checkouts = {"this": (ROOT, Path(sys.executable))}
    if against is not None:
        checkouts["against"] = (against.resolve(), against_python.absolute())
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in checkouts}
    with chromium() as browser:
        for _ in range(rounds):
            for name, (folder, python) in checkouts.items():
                measured[name].append(site(browser, folder, python) | analyze(folder, python))
    for name, figures in measured.items():
        medians = {key: round(statistics.median(each[key] for each in figures), 2) for key in figures[0]}
        print(json.dumps({"checkout": name, "rounds": rounds} | medians), flush=True)


def site(browser: Browser, folder: Path, python: Path) -> dict[str, float]:
    """Starts the site and opens its home page."""
    port = free_port()
    command = [python, "-m", "streamlit", "run", "streamlit_app.py", "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=127.0.0.1", "--server.fileWatcherType=none"]
    address, began = f"http://127.0.0.1:{port}", time.monotonic()
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(lambda: answers(f"{address}/_stcore/health"), LIMIT_S, "the site did not start", interval_s=0.05)
            page = browser.new_page()
            page.goto(address)
            page.get_by_role("heading", level=1).first.wait_for(timeout=LIMIT_MS)
            shown_s = time.monotonic() - began
            time.sleep(SETTLED_S)
            processes = [server.pid, *descendants(server.pid)]
            page.close()
            return {
                "first_page_s": shown_s,
                "start_cpu_s": sum(processor_s(processes).values()),
                "idle_mb": memory_mb(processes)["peak_memory_mb"],
            }
        finally:
            server.terminate()


def analyze(folder: Path, python: Path) -> dict[str, float]:
    """Runs the command on one picture."""
    began = time.monotonic()
    command = [python, "-m", "fizzog_core", "analyze", str(PICTURE)]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"analyze ended with exit code {process.returncode} in {folder}")
    return {
        "analyze_s": time.monotonic() - began,
        "analyze_cpu_s": usage.ru_utime + usage.ru_stime,
        "analyze_mb": usage.ru_maxrss * 1024 / 1e6,
    }


if __name__ == "__main__":
    typer.run(main)

"""Processes that time several programs in turn on the same pictures: each reads a path and prints a JSON line.

Uses only the standard library, because it also runs in the other program's environment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Worker:
    """A process ``python -m MODULE ARGUMENTS``. ``started``: the line that it prints about its start."""

    def __init__(self, python: Path, module: str, *arguments: str) -> None:
        began = time.perf_counter()
        self._command = [str(python), "-m", module, *arguments]
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            text=True,
            env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        )
        self.started = self._answer()
        self.started["ready_s"] = round(time.perf_counter() - began, 2)

    def ask(self, path: Path) -> dict[str, Any]:
        """Times one picture; returns the printed line."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        self._process.communicate()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):  # libraries print other lines to the same stream
                return json.loads(line)
        raise SystemExit(f"{' '.join(self._command)} ended early. Run it by hand to see why.")


def serve(import_s: float, load: Callable[[], Callable[[str], Callable[[], dict[str, Any]]]]) -> None:
    """Runs the worker's loop. ``load`` returns a function that reads a picture and returns the call to time.

    The result of the call is printed together with its times.
    """
    began = time.perf_counter()
    prepare = load()
    _print_line(
        {"import_s": round(import_s, 2), "load_s": round(time.perf_counter() - began, 2), "memory_mb": memory_mb()}
    )
    for line in sys.stdin:
        call = prepare(line.rstrip("\n"))
        cpu, wall = time.process_time(), time.perf_counter()
        answer = call()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        _print_line({"ms": round(1000 * wall, 2), "cpu_ms": round(1000 * cpu, 2), "memory_mb": memory_mb(), **answer})


def memory_mb() -> float:
    """Returns the resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def _print_line(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)

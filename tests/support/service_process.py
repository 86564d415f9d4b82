"""The REST service as its own process, with the published networks."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.live.browser import answers, free_port
from benchmarks.waiting import wait_for
from tests.support.paths import ROOT


@dataclass(frozen=True, slots=True)
class ServiceProcess:
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def peak_mb(self) -> float:
        """Largest resident memory of the process until now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        match = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert match is not None
        return int(match[1]) / 1000


@contextmanager
def running_service(log: Path, *options: str, open_files: int = 1024, **settings: object) -> Iterator[ServiceProcess]:
    """Runs ``fizzog serve`` with FIZZOG_* settings; its output goes to ``log``. Ends it with SIGTERM."""
    port = free_port()
    command = [sys.executable, "-m", "fizzog_core", "serve", "--port", str(port), "--threads", "1", *options]
    environment = os.environ | {f"FIZZOG_{name.upper()}": str(value) for name, value in settings.items()}

    def limit_files() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (open_files, open_files))

    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, preexec_fn=limit_files
        )
        try:
            wait_for(lambda: answers(f"http://127.0.0.1:{port}/healthz"), 60, lambda: f"no start: {log.read_text()}")
            yield ServiceProcess(process, port, log)
        finally:
            process.terminate()
            process.wait(40)

"""The site and the service as processes of their own, with a folder each for temporary files and caches."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.live.browser import answers, free_port
from benchmarks.scale.memory import descendants, memory_mb
from benchmarks.siege.attacks_service import KEY
from benchmarks.waiting import wait_for

START_S = 120
MEMORY_BYTES = {"site": 3_000_000_000, "service": 2_000_000_000}
"""What a process may hold, as in ``deploy/compose.yaml``; beyond it an allocation fails."""


@dataclass(frozen=True, slots=True)
class Server:
    """``folder``: the server's temporary files, cache and log."""

    process: subprocess.Popen[bytes]
    address: str
    folder: Path

    def alive(self) -> bool:
        """Whether the first process runs."""
        return self.process.poll() is None

    def memory_mb(self) -> float:
        """Memory of the process and of those that it has started; shared pages count once."""
        return memory_mb([self.process.pid, *descendants(self.process.pid)])["peak_memory_mb"]

    def disk_mb(self) -> float:
        """Bytes of the files in the folder."""
        total = 0
        for folder, _, names in os.walk(self.folder):
            for name in names:
                try:
                    total += os.stat(os.path.join(folder, name)).st_size
                except FileNotFoundError:
                    continue
        return total / 1e6


@contextmanager
def running_servers(folder: Path, checkout: Path, python: Path) -> Iterator[tuple[Server, Server]]:
    """Starts the site and the service of ``checkout`` with the interpreter ``python``; ends both with SIGTERM."""
    ports = free_port(), free_port()
    site = [str(python), "-m", "streamlit", "run", "streamlit_app.py", "--server.headless=true"]
    site += [f"--server.port={ports[0]}", "--server.address=127.0.0.1", "--server.fileWatcherType=none"]
    service = [str(python), "-m", "fizzog_core", "serve", "--port", str(ports[1])]
    with (
        _running(site, checkout, f"http://127.0.0.1:{ports[0]}", "/_stcore/health", folder / "site") as first,
        _running(service, checkout, f"http://127.0.0.1:{ports[1]}", "/healthz", folder / "service") as second,
    ):
        yield first, second


@contextmanager
def _running(command: list[str], checkout: Path, address: str, health: str, folder: Path) -> Iterator[Server]:
    folder.mkdir()
    memory = MEMORY_BYTES[folder.name]
    environment = os.environ | {
        "TMPDIR": str(folder), "FIZZOG_CACHE": str(folder), "FIZZOG_API_KEY": KEY, "FIZZOG_ICE_SERVERS": "[]"
    }  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=checkout,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (memory, memory)),
        )
        try:
            wait_for(lambda: answers(address + health), START_S, f"{command[2:4]} did not start", interval_s=0.2)
            yield Server(process, address, folder)
        finally:
            process.terminate()
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()

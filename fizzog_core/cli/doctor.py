"""The command ``doctor``: checks whether this machine can host Fizzog, and says what to do where it cannot."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from fizzog_core import settings
from fizzog_core.errors import FizzogError
from fizzog_core.labels import TASKS
from fizzog_core.live import ice_servers, turn_credentials
from fizzog_core.networks import model_card
from fizzog_core.runtime.cpu import available_cores
from fizzog_core.settings import ROOT
from fizzog_core.vision.anchor_detector import WEIGHTS

LEAST_MEMORY_MB = 2000
"""Memory that the site needs with one live visitor and one large picture at a time."""
TURN_LIMIT_S = 10.0
NOT_HOSTED = ("keras", "tensorflow")
"""Packages that site and service do not import: a host has none of them (docs/decisions/001-dependencies.md)."""
HOSTED_AS = {"opencv-python": "opencv-python-headless"}
"""Packages that a host has in place of others: the same OpenCV without windows needs neither Qt nor libGL."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report. ``advice`` is empty where nothing is to be done."""

    name: str
    passed: bool
    found: str
    advice: str = ""


def cores() -> Check:
    count = available_cores()
    advice = "" if count > 1 else "A second core serves twice as many live visitors."
    return Check("processor cores", True, str(count), advice)


def memory() -> Check:
    """The machine's memory, or the container's limit if that is less."""
    found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        text = Path(limit).read_text(encoding="utf-8").strip() if Path(limit).is_file() else "max"
        found = min(found, int(text)) if text.isdecimal() else found
    enough = found >= LEAST_MEMORY_MB * 1e6
    return Check("memory", enough, f"{found / 1e6:,.0f} MB", "" if enough else f"Give it {LEAST_MEMORY_MB:,} MB.")


def packages(requirements: Path = ROOT / "requirements.txt") -> Check:
    """The installed versions against the pinned ones, of the packages that a host needs."""
    listed = re.findall(r"^([\w-]+)==([\w.]+)", requirements.read_text(encoding="utf-8"), re.MULTILINE)
    pins = [(name, pin) for name, pin in listed if name not in NOT_HOSTED]
    wrong = [f"{name} {found}, expected {pin}" for name, pin in pins if (found := _installed(name)) != pin]
    advice = "Run: pip install --require-hashes -r deploy/requirements.txt" if wrong else ""
    return Check("packages", not wrong, "; ".join(wrong) or f"{len(pins)} as pinned", advice)


def _installed(name: str) -> str:
    for found in (name, HOSTED_AS.get(name, name)):
        with suppress(PackageNotFoundError):
            return version(found)
    return "is missing"


def networks(folder: Path) -> Check:
    """The published networks against the checksums in their cards."""
    try:
        for task in TASKS:
            model_card.network_path(folder / task, model_card.load(folder / task))
    except FizzogError as error:
        return Check("networks", False, str(error), "Restore the folder from the repository.")
    return Check("networks", True, ", ".join(TASKS))


def detectors(folder: Path = WEIGHTS) -> Check:
    """The detectors' weights against ``SHA256SUMS``."""
    lines = [line.split() for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()]
    wrong = [name for digest, name in lines if not _has_checksum(folder / name, digest)]
    advice = "Restore them from the repository." if wrong else ""
    found = f"changed or missing: {', '.join(wrong)}" if wrong else f"{len(lines)} files"
    return Check("detectors", not wrong, found, advice)


def _has_checksum(path: Path, digest: str) -> bool:
    return path.is_file() and model_card.checksum(path) == digest


def cache(folder: Path) -> Check:
    """Whether the folder of spoken sentences is writable."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return Check("cache", True, str(folder))
    except OSError as error:
        return Check("cache", False, f"{folder}: {error.strerror}", "Set FIZZOG_CACHE to a folder that can be written.")


def port(number: int) -> Check:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", number))
        except OSError as error:
            return Check("port", False, f"{number}: {error.strerror}", "Stop what uses it, or choose another port.")
    return Check("port", True, f"{number} is free")


def relays(found: settings.Settings) -> Iterator[Check]:
    """One check for each TURN server of the settings."""
    servers = ice_servers.parse(text) if (text := found.ice_servers.get_secret_value()) else []
    if found.turn_urls:
        servers.append(turn_credentials.ice_server(found.turn_urls, found.turn_secret.get_secret_value()))
    if not ice_servers.has_turn(servers):
        advice = "Live video fails for visitors whose network blocks a direct connection: docs/deploy.md."
        yield Check("TURN relay", True, "none", advice)
    for server in servers:
        listed = [server["urls"]] if isinstance(server["urls"], str) else server["urls"]
        for url in listed:
            if url.startswith("turn:"):
                yield relay(url, str(server.get("username", "")), str(server.get("credential", "")))


def relay(url: str, username: str, credential: str) -> Check:
    """Whether a ``turn:`` server gives this machine a relay."""
    import aioice.turn

    host, _, rest = url.removeprefix("turn:").partition("?")[0].partition(":")
    transport = "tcp" if "transport=tcp" in url else "udp"

    async def allocate() -> None:
        made, _ = await aioice.turn.create_turn_endpoint(
            asyncio.DatagramProtocol,
            server_addr=(host, int(rest or 3478)),
            username=username,
            password=credential,
            transport=transport,
        )
        made.close()

    try:
        asyncio.run(asyncio.wait_for(allocate(), TURN_LIMIT_S))
    except Exception as error:  # aioice raises many kinds; each means that there is no relay
        reason = str(error) or type(error).__name__
        return Check("TURN relay", False, f"{url}: {reason}", "Check address, firewall and secret: docs/deploy.md.")
    return Check("TURN relay", True, url)


def doctor(
    port_number: Annotated[int, typer.Option("--port", help="The port that the site will use.")] = 8501,
) -> None:
    """Check this machine. The exit status is 1 if a check failed."""
    found = settings.get()
    steps: list[Callable[[], Check]] = [
        cores,
        memory,
        packages,
        lambda: networks(found.models),
        detectors,
        lambda: cache(found.cache),
        lambda: port(port_number),
    ]
    checks = [step() for step in steps]
    try:
        checks += relays(found)
    except FizzogError as error:
        checks.append(Check("TURN relay", False, str(error), "Correct the setting."))
    table = Table("check", "", "found", "what to do", title=f"Fizzog on Python {sys.version.split()[0]}")
    for check in checks:
        table.add_row(check.name, "ok" if check.passed else "FAILED", check.found, check.advice)
    Console().print(table)
    raise typer.Exit(0 if all(check.passed for check in checks) else 1)

"""Limits of uploads, by visitor, address and process. Reasons: docs/decisions/061-upload-budgets.md."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.formparsers import MultiPartParser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config
from streamlit.runtime import Runtime

from fizzog_core.runtime.events import event
from pages.ui.server import addresses

UPLOAD = re.compile(r"/_stcore/upload_file/(?P<session>[^/]+)/(?P<file>[^/]+)$")
FORM_BYTES = 65_536
"""Most bytes of a form besides its file: boundaries and headers."""
SWEEP_S, AWAY_S = 5.0, 20.0
"""Seconds between two checks of the sessions, and seconds after which the files of an ended session are removed."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Most files and bytes that are stored or being received at the same time."""

    files: int
    bytes: int


SESSION = Budget(files=50, bytes=100 * 2**20)
ADDRESS = Budget(files=150, bytes=300 * 2**20)
PROCESS = Budget(files=300, bytes=600 * 2**20)


@dataclass(slots=True)
class Session:
    """``sizes``: bytes of each file of a session, also of files that are being received. ``gone_s``: ``time.monotonic``
    when its browser was found to be disconnected, None while it is connected."""

    address: str
    sizes: dict[str, int] = field(default_factory=dict)
    gone_s: float | None = None


class Ledger:
    """The files of all sessions. Only the server's event loop uses it."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    def refusal(self, session: str, file: str, address: str, size: int) -> str:
        """The reason to refuse ``size`` more bytes; empty within the budgets. ``file`` replaces one of its name."""
        held = [
            (name, found.address, used)
            for name, found in self._sessions.items()
            for key, used in found.sizes.items()
            if (name, key) != (session, file)
        ]
        for who, budget, sizes in (
            ("You have", SESSION, [used for name, _, used in held if name == session]),
            ("Visitors of your network have", ADDRESS, [used for _, sender, used in held if sender == address]),
            ("All visitors together have", PROCESS, [used for _, _, used in held]),
        ):
            if len(sizes) + 1 > budget.files or sum(sizes) + size > budget.bytes:
                return (
                    f"{who} uploaded {len(sizes)} files with {sum(sizes) / 2**20:.0f} MB. At most {budget.files} files "
                    f"with {budget.bytes / 2**20:.0f} MB are possible at once. Remove some, or try again later."
                )
        return ""

    def hold(self, session: str, file: str, address: str, size: int) -> None:
        """Count ``size`` bytes of a file."""
        self._sessions.setdefault(session, Session(address)).sizes[file] = size

    def release(self, session: str, file: str) -> None:
        """Count a file no longer."""
        found = self._sessions.get(session)
        if found is not None:
            found.sizes.pop(file, None)
            if not found.sizes:
                del self._sessions[session]

    def sweep(self, is_active: Callable[[str], bool], remove: Callable[[str], object], now_s: float) -> None:
        """Remove the files of the sessions whose browsers have been gone for ``AWAY_S``."""
        for name, session in list(self._sessions.items()):
            if is_active(name):
                session.gone_s = None
            elif session.gone_s is None:
                session.gone_s = now_s
            elif now_s - session.gone_s >= AWAY_S:
                remove(name)
                del self._sessions[name]


LEDGER = Ledger()


class _TooLarge(Exception):
    pass


class LimitUploads:
    """ASGI middleware: counts an upload's bytes while they arrive, and refuses what is over a budget.

    Without it Streamlit reads a body without a length to its end before it refuses it, and accepts any number of files.
    """

    def __init__(self, app: ASGIApp, ledger: Ledger = LEDGER) -> None:
        self._app, self._ledger = app, ledger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = UPLOAD.search(scope["path"]) if scope["type"] == "http" else None
        if found is None or scope["method"] not in ("PUT", "DELETE"):
            await self._app(scope, receive, send)
        elif scope["method"] == "DELETE":
            await self._app(scope, receive, send)
            self._ledger.release(found["session"], found["file"])
        else:
            await self._put(scope, receive, send, found["session"], found["file"])

    async def _put(self, scope: Scope, receive: Receive, send: Send, session: str, file: str) -> None:
        largest = config.get_option("server.maxUploadSize") * 2**20
        size = _announced(scope, largest + FORM_BYTES)
        if size > largest + FORM_BYTES:
            await _refuse(413, f"A file may have at most {largest / 2**20:.0f} MB.", scope, receive, send)
            return
        address = addresses.of_request(scope)
        if problem := self._ledger.refusal(session, file, address, size):
            await _refuse(429, problem, scope, receive, send)
            return
        read = status = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > size:
                raise _TooLarge
            return message

        async def watched(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        self._ledger.hold(session, file, address, size)
        try:
            await self._app(scope, counted, watched)
        except _TooLarge:
            await _refuse(413, f"A file may have at most {largest / 2**20:.0f} MB.", scope, receive, send)
        finally:
            self._ledger.release(session, file)
            if 200 <= status < 300:
                self._ledger.hold(session, file, address, read)


async def _refuse(status: int, text: str, scope: Scope, receive: Receive, send: Send) -> None:
    event("refused", what="upload")
    await PlainTextResponse(text, status, {"Connection": "close"})(scope, receive, send)


def _announced(scope: Scope, otherwise: int) -> int:
    """The body's length by its header; ``otherwise`` without one that is a number."""
    value = dict(scope["headers"]).get(b"content-length", b"")
    return int(value) if value.isdigit() else otherwise


def keep_in_memory() -> None:
    """Keep forms in memory up to the largest upload: Starlette writes those over 1 MB to the disk."""
    MultiPartParser.spool_max_size = config.get_option("server.maxUploadSize") * 2**20 + FORM_BYTES


async def sweep_for_ever(ledger: Ledger = LEDGER) -> None:
    """Every ``SWEEP_S`` seconds, remove the files of sessions that are gone."""
    while True:
        await asyncio.sleep(SWEEP_S)
        runtime = Runtime.instance()
        ledger.sweep(runtime.is_active_session, runtime.uploaded_file_mgr.remove_session_files, time.monotonic())

"""A visitor of the site without a browser: Streamlit's own messages over its WebSocket, and uploads over HTTP.

Written for the Streamlit version that ``pyproject.toml`` pins; its protocol is not a public interface.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import UploadedFileInfo
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

XSRF_COOKIE = "_streamlit_xsrf"


class SiteVisitor:
    """One visit of one page. ``site_visit`` opens it."""

    def __init__(self, http: Any, socket: Any, page: str, query: str = "") -> None:
        self.http, self.socket = http, socket
        self._page, self._query = page, query
        self.session = ""
        self._uploader = ""
        self._buttons: dict[str, str] = {}
        self._files: tuple[UploadedFileInfo, ...] = ()

    async def open_page(self) -> None:
        """Runs the page and waits for its end."""
        await self._rerun()
        async for message in self.messages():
            if message.WhichOneof("type") == "script_finished":
                return

    async def upload(self, name: str, data: bytes) -> None:
        """Sends the file to the page's file field and starts the page's run with it."""
        request = BackMsg()
        request.file_urls_request.request_id = name
        request.file_urls_request.session_id = self.session
        request.file_urls_request.file_names.append(name)
        await self.send(request)
        async for message in self.messages():
            if message.WhichOneof("type") == "file_urls_response":
                (urls,) = message.file_urls_response.file_urls
                break
        answer = await self.http.put(urls.upload_url, files={"file": (name, data)}, headers=self.token)
        answer.raise_for_status()
        info = UploadedFileInfo(name=name, size=len(data), file_id=urls.file_id)
        info.file_urls.CopyFrom(urls)
        self._files = (info,)
        await self._rerun()

    async def press(self, label: str) -> None:
        """Presses a button of the page, and starts the page's run with it."""
        await self._rerun(self._buttons[label])

    async def send(self, request: BackMsg) -> None:
        """Sends any message to the server."""
        await self.socket.send(request.SerializeToString())

    @property
    def token(self) -> dict[str, str]:
        """The header with which the server accepts an upload of this visitor, beside the cookie."""
        return {"X-Xsrftoken": self.http.cookies[XSRF_COOKIE]}

    @property
    def headers(self) -> dict[str, str]:
        """All headers of an upload that is sent without ``http``."""
        return self.token | {"Cookie": f"{XSRF_COOKIE}={self.http.cookies[XSRF_COOKIE]}"}

    async def messages(self) -> AsyncIterator[ForwardMsg]:
        """What the server sends. Remembers the session, the page's file field and its buttons."""
        async for content in self.socket:
            message = ForwardMsg.FromString(content)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.session = message.new_session.initialize.session_id
            elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "file_uploader":
                self._uploader = message.delta.new_element.file_uploader.id
            elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "button":
                button = message.delta.new_element.button
                self._buttons[button.label] = button.id
            yield message

    async def _rerun(self, pressed: str = "") -> None:
        request = BackMsg()
        request.rerun_script.page_name = self._page
        request.rerun_script.query_string = self._query
        widgets = request.rerun_script.widget_states.widgets
        if self._files:
            widgets.add(id=self._uploader).file_uploader_state_value.uploaded_file_info.extend(self._files)
        if pressed:
            widgets.add(id=pressed).trigger_value = True
        await self.send(request)


@asynccontextmanager
async def site_visit(address: str, page: str, query: str = "", source: str = "127.0.0.1") -> AsyncIterator[SiteVisitor]:
    """A visitor of the page ``page`` of the site at ``address``, with its own session.

    ``query``: the query string of the page's address. ``source``: the visitor's own address, in 127.0.0.0/8.
    """
    transport = httpx2.AsyncHTTPTransport(local_address=source)
    async with httpx2.AsyncClient(base_url=address, timeout=60, transport=transport) as http:
        await http.get("/_stcore/health")  # sets the cookie
        headers = {"Cookie": f"{XSRF_COOKIE}={http.cookies[XSRF_COOKIE]}", "Origin": address}
        stream = f"ws://{urlsplit(address).netloc}/_stcore/stream"
        protocols: Any = ["streamlit", http.cookies[XSRF_COOKIE]]
        async with websockets.connect(
            stream,
            subprotocols=protocols,
            additional_headers=headers,
            max_size=None,
            max_queue=None,
            local_addr=(source, 0),
        ) as socket:
            visitor = SiteVisitor(http, socket, page, query)
            await visitor.open_page()
            yield visitor

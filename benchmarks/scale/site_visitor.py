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

    def __init__(self, http: Any, socket: Any, page: str) -> None:
        self._http, self._socket, self._page = http, socket, page
        self._session = ""
        self._uploader = ""

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
        request.file_urls_request.session_id = self._session
        request.file_urls_request.file_names.append(name)
        await self._socket.send(request.SerializeToString())
        async for message in self.messages():
            if message.WhichOneof("type") == "file_urls_response":
                (urls,) = message.file_urls_response.file_urls
                break
        headers = {"X-Xsrftoken": self._http.cookies[XSRF_COOKIE]}
        answer = await self._http.put(urls.upload_url, files={"file": (name, data)}, headers=headers)
        answer.raise_for_status()
        info = UploadedFileInfo(name=name, size=len(data), file_id=urls.file_id)
        info.file_urls.CopyFrom(urls)
        await self._rerun(info)

    async def messages(self) -> AsyncIterator[ForwardMsg]:
        """What the server sends. Remembers the session and the page's file field."""
        async for content in self._socket:
            message = ForwardMsg.FromString(content)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self._session = message.new_session.initialize.session_id
            elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "file_uploader":
                self._uploader = message.delta.new_element.file_uploader.id
            yield message

    async def _rerun(self, *files: UploadedFileInfo) -> None:
        request = BackMsg()
        request.rerun_script.page_name = self._page
        if files:
            widget = request.rerun_script.widget_states.widgets.add(id=self._uploader)
            widget.file_uploader_state_value.uploaded_file_info.extend(files)
        await self._socket.send(request.SerializeToString())


@asynccontextmanager
async def site_visit(address: str, page: str) -> AsyncIterator[SiteVisitor]:
    """A visitor of the page ``page`` of the site at ``address``, with its own session."""
    async with httpx2.AsyncClient(base_url=address, timeout=60) as http:
        await http.get("/_stcore/health")  # sets the cookie
        headers = {"Cookie": f"{XSRF_COOKIE}={http.cookies[XSRF_COOKIE]}", "Origin": address}
        stream = f"ws://{urlsplit(address).netloc}/_stcore/stream"
        protocols: Any = ["streamlit", http.cookies[XSRF_COOKIE]]
        async with websockets.connect(
            stream, subprotocols=protocols, additional_headers=headers, max_size=None, max_queue=None
        ) as socket:
            visitor = SiteVisitor(http, socket, page)
            await visitor.open_page()
            yield visitor

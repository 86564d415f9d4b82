"""No run of a page is lost to a timer's; on Streamlit's own session, its event loop held up as a busy server's is."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from unittest.mock import ANY

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.runtime import Runtime, RuntimeConfig
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner.script_cache import ScriptCache

from benchmarks.waiting import wait_for
from pages.ui.server import reruns

PAGE = """
import streamlit as st

st.text("whole")

@st.fragment(run_every=60)
def part():
    st.text("part")

part()
"""
LIMIT_S = 10


async def told(session: AppSession) -> list[ForwardMsg]:
    """All that the session tells the browser until its runs have ended."""
    deadline = time.monotonic() + LIMIT_S
    while session._scriptrunner is not None or session._browser_queue.is_empty():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    return session._browser_queue._queue


def texts(messages: list[ForwardMsg]) -> list[str]:
    return [text for message in messages if (text := message.delta.new_element.text.body)]


def asked_when_a_run_has_just_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[ForwardMsg]:
    """The session's messages of a whole run, whose thread has ended, and of a fragment that asks just then."""
    page = tmp_path / "page.py"
    page.write_text(PAGE)
    files = MemoryUploadedFileManager("/upload")
    monkeypatch.setattr(Runtime, "_instance", None)
    Runtime(RuntimeConfig(str(page), MemoryMediaFileStorage("/media"), files))

    async def visit() -> list[ForwardMsg]:
        session = AppSession(ScriptData(str(page), True), files, ScriptCache(), lambda: None, {})
        session.request_rerun(None)
        await told(session)
        fragments = session._fragment_storage
        assert isinstance(fragments, MemoryFragmentStorage)
        [part] = fragments._fragments
        session._browser_queue._queue.clear()

        session.request_rerun(ClientState())
        runner = session._scriptrunner
        assert runner is not None
        assert runner._script_thread is not None
        thread = runner._script_thread
        wait_for(lambda: not thread.is_alive(), LIMIT_S)  # blocks the event loop on purpose
        session.request_rerun(ClientState(fragment_id=part, is_auto_rerun=True))
        await asyncio.sleep(0.1)
        return await told(session)

    return asyncio.run(visit())


def test_streamlit_itself_loses_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    messages = asked_when_a_run_has_just_ended(tmp_path, monkeypatch)
    assert "whole" not in texts(messages), "Streamlit no longer loses it: remove reruns"


def test_with_the_change_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AppSession, "request_rerun", AppSession.request_rerun)  # restored after the test
    reruns.lose_none()
    messages = asked_when_a_run_has_just_ended(tmp_path, monkeypatch)
    assert [list(m.metadata.run.fragment_ids) for m in messages if m.HasField("new_session")] == [[], [ANY]]
    assert texts(messages) == ["whole", "part"]
    assert sum(message.HasField("auto_rerun") for message in messages) == 1

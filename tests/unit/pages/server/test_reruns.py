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
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests

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


@pytest.fixture(autouse=True)
def mended(monkeypatch: pytest.MonkeyPatch) -> None:
    for owner, name in ((ScriptRequests, "__init__"), (ScriptRequests, "request_rerun"), (AppSession, "request_rerun")):
        monkeypatch.setattr(owner, name, getattr(owner, name))  # put back after the test
    reruns.lose_none()


def whole_run() -> ScriptRequests:
    requests = ScriptRequests()
    requests.request_rerun(RerunData(query_string="whole"))
    return requests


@pytest.mark.parametrize(
    "fragment",
    [
        RerunData(fragment_id="part", is_auto_rerun=True),
        RerunData(fragment_id_queue=["part"], is_fragment_scoped_rerun=True),
    ],
    ids=["a timer's", "its own"],
)
def test_a_whole_run_that_waits_stays_whole(fragment: RerunData) -> None:
    requests = whole_run()
    requests.request_rerun(fragment)
    data = requests.on_scriptrunner_ready().rerun_data
    assert (data.fragment_id_queue, data.is_fragment_scoped_rerun) == ([], False)


def test_fragments_that_wait_are_joined() -> None:
    requests = ScriptRequests()
    for name in ("first", "second", "first"):
        requests.request_rerun(RerunData(fragment_id=name))
    assert requests.on_scriptrunner_ready().rerun_data.fragment_id_queue == ["first", "second"]


async def told(session: AppSession) -> list[ForwardMsg]:
    """All that the session tells the browser until its runs have ended."""
    deadline = time.monotonic() + LIMIT_S
    while session._scriptrunner is not None or session._browser_queue.is_empty():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    return session._browser_queue._queue


def texts(messages: list[ForwardMsg]) -> list[str]:
    return [text for message in messages if (text := message.delta.new_element.text.body)]


def test_a_fragment_that_asks_when_a_run_has_just_ended_takes_nothing_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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

    messages = asyncio.run(visit())
    assert [list(m.metadata.run.fragment_ids) for m in messages if m.HasField("new_session")] == [[], [ANY]]
    assert texts(messages) == ["whole", "part"]
    assert sum(message.HasField("auto_rerun") for message in messages) == 1

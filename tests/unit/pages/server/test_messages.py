"""The server's messages to a browser: what a run of fragments leaves in their queue, and that each is sent whole."""

import pytest
import streamlit as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_cache import populate_hash_if_needed
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from pages.ui.server import messages

END = ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY)


def drawn(text: str, fragment: str = "") -> ForwardMsg:
    message = ForwardMsg()
    message.metadata.delta_path[:] = [0, 1]
    message.delta.fragment_id = fragment
    message.delta.new_element.markdown.body = text
    return message


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> ForwardMsgQueue:
    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)  # put back after the test
    messages.keep_for_fragments()
    return ForwardMsgQueue()


def test_streamlit_itself_takes_a_part_out_and_leaves_the_end() -> None:
    queue = ForwardMsgQueue()
    for message in (drawn("first", "f"), END):
        queue.enqueue(message)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["f"])
    assert queue.flush() == [END], "Streamlit no longer takes the part out: remove messages"


def test_a_fragments_run_takes_nothing_out_of_the_run_before(queue: ForwardMsgQueue) -> None:
    for message in (drawn("first", "f"), END):
        queue.enqueue(message)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["f"])
    queue.enqueue(drawn("second", "f"))
    assert queue.flush() == [drawn("first", "f"), END, drawn("second", "f")]
    assert queue.is_empty()


def test_a_whole_run_takes_out_what_the_run_before_has_drawn(queue: ForwardMsgQueue) -> None:
    for message in (drawn("first"), END):
        queue.enqueue(message)
    queue.clear(retain_lifecycle_msgs=True)
    [left] = queue.flush()
    assert left.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN


def test_no_message_is_left_to_what_the_browser_may_have_forgotten() -> None:
    # The fault is in the browser's part, which no test runs: decision 019 says what to check with another version.
    assert st.__version__ == "1.67.0"
    message = drawn("a" * 10_000_000)
    populate_hash_if_needed(message)
    assert message.hash
    assert not message.metadata.cacheable

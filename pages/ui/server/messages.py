"""The queue of messages to a browser: docs/decisions/018-fragments-after-a-run.md."""

from __future__ import annotations

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

_clear = ForwardMsgQueue.clear


def keep_for_fragments() -> None:
    """Makes a fragment's run keep the waiting messages of the run before it.

    Streamlit 1.67 removes the messages with the fragment's elements, because the run sends them again, and keeps the
    message that the whole run has ended. The browser then removes the elements that it did not receive, later elements
    get wrong positions, and the page is blank.
    """
    ForwardMsgQueue.clear = _clear_for  # type: ignore[method-assign]


def _clear_for(
    queue: ForwardMsgQueue, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None
) -> None:
    if fragment_ids_this_run is None:
        _clear(queue, retain_lifecycle_msgs)
    else:
        queue._delta_index_map = {}  # new messages are appended and replace no waiting one

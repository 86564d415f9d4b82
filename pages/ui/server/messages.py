"""What the server still has to tell a browser: docs/decisions/018-fragments-after-a-run.md."""

from __future__ import annotations

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

_clear = ForwardMsgQueue.clear


def keep_for_fragments() -> None:
    """Let a run of fragments leave in the queue what the run before it has drawn and the browser has not yet got.

    Streamlit 1.67 takes the fragments' parts out, for they come again, but leaves the word that the whole run has
    ended: the browser removes what that run seems not to have drawn, the parts come to wrong places, the page is blank.
    """
    ForwardMsgQueue.clear = _clear_for  # type: ignore[method-assign]


def _clear_for(
    queue: ForwardMsgQueue, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None
) -> None:
    if fragment_ids_this_run is None:
        _clear(queue, retain_lifecycle_msgs)
    else:
        queue._delta_index_map = {}  # what comes now stands behind what waits, not in its place

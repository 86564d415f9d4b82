"""Which run of a page comes after which: docs/decisions/021-no-run-is-lost.md."""

from __future__ import annotations

import threading
from dataclasses import replace

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType

LOOK_AGAIN_S = 0.01

_init, _join, _request = ScriptRequests.__init__, ScriptRequests.request_rerun, AppSession.request_rerun


def lose_none() -> None:
    """Keep two runs of a page that Streamlit 1.60 loses when a fragment, as a timer's, asks for one of its own.

    A whole run that waits stays a whole run. And what a run has drawn reaches the browser although a fragment asks when
    it has just ended. Either loss can take the timers with it, which the browser forgets at the start of a whole run:
    nothing on the page moves any more.
    """
    ScriptRequests.__init__ = _init_reentrant  # type: ignore[method-assign]
    ScriptRequests.request_rerun = _join_kept  # type: ignore[method-assign]
    AppSession.request_rerun = _request_in_turn  # type: ignore[method-assign]


def _init_reentrant(requests: ScriptRequests) -> None:
    _init(requests)
    requests._lock = threading.RLock()  # type: ignore[assignment]


def _join_kept(requests: ScriptRequests, new_data: RerunData) -> bool:
    with requests._lock:
        if requests._state == ScriptRequestType.RERUN and not requests._rerun_data.fragment_id_queue:
            new_data = replace(new_data, fragment_id=None, fragment_id_queue=[], is_fragment_scoped_rerun=False)
        return _join(requests, new_data)


def _request_in_turn(session: AppSession, client_state: ClientState | None) -> None:
    """A new runner makes the session deaf to what the last one still has to tell; so a fragment waits until it has."""
    runner = session._scriptrunner
    ending = runner is not None and runner._requests._state == ScriptRequestType.STOP
    if ending and client_state is not None and client_state.fragment_id:
        session._event_loop.call_later(LOOK_AGAIN_S, session.request_rerun, client_state)
    else:
        _request(session, client_state)

"""The order of a page's runs: docs/decisions/021-no-run-is-lost.md."""

from __future__ import annotations

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

LOOK_AGAIN_S = 0.01

_request = AppSession.request_rerun


def lose_none() -> None:
    """Delays a fragment's request until the run that has just ended has delivered its messages.

    In Streamlit 1.67 the request starts a new runner, and the session ignores the waiting messages of the old one. The
    timers of the fragments can be among them. The browser drops its timers when a whole run begins, so that without new
    ones no part of the page is updated any more.
    """
    AppSession.request_rerun = _request_in_turn  # type: ignore[method-assign]


def _request_in_turn(session: AppSession, client_state: ClientState | None) -> None:
    runner = session._scriptrunner
    ending = runner is not None and runner._requests._state == ScriptRequestType.STOP
    if ending and client_state is not None and client_state.fragment_id:
        session._event_loop.call_later(LOOK_AGAIN_S, session.request_rerun, client_state)
    else:
        _request(session, client_state)

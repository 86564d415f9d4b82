"""The connection doctor: why no picture comes, in plain words, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from streamlit.components import v2 as components

PATIENCE_S = 10.0
"""Seconds that a connection may take before the page explains what may be wrong."""

_JS = """
export default function ({ setStateValue }) {
  let gone = false, last = "";
  const devices = navigator.mediaDevices;
  const look = async () => {
    const live = Boolean(window.RTCPeerConnection && devices && devices.getUserMedia);
    const found = { secure: window.isSecureContext, permission: "unknown", cameras: -1, live };
    try { found.permission = (await navigator.permissions.query({ name: "camera" })).state; } catch { }
    try {
      found.cameras = (await devices.enumerateDevices()).filter((d) => d.kind === "videoinput").length;
    } catch { }
    const text = JSON.stringify(found);
    if (!gone && text !== last) { last = text; setStateValue("found", found); }
  };
  look();
  const timer = setInterval(look, 2000);
  return () => { gone = true; clearInterval(timer); };
}
"""

browser_check = components.component("fizzog_doctor", js=_JS)


@dataclass(frozen=True, slots=True)
class Browser:
    """The browser's report. ``permission``: granted, denied, prompt or unknown. ``cameras``: -1 for unknown. ``live``:
    whether the browser has WebRTC and access to cameras."""

    secure: bool = True
    permission: str = "unknown"
    cameras: int = -1
    live: bool = True


def browser() -> Browser:
    """Ask the browser for its report, which starts a rerun; it reports again after each change."""
    answer = browser_check(key="live_doctor", default={"found": None}, on_found_change=lambda: None)
    found = answer.found
    return Browser(**found) if found else Browser()


def diagnose(found: Browser, waited_s: float, turn: bool) -> str:
    """Why no picture comes and what to do; empty if nothing is wrong yet.

    ``waited_s``: how long the connection has been tried without a frame. ``turn``: whether a TURN server is set.
    """
    if not found.secure:
        return (
            "**This page was opened without HTTPS**, and browsers give a camera to secure pages only. Open it with "
            "https:// in front, or on the server itself as http://localhost. A picture can be uploaded below meanwhile."
        )
    if not found.live:
        return (
            "**This browser has no live video** (WebRTC), or it is switched off. Take a snapshot or upload a picture "
            "under *Without live video* below, or open this page in a current Chrome, Edge, Firefox or Safari."
        )
    if found.permission == "denied":
        return (
            "**The browser may not use the camera here.** Click the camera or lock sign beside the address, allow the "
            "camera for this page, and reload it. The system's privacy settings may hold it back too."
        )
    if found.cameras == 0:
        return (
            "**No camera is found.** Plug one in or switch it on (some laptops have a key or a shutter for it). "
            "This message goes away by itself. A picture can be uploaded below."
        )
    if waited_s < PATIENCE_S:
        return ""
    if turn:
        return (
            "**The camera works, but its picture does not reach this server**, not even through the relay (TURN) that "
            "is set. A firewall may block it: try another network, such as a phone's, or ask whoever runs this site to "
            "check the TURN server. Snapshots and uploads work below."
        )
    return (
        "**The camera works, but its picture does not reach this server**, and no relay (TURN) is set for such "
        "networks. Try another network, such as a phone's. Whoever runs this site can set FIZZOG_ICE_SERVERS, HF_TOKEN "
        "or Twilio's variables. Snapshots and uploads work below."
    )

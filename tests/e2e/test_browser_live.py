"""The live page in a real browser with a fake webcam, on the published networks."""

import json
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from benchmarks.live.browser import LIMIT_MS, LIMIT_S, free_port, running_site
from benchmarks.waiting import wait_for
from tests.support.browser import download
from tests.support.live_browser import (
    CAMERA,
    agree,
    camera_of,
    live_site,
    load_of,
    server_of,
    settled,
    start,
    visitor,
    wait_for_frames,
)
from tests.support.paths import ROOT

RELAY_ONLY = """
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(given) { super({ ...given, iceTransportPolicy: "relay" }); window.connection = this; }
};
"""
SELECTED_CANDIDATE = """async () => {
  const stats = await window.connection.getStats();
  const used = new Set();
  stats.forEach((s) => { if (s.type === "candidate-pair" && s.nominated) used.add(s.localCandidateId); });
  return [...used].map((id) => stats.get(id).candidateType).join();
}"""

pytestmark = [pytest.mark.browser, pytest.mark.webrtc]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with live_site(tmp_path_factory.mktemp("site"), max_live=2, live_drawing="server") as address:
        yield address


def test_a_face_is_named_answered_and_spoken_to(site: str, face_clip: Path) -> None:
    with visitor(*camera_of(face_clip)) as page:
        stream = agree(page, site)
        start(stream)
        expect(page.get_by_text("Face 1: happy")).to_be_visible(timeout=LIMIT_MS)
        expect(page.locator(".fizzog-caption")).to_have_text(re.compile("smile|happy", re.I), timeout=LIMIT_MS)
        expect(page.locator(".fizzog-caption")).to_have_attribute("aria-live", "polite")
        voice = page.locator("audio.fizzog-voice")
        wait_for(lambda: voice.evaluate("a => a.currentTime > 0.2 || a.ended"), LIMIT_S, "the voice is not played")
        assert voice.evaluate("a => a.duration") > 0.5
        assert voice.evaluate("a => [a.muted, a.volume]") == [False, 0.8]

        look_at_charts(page)
        switch_modes(page, stream)
        take_home(page)


def look_at_charts(page: Page) -> None:
    """Seven bars for the face, each on its ground, and a timeline whose pieces are not squeezed to lines."""
    charts = page.get_by_test_id("stVegaLiteChart")
    expect(charts).to_have_count(2, timeout=LIMIT_MS)
    bars, pieces = (chart.locator("path[aria-roledescription=bar]") for chart in charts.all())
    expect(bars).to_have_count(14, timeout=LIMIT_MS)
    wait_for(
        lambda: (pieces.first.bounding_box() or {"height": 0})["height"] >= 10, LIMIT_S, "the timeline cannot be read"
    )


def switch_modes(page: Page, stream: FrameLocator) -> None:
    """Another mode counts at once, on the same connection."""
    connections = stream.locator("video").evaluate("() => window.connections")
    page.get_by_text("Gestures", exact=True).click()
    expect(page.get_by_text("No face and no hand in view")).to_be_visible(timeout=LIMIT_MS)
    wait_for_frames(stream, 5)
    page.get_by_text("Emotions", exact=True).click()
    found_again = re.compile(r"^Face \d+: happy")  # a track that has ended meanwhile gives way to a new one
    expect(page.get_by_text(found_again)).to_be_visible(timeout=LIMIT_MS)
    assert stream.locator("video").evaluate("() => window.connections") == connections


def take_home(page: Page) -> None:
    """A snapshot and the log, as files."""
    page.get_by_role("tab", name="Download").click()
    page.get_by_role("button", name="Take a snapshot").click()
    result = json.loads(saved(page, "Result (JSON)"))
    assert len(result["faces"]) == 1
    assert saved(page, "Picture (PNG)").startswith(b"\x89PNG")
    page.get_by_role("button", name="Make the log ready").click()
    rows = [json.loads(line) for line in saved(page, "Log (JSONL)").splitlines()]
    assert {(row["schema"], row["source"], row["kind"], row["steady_label"]) for row in rows} >= {
        (1, "live", "face", "happy")
    }
    assert saved(page, "Log (PARQUET)").startswith(b"PAR1")
    assert saved(page, "Log (CSV)").startswith(b'"schema","source","frame","time_s"')


def saved(page: Page, button: str) -> bytes:
    return download(page, page.get_by_test_id("stDownloadButton").filter(has_text=button))


def test_stopping_and_starting_five_times_leaves_nothing_behind(site: str, face_clip: Path) -> None:
    server = server_of(site)
    with visitor(*camera_of(face_clip)) as page:
        stream = agree(page, site)
        after: list[tuple[int, int]] = []
        for _ in range(5):
            start(stream)
            stream.get_by_role("button", name="Stop").click()
            expect(stream.get_by_role("button", name="Start")).to_be_visible(timeout=LIMIT_MS)
            expect(page.get_by_text("Bars appear here once the camera runs.")).to_be_visible(timeout=LIMIT_MS)
            after.append(settled(server))
        # Pools may still fill up by a few threads, and sockets are closed some seconds after the browser has gone; what
        # four more visits would leave behind is at least three threads and three files each.
        threads, files = after[0][0] + 6, min(count for _, count in after) + 3
        wait_for(
            lambda: load_of(server)[0] <= threads and load_of(server)[1] <= files,
            LIMIT_S,
            lambda: f"threads and open files stay behind: {after}, at last {load_of(server)}",
        )


def test_a_visitor_who_comes_back_from_another_page_can_start_again(site: str, face_clip: Path) -> None:
    with visitor(*camera_of(face_clip)) as page:
        stream = agree(page, site)
        for _ in range(2):
            start(stream)
            page.get_by_role("link", name="About").click()
            expect(page.get_by_role("heading", name="About", level=1)).to_be_visible(timeout=LIMIT_MS)
            page.get_by_role("link", name="Live").click()
            expect(stream.get_by_role("button", name="Start")).to_be_visible(timeout=LIMIT_MS)


def test_a_denied_camera_is_explained(site: str) -> None:
    with visitor("--use-fake-device-for-media-stream", permissions=()) as page:
        client = page.context.new_cdp_session(page)
        client.send("Browser.setPermission", {"permission": {"name": "camera"}, "setting": "denied"})
        agree(page, site)
        expect(page.get_by_text("The browser may not use the camera here.")).to_be_visible(timeout=LIMIT_MS)


def test_without_a_camera_the_page_accepts_a_picture(site: str) -> None:
    with visitor(CAMERA[0], f"{CAMERA[1]}=device-count=0") as page:
        agree(page, site)
        expect(page.get_by_text("No camera is found.")).to_be_visible(timeout=LIMIT_MS)
        page.get_by_role("tab", name="Without live video").click()
        page.locator("input[type=file]").last.set_input_files(str(ROOT / "samples" / "astronaut.png"))
        expect(page.get_by_role("heading", name="Face 1: happy")).to_be_visible(timeout=LIMIT_MS)


@pytest.fixture
def turn_server(tmp_path: Path) -> Iterator[dict[str, str]]:
    """coturn on this machine, as an ICE server; needs Debian's coturn."""
    address, port = own_address(), free_port()
    command = ["turnserver", "-n", f"--listening-ip={address}", f"--relay-ip={address}", f"--listening-port={port}"]
    command += ["--lt-cred-mech", "--user=fizzog:secret", "--realm=fizzog", "--no-tls", "--no-dtls", "--no-cli"]
    command += [f"--log-file={tmp_path / 'turn.log'}", "--simple-log", f"--pidfile={tmp_path / 'turn.pid'}"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path)
    yield {"urls": f"turn:{address}:{port}?transport=udp", "username": "fizzog", "credential": "secret"}
    server.terminate()
    server.wait(10)


def own_address() -> str:
    """This machine's address on its network; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return probe.getsockname()[0]


def test_a_relay_carries_the_session_where_nothing_else_may(
    turn_server: dict[str, str], face_clip: Path, tmp_path: Path
) -> None:
    servers = json.dumps([turn_server])
    with (
        running_site(tmp_path / "log", cache=tmp_path, ice_servers=servers, live_drawing="server") as site,
        visitor(*camera_of(face_clip), script=RELAY_ONLY) as page,
    ):
        stream = agree(page, site)
        start(stream)
        expect(page.get_by_text("Face 1: happy")).to_be_visible(timeout=LIMIT_MS)
        assert "relay" in stream.locator("video").evaluate(SELECTED_CANDIDATE)


def test_a_connection_that_fails_is_explained(site: str, face_clip: Path) -> None:
    with visitor(*camera_of(face_clip), script=RELAY_ONLY) as page:
        stream = agree(page, site)
        stream.get_by_role("button", name="Start").click()
        expect(page.get_by_text("no relay (TURN) is set")).to_be_visible(timeout=LIMIT_MS)

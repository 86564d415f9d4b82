"""The site behind the real Caddy with the configuration that is shipped."""

import http.client
import os
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import expect

from benchmarks.live.browser import answers, chromium, free_port, running_site
from benchmarks.waiting import wait_for
from tests.support.browser import settle
from tests.support.paths import ROOT

PAGES = ("", "live", "analyze_image", "analyze_video", "explore_data", "training_metrics", "about")
CADDYFILE = ROOT / "deploy" / "Caddyfile"

pytestmark = pytest.mark.browser


class Service(BaseHTTPRequestHandler):
    """Stands where the REST service is: reads each body that reaches it, and frames the addresses of a query."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        frames = (f'<iframe src="{address}/"></iframe>' for address in self.path.partition("?")[2].split(","))
        self.wfile.write("".join(frames).encode())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_site(tmp_path_factory.mktemp("site") / "log") as address:
        yield address


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def proxied(site: str, service: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of Caddy in front of the site, without TLS, as no public name points here."""
    folder, port = tmp_path_factory.mktemp("caddy"), free_port()
    with (folder / "log").open("wb") as log:
        variables = {
            "FIZZOG_HOST": f"http://127.0.0.1:{port}",
            "FIZZOG_SITE": site.removeprefix("http://"),
            "FIZZOG_SERVICE": service.removeprefix("http://"),
            "XDG_DATA_HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
        }
        command = ["caddy", "run", "--config", str(CADDYFILE), "--adapter", "caddyfile"]
        caddy = subprocess.Popen(command, env=os.environ | variables, stdout=log, stderr=subprocess.STDOUT)
        try:
            health = f"http://127.0.0.1:{port}/_stcore/health"
            wait_for(lambda: answers(health), 20, f"{health} does not answer")
            yield f"http://127.0.0.1:{port}"
        finally:
            caddy.terminate()
            caddy.wait(20)


def test_the_configuration_is_formatted(tmp_path: Path) -> None:
    formatted = subprocess.run(["caddy", "fmt", str(CADDYFILE)], capture_output=True, text=True, check=True).stdout
    assert formatted == CADDYFILE.read_text(encoding="utf-8")


def test_headers(proxied: str) -> None:
    with urllib.request.urlopen(proxied) as answer:
        headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "camera=(self)" in headers["Permissions-Policy"]
    assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")


def answer(address: str, method: str, path: str, size: int) -> int:
    """The status of a request with a body of ``size`` zeros."""
    with closing(http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, path, body=bytes(size))
        return connection.getresponse().status


@pytest.mark.parametrize(
    ("method", "path", "size", "status"),
    [
        ("GET", "/_stcore/metrics", 0, (404,)),
        ("GET", "/metrics", 0, (404,)),
        ("GET", "/api/metrics", 0, (404,)),
        ("POST", "/api/x", 1000, (200,)),
        ("POST", "/api/x", 22_000_000, (413, 502)),  # Caddy 2.6 says 502
    ],
)
def test_what_the_proxy_lets_through(proxied: str, method: str, path: str, size: int, status: tuple[int, ...]) -> None:
    assert answer(proxied, method, path, size) in status


@pytest.mark.parametrize("path", PAGES)
def test_the_security_policy_blocks_nothing_of_a_page(proxied: str, path: str) -> None:
    blocked: list[str] = []
    with chromium() as browser:
        page = browser.new_page()
        page.on("console", lambda message: blocked.append(message.text) if "Security Policy" in message.text else None)
        page.goto(f"{proxied}/{path}")
        expect(page.get_by_role("heading").first).to_be_visible(timeout=60_000)
        settle(page)
        page.wait_for_timeout(1000)
        page.close()
    assert blocked == []


def test_a_page_of_another_host_cannot_frame_the_site(site: str, service: str, proxied: str) -> None:
    with chromium() as browser:
        page = browser.new_page()
        page.goto(f"{service}/?{site},{proxied}")
        page.wait_for_timeout(2000)
        shown = [frame.evaluate("location.href") for frame in page.frames[1:]]
        page.close()
    assert shown[0].startswith(site), "without the header a frame is shown; else this test says nothing"
    assert shown[1].startswith("chrome-error:")

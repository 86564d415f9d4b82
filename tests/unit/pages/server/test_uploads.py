"""Budgets of uploads, through the middleware and Streamlit's own route behind it."""

import asyncio

import pytest
from starlette.applications import Starlette
from starlette.formparsers import MultiPartParser
from starlette.middleware import Middleware
from starlette.testclient import TestClient
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.web.server.starlette.starlette_routes import create_upload_routes

from pages.ui.server import uploads
from pages.ui.server.uploads import LimitUploads

MB = 2**20
LARGEST = 20 * MB


class KnowsAll:
    """Streamlit's runtime as far as the upload route asks it: every session is active."""

    def is_active_session(self, _: str) -> bool:
        return True


@pytest.fixture
def manager() -> MemoryUploadedFileManager:
    return MemoryUploadedFileManager("/_stcore/upload_file")


@pytest.fixture
def ledger() -> uploads.Ledger:
    return uploads.Ledger()


@pytest.fixture
def client(manager: MemoryUploadedFileManager, ledger: uploads.Ledger, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr("streamlit.web.server.starlette.starlette_routes.is_xsrf_enabled", lambda: False)
    monkeypatch.setattr(uploads, "SESSION", uploads.Budget(files=3, bytes=50 * MB))
    monkeypatch.setattr(uploads, "ADDRESS", uploads.Budget(files=5, bytes=70 * MB))
    routes = create_upload_routes(KnowsAll(), manager, None)  # type: ignore[arg-type]
    return TestClient(
        Starlette(routes=routes, middleware=[Middleware(LimitUploads, ledger=ledger)]), client=("10.0.0.9", 1)
    )


def put(client: TestClient, session: str, file: str, size: int, address: str = "8.1.1.1") -> tuple[int, str]:
    done = client.put(
        f"/_stcore/upload_file/{session}/{file}", files={"file": ("a.png", bytes(size))},
        headers={"X-Forwarded-For": f"9.9.9.9, {address}"},
    )  # fmt: skip
    return done.status_code, done.text


def test_a_file_reaches_streamlit(client: TestClient, manager: MemoryUploadedFileManager) -> None:
    assert put(client, "one", "a", 5 * MB)[0] == 204
    assert len(manager.file_storage["one"]["a"].data) == 5 * MB


def test_a_session_has_a_number_of_files_and_bytes(client: TestClient) -> None:
    assert [put(client, "one", name, MB)[0] for name in "abc"] == [204] * 3
    status, text = put(client, "one", "d", MB)
    assert status == 429
    assert text.startswith("You have uploaded 3 files with 3 MB. At most 3 files")
    assert put(client, "one", "c", 2 * MB)[0] == 204, "a file may be replaced"
    assert client.delete("/_stcore/upload_file/one/a").status_code == 204
    assert put(client, "one", "d", MB)[0] == 204
    assert put(client, "two", "a", 19 * MB)[0] == put(client, "two", "b", 19 * MB)[0] == 204
    assert put(client, "two", "c", 19 * MB)[0] == 429


def test_an_address_has_a_budget_behind_a_proxy_too(client: TestClient, ledger: uploads.Ledger) -> None:
    statuses = [put(client, session, file, MB)[0] for session in ("one", "two") for file in "abc"]
    assert statuses == [204] * 5 + [429]
    assert ledger.refusal("three", "a", "8.1.1.1", MB).startswith("Visitors of your network")
    assert ledger.refusal("three", "a", "8.1.1.2", MB) == ""


def test_a_body_without_a_length_ends_at_the_limit(
    client: TestClient, manager: MemoryUploadedFileManager, ledger: uploads.Ledger
) -> None:
    """300 MB in chunks: little more than the limit is read."""
    sent = 0

    async def receive() -> dict[str, object]:
        nonlocal sent
        sent += MB
        return {"type": "http.request", "body": body_start if sent == MB else bytes(MB), "more_body": sent < 300 * MB}

    answers: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        answers.append(message)

    body_start = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + bytes(MB - 80)
    scope = {
        "type": "http", "http_version": "1.1", "method": "PUT", "path": "/_stcore/upload_file/one/a", "raw_path": b"",
        "query_string": b"", "root_path": "", "scheme": "http", "server": ("localhost", 80), "client": ("10.0.0.1", 1),
        "headers": [(b"content-type", b"multipart/form-data; boundary=x"), (b"transfer-encoding", b"chunked")],
    }  # fmt: skip
    asyncio.run(client.app(scope, receive, send))  # type: ignore[arg-type]
    assert answers[0]["status"] == 413
    assert sent <= LARGEST + 2 * MB
    assert "a" not in manager.file_storage["one"]
    assert ledger.refusal("one", "b", "10.0.0.1", LARGEST) == "", "nothing is counted for a refused file"


def test_a_length_over_the_limit_is_refused_unread(client: TestClient) -> None:
    done = client.put("/_stcore/upload_file/one/a", content=bytes(0), headers={"Content-Length": str(300 * MB)})
    assert (done.status_code, done.text) == (413, "A file may have at most 20 MB.")


def test_files_of_a_session_that_is_gone_are_removed_after_seconds(ledger: uploads.Ledger) -> None:
    ledger.hold("here", "a", "x", MB)
    ledger.hold("gone", "a", "x", MB)
    removed: list[str] = []
    for now in (0.0, uploads.AWAY_S - 1, uploads.AWAY_S, uploads.AWAY_S + 5):
        ledger.sweep(lambda name: name == "here", removed.append, now)
        assert removed == (["gone"] if now >= uploads.AWAY_S else [])


def test_a_session_that_returns_keeps_its_files(ledger: uploads.Ledger) -> None:
    ledger.hold("one", "a", "x", MB)
    for now, active in ((0.0, False), (15.0, True), (19.0, False), (30.0, False)):
        ledger.sweep(lambda _, active=active: active, lambda name: pytest.fail(f"{name} was removed"), now)


def test_forms_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MultiPartParser, "spool_max_size", 1)
    uploads.keep_in_memory()
    assert MultiPartParser.spool_max_size > LARGEST

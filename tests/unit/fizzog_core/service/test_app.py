from __future__ import annotations

import asyncio
import gzip
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pyarrow.parquet as pq
import pytest
import uvicorn
from fastapi.testclient import TestClient

from benchmarks.waiting import wait_for
from fizzog_core.jobs import upload_jobs
from fizzog_core.jobs.upload_jobs import Analyze
from fizzog_core.labels import TASKS
from fizzog_core.media import images
from fizzog_core.networks import loading, model_card
from fizzog_core.networks.predictor import Networks
from fizzog_core.output import records, tables
from fizzog_core.output.media_types import MEDIA_TYPES
from fizzog_core.service import app as service
from fizzog_core.service import limits, predict_body
from fizzog_core.service.limits import Limits, read_body
from fizzog_core.service.workers import Work
from fizzog_core.vision.analyzer import Analyzer
from fizzog_core.vision.detector import Detector
from tests.support import worker_jobs
from tests.support.paths import ROOT

ASTRONAUT = (ROOT / "samples" / "astronaut.png").read_bytes()
HAND = [[1.0, 2.0, 3.0]] * 21


class SlowPictures:
    """Pictures whose analysis begins, but does not end before ``go_on``. ``body`` is one of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.body = str(folder).encode()

    def wait(self) -> None:
        wait_for((self._folder / "begun").exists, 20, "the analysis does not begin")

    def go_on(self) -> None:
        (self._folder / "go").touch()


@pytest.fixture
def slow(tmp_path: Path) -> SlowPictures:
    return SlowPictures(tmp_path)


@contextmanager
def served(
    networks: Networks, analyze: Analyze = worker_jobs.analyze_when_told, **options: object
) -> Iterator[TestClient]:
    app = service.create(lambda: networks, analyze, limits=Limits(**options))  # type: ignore[arg-type]
    with TestClient(app) as client:
        yield client


@pytest.fixture(scope="module")
def client(tiny_networks: Networks, tiny_models: Path) -> Iterator[TestClient]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("FIZZOG_MODELS", str(tiny_models))  # for the process that analyses pictures
        with served(tiny_networks, upload_jobs.analyze, requests_per_s=0) as client:
            client.post("/v1/analyze", content=ASTRONAUT)  # starts it
            yield client


@pytest.mark.parametrize("task", TASKS)
def test_predict_returns_the_outputs_of_the_network(
    task: str, client: TestClient, tiny_networks: Networks, rng
) -> None:
    network = getattr(tiny_networks, task)
    rows = rng.random((3, *network.row_shape)).astype(np.float32) * 255
    expected = network.predict(rows)[:, : model_card.output_size(network.card)]
    by_row = client.post(f"/v1/models/{task}:predict", json={"instances": rows.tolist()})
    by_column = client.post(f"/v1/models/{task}/versions/1:predict", json={"inputs": rows.tolist()})
    assert (by_row.status_code, by_column.status_code) == (200, 200)
    np.testing.assert_allclose(by_row.json()["predictions"], expected, atol=1e-6)
    np.testing.assert_allclose(by_column.json()["outputs"], expected, atol=1e-6)


def test_status_and_metadata(client: TestClient) -> None:
    status = client.get("/v1/models/emotion").json()["model_version_status"][0]
    assert (status["version"], status["state"]) == ("1", "AVAILABLE")
    assert client.get("/v1/models/emotion/versions/1").status_code == 200
    metadata = client.get("/v1/models/emotion/metadata").json()
    assert metadata["model_spec"] == {"name": "emotion", "signature_name": "", "version": "1"}
    assert client.get("/v1/models/emotion/versions/1/metadata").json() == metadata


def test_the_service_and_the_command_return_the_same_json(
    client: TestClient, tiny_networks: Networks, picture_detector: Detector
) -> None:
    answer = client.post("/v1/analyze?source=a", content=ASTRONAUT)
    assert answer.status_code == 200
    with Analyzer(picture_detector, tiny_networks) as analyzer:
        result = analyzer.analyze(images.decode(ASTRONAUT))
    expected = records.to_json_dict("a", result)
    came = answer.json()
    assert came.pop("stage_ms").keys() == expected.pop("stage_ms").keys()
    assert came == expected


@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl"])
def test_a_pictures_rows_are_those_of_a_folders_table(
    form: str, client: TestClient, tiny_networks: Networks, picture_detector: Detector, tmp_path: Path
) -> None:
    answer = client.post(f"/v1/analyze?source=a&form={form}", content=ASTRONAUT)
    assert answer.headers["content-type"].partition(";")[0] in MEDIA_TYPES[form]
    path = tmp_path / f"came.{form}"
    path.write_bytes(answer.content)
    with Analyzer(picture_detector, tiny_networks) as analyzer:
        expected = tables.to_table(tables.picture_rows("a", analyzer.analyze(images.decode(ASTRONAUT))))
    assert [row for block in tables.read_blocks(path) for row in block.to_pylist()] == expected.to_pylist()
    assert form != "parquet" or pq.read_schema(path).equals(tables.ROW_SCHEMA, check_metadata=True)


def test_only_the_requested_search_runs(client: TestClient) -> None:
    answer = client.post("/v1/analyze?faces=false", content=ASTRONAUT).json()
    assert answer["faces"] is None
    assert isinstance(answer["hands"], list)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "sentence"),
    [
        ("POST", "/v1/analyze", b"", 400, "empty"),
        ("POST", "/v1/analyze", b"no picture", 400, "not a picture"),
        ("POST", "/v1/analyze?faces=perhaps", b"x", 400, "faces"),
        ("POST", "/v1/analyze?form=xml", b"x", 400, "form"),
        ("GET", "/v1/analyze", None, 405, "Malformed request: GET /v1/analyze"),
        ("GET", "/v1/models/other", None, 404, "Latest(other)"),
        ("GET", "/v1/models/emotion/versions/2", None, 404, "Specific(emotion, 2)"),
        ("GET", "/v1/models/emotion/versions/two", None, 400, "number"),
        ("POST", "/v1/models/other:predict", b"{}", 404, "Latest(other)"),
        ("POST", "/v1/models/emotion:predict", b"{", 400, "JSON Parse error"),
        ("POST", "/v1/models/emotion:classify", b"{}", 405, "Malformed request"),
        ("GET", "/elsewhere", None, 404, "Malformed request: GET /elsewhere"),
    ],
)
def test_a_refusal_has_tensorflow_servings_form(method, path, body, status, sentence, client: TestClient) -> None:
    answer = client.request(method, path, content=body)
    assert answer.status_code == status
    assert set(answer.json()) == {"error"}
    assert sentence in answer.json()["error"]


def test_every_example_of_the_documents_works(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    asked = [
        parameter["name"] for parameter in paths["/v1/models/{name}/versions/{number}:predict"]["post"]["parameters"]
    ]
    assert sorted(asked) == ["name", "number"]
    sent = 0
    for path, operations in paths.items():
        if "post" in operations and path.endswith(":predict"):
            address = path.replace("{name}", "gesture").replace("{number}", "1")
            for example in operations["post"]["requestBody"]["content"]["application/json"]["examples"].values():
                assert client.post(address, json=example["value"]).status_code == 200
                sent += 1
    assert sent == 4
    assert set(paths["/v1/analyze"]["post"]["responses"]["200"]["content"]) >= {"application/json", "text/csv"}
    assert client.get("/docs").status_code == 200


def test_requests_that_wait_together_run_together(tiny_networks: Networks, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, go_on = threading.Event(), threading.Event()
    predict = tiny_networks.gesture.predict

    def slow(rows: np.ndarray) -> np.ndarray:
        asked.set()
        assert go_on.wait(20)
        return predict(rows)

    with served(tiny_networks, requests_per_s=0) as client, ThreadPoolExecutor(9) as pool:
        monkeypatch.setattr(tiny_networks.gesture, "predict", slow)
        engine = client.app.state.work.engine  # type: ignore[attr-defined]

        def ask() -> int:
            return client.post("/v1/models/gesture:predict", json={"instances": [HAND]}).status_code

        answers = [pool.submit(ask)]
        assert asked.wait(20)
        answers += [pool.submit(ask) for _ in range(8)]
        wait_for(lambda: engine.waiting == 8, 20, "fewer than eight requests wait")
        go_on.set()
        assert [answer.result(20) for answer in answers] == [200] * 9
        assert (engine.stats.calls, engine.stats.rows) == (2, 9)


def test_figures_for_prometheus(client: TestClient) -> None:
    client.get("/v1/models/emotion")
    client.get("/no-such-page")
    text = client.get("/metrics").text
    assert 'fizzog_requests_total{method="GET",route="/v1/models/{name}",status="200"}' in text
    assert 'fizzog_requests_total{method="any",route="other",status="404"}' in text
    assert "fizzog_engine_rows" in text
    assert "no-such-page" not in text


def test_a_live_service_is_ready_and_names_its_networks(client: TestClient, tiny_networks: Networks) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz").json()
    assert ready["status"] == "ok"
    assert ready["models"]["emotion"] == tiny_networks.emotion.card.sha256


def test_a_full_queue_is_alive_and_not_ready(tiny_networks: Networks, slow: SlowPictures) -> None:
    with served(tiny_networks, waiting=0) as client, ThreadPoolExecutor(1) as pool:
        assert client.get("/readyz").status_code == 200
        first = pool.submit(client.post, "/v1/analyze", content=slow.body)
        slow.wait()
        full = client.get("/readyz")
        assert (full.status_code, full.headers["retry-after"]) == (503, "1")
        assert "overloaded" in full.json()["error"]
        assert client.get("/healthz").status_code == 200
        slow.go_on()
        assert first.result(20).status_code == 200
        assert client.get("/readyz").status_code == 200


def test_a_client_who_fills_the_queue_makes_room_for_another(tiny_networks: Networks, slow: SlowPictures) -> None:
    with served(tiny_networks, waiting=2, timeout_s=20.0) as client, ThreadPoolExecutor(4) as threads:
        other = TestClient(client.app, client=("10.0.0.2", 1))
        work = client.app.state.work  # type: ignore[attr-defined]

        def post(sender: TestClient) -> int:
            return sender.post("/v1/analyze", content=slow.body).status_code

        first = threads.submit(post, client)
        slow.wait()
        waiting = [threads.submit(post, client) for _ in range(2)]
        wait_for(lambda: work.is_full, 20, "the queue is not full")
        others = threads.submit(post, other)
        wait_for(lambda: any(answer.done() for answer in waiting), 20, "nobody made room")
        slow.go_on()
        assert sorted(answer.result(20) for answer in (first, *waiting)) == [200, 200, 503]
        assert others.result(20) == 200


def test_a_key_is_needed_where_one_is_set(tiny_networks: Networks) -> None:
    with served(tiny_networks, api_key="sesame") as client:
        assert client.get("/healthz").status_code == 200
        for path in ("/v1/models/emotion", "/metrics"):
            assert client.get(path).status_code == 401
            assert client.get(path, headers={"Authorization": "Bearer other"}).status_code == 401
            assert client.get(path, headers={"Authorization": "Bearer sesame"}).status_code == 200


def test_too_many_requests_of_one_client(tiny_networks: Networks) -> None:
    with served(tiny_networks, requests_per_s=0.01) as client:
        answer = client.get("/v1/models/emotion")
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "1"
        assert client.get("/healthz").status_code == 200


def test_too_large_a_body(tiny_networks: Networks) -> None:
    with served(tiny_networks, body_bytes=1000) as client:
        assert client.post("/v1/analyze", content=bytes(1001)).status_code == 413
        chunks = (bytes(100) for _ in range(1000))
        assert client.post("/v1/analyze", content=chunks).status_code == 413


def test_a_predict_body_has_the_size_that_its_rows_can_have(tiny_networks: Networks) -> None:
    with served(tiny_networks, rows=2) as client:
        answer = client.post("/v1/models/gesture:predict", content=bytes(30_000))
        assert answer.status_code == 413
        assert client.post("/v1/models/emotion:predict", content=bytes(30_000)).status_code == 400


def test_bodies_together_have_a_limit(tiny_networks: Networks, slow: SlowPictures) -> None:
    body = slow.body.ljust(100_000)
    with served(tiny_networks, memory_bytes=len(body) + 1000) as client, ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.post, "/v1/analyze", content=body)
        slow.wait()
        refused = client.post("/v1/analyze", content=body)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert "too many large bodies" in refused.json()["error"]
        slow.go_on()
        assert first.result(20).status_code == 200
        assert client.post("/v1/analyze", content=body).status_code == 200


def test_parsing_has_the_time_of_the_request(tiny_networks: Networks, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    parse = predict_body.parse

    def slow(*arguments: Any) -> predict_body.PredictRequest:
        assert go_on.wait(20)
        return parse(*arguments)

    monkeypatch.setattr(predict_body, "parse", slow)
    with served(tiny_networks, timeout_s=0.2) as client:
        late = client.post("/v1/models/gesture:predict", json={"instances": [HAND]})
        assert (late.status_code, late.headers["retry-after"]) == (503, "1")
        assert "No result within 0.2 s" in late.json()["error"]
        go_on.set()


def test_rows_beyond_what_the_network_can_compute() -> None:
    networks = loading.load_all(ROOT / "models")
    statuses = []
    with served(networks, requests_per_s=0) as client:
        for task in TASKS:
            rows = np.full((1, *getattr(networks, task).row_shape), 1e38)
            rows.flat[0] = 0
            answer = client.post(f"/v1/models/{task}:predict", json={"instances": rows.tolist()})
            statuses.append(answer.status_code)
            assert answer.status_code == 200 or "not finite" in answer.json()["error"]
    assert set(statuses) <= {200, 400}
    assert 400 in statuses


def test_a_body_that_does_not_arrive() -> None:
    async def trickle():
        yield b"a"
        await asyncio.sleep(10)

    with pytest.raises(service.RequestError, match="did not arrive") as refusal:
        asyncio.run(read_body(trickle(), Limits(timeout_s=0.05), lambda size: None))
    assert refusal.value.status == 408


def test_overload_is_refused_and_what_is_at_work_is_answered(tiny_networks: Networks, slow: SlowPictures) -> None:
    with served(tiny_networks, waiting=0) as client:
        answers: list[int] = []
        first = threading.Thread(
            target=lambda: answers.append(client.post("/v1/analyze", content=slow.body).status_code)
        )
        first.start()
        slow.wait()
        refused = client.post("/v1/analyze", content=slow.body)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        slow.go_on()
        first.join(20)
        assert answers == [200]
        assert client.post("/v1/analyze", content=slow.body).status_code == 200


def test_a_response_after_the_time_limit_is_refused(tiny_networks: Networks, slow: SlowPictures) -> None:
    with served(tiny_networks, timeout_s=0.2) as client:
        late = client.post("/v1/analyze", content=slow.body)
        assert (late.status_code, late.headers["retry-after"]) == (503, "1")
        assert "No result within 0.2 s" in late.json()["error"]


def is_open(port: int) -> bool:
    """Whether a new connection is taken."""
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/healthz").is_success
    except httpx2.TransportError:
        return False


def test_what_is_at_work_is_answered_before_it_ends(tiny_networks: Networks, slow: SlowPictures) -> None:
    app = service.create(lambda: tiny_networks, worker_jobs.analyze_when_told)
    server = uvicorn.Server(uvicorn.Config(app, port=0, ws="none", log_config=None, timeout_graceful_shutdown=20))
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(server.run)
        wait_for(lambda: server.started, 20, "the service did not start")
        port = server.servers[0].sockets[0].getsockname()[1]
        answer = pool.submit(httpx2.post, f"http://127.0.0.1:{port}/v1/analyze", content=slow.body, timeout=20)
        slow.wait()
        server.should_exit = True
        wait_for(lambda: not is_open(port), 20, "the service still takes connections")
        slow.go_on()
        assert answer.result(20).status_code == 200
        running.result(20)


def test_concurrent_requests_are_limited(tiny_networks: Networks) -> None:
    with served(tiny_networks, at_work=0) as client:
        refused = client.post("/v1/models/gesture:predict", json={"instances": [HAND]})
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert client.get("/v1/models/emotion").status_code == 200


def test_half_sent_bodies_take_no_place_of_other_requests(tiny_networks: Networks) -> None:
    app = service.create(lambda: tiny_networks, limits=Limits(at_work=1))
    settings = uvicorn.Config(app, port=0, ws="none", log_config=None)
    running = uvicorn.Server(settings)
    with ThreadPoolExecutor(1) as pool, ExitStack() as opened:
        ended = pool.submit(running.run)
        wait_for(lambda: running.started, 20, "the service did not start")
        port = running.servers[0].sockets[0].getsockname()[1]
        for _ in range(3):
            half = opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
            half.sendall(b"POST /v1/analyze HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
        wait_for(lambda: "at_work 4.0" in httpx2.get(f"http://127.0.0.1:{port}/metrics").text, 20, "no half requests")
        answer = httpx2.post(f"http://127.0.0.1:{port}/v1/models/gesture:predict", json={"instances": [HAND]})
        assert answer.status_code == 200
        opened.close()
        running.should_exit = True
        ended.result(20)


def test_an_unforeseen_failure_is_a_sentence(tiny_networks: Networks, monkeypatch: pytest.MonkeyPatch) -> None:
    app = service.create(lambda: tiny_networks)
    monkeypatch.setattr(Work, "analyze", lambda *_: 1 / 0)
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.post("/v1/analyze", content=ASTRONAUT)
        metrics = client.get("/metrics").text
    assert answer.status_code == 500
    assert "division" not in answer.text
    assert 'fizzog_requests_total{method="POST",route="/v1/analyze",status="500"} 1.0' in metrics
    assert 'status="499"' not in metrics


def test_a_picture_that_ends_its_process_is_refused_and_the_next_is_answered(tiny_networks: Networks) -> None:
    with served(tiny_networks, worker_jobs.analyze_and_die) as client:
        refused = client.post("/v1/analyze", content=b"die")
        assert refused.status_code == 422
        assert "ended unexpectedly" in refused.json()["error"]
        assert client.post("/v1/analyze", content=b"live").status_code == 200


@pytest.mark.parametrize("name", ["missing"])
def test_the_command_reports_why_it_cannot_start(name: str, set_fizzog, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from fizzog_core.cli.main import app

    set_fizzog(models=tmp_path / name)
    answer = CliRunner().invoke(app, ["serve"])
    assert answer.exit_code == 1
    assert "No card at" in answer.output


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/v1/models/gesture:predict", "/v1/models/gesture/versions/1:predict"])
def test_predict_needs_post(method: str, path: str, client: TestClient) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert "Malformed request" in answer.json()["error"]


def test_gzip_bodies(client: TestClient) -> None:
    body = json.dumps({"instances": [HAND]}).encode()
    headers = {"Content-Encoding": "gzip"}
    packed = client.post("/v1/models/gesture:predict", content=gzip.compress(body), headers=headers)
    assert packed.status_code == 200
    assert packed.json() == client.post("/v1/models/gesture:predict", content=body).json()
    for content, sentence in ((body, "is not gzip"), (gzip.compress(body)[:-9], "cut short"), (b"", "cut short")):
        answer = client.post("/v1/models/gesture:predict", content=content, headers=headers)
        assert (answer.status_code, sentence in answer.json()["error"]) == (400, True)
    other = client.post("/v1/models/gesture:predict", content=body, headers={"Content-Encoding": "br"})
    assert other.status_code == 415


def test_a_gzip_bomb_stops_at_the_limit(tiny_networks: Networks) -> None:
    with served(tiny_networks, body_bytes=10_000) as client:
        bomb = gzip.compress(bytes(50_000_000))
        assert len(bomb) < 60_000
        answer = client.post("/v1/analyze", content=bomb[:9000], headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 413


def test_wrong_keys_are_limited_too(tiny_networks: Networks) -> None:
    with served(tiny_networks, api_key="sesame", requests_per_s=1) as client:
        statuses = [client.get("/v1/models/emotion").status_code for _ in range(4)]
        assert statuses[:2] == [401, 401]
        assert statuses[-1] == 429


def test_the_table_of_clients_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_CLIENTS", 3)
    gate = limits.Gate(Limits(requests_per_s=1), clock=lambda: 0.0)
    for client in "abcdab":
        gate.check(client, "")
    gate.check("b", "")
    with pytest.raises(service.RequestError, match="Slow down"):
        gate.check("b", "")


def test_a_client_that_goes_away_is_no_crash(tiny_networks: Networks, caplog: pytest.LogCaptureFixture) -> None:
    app = service.create(lambda: tiny_networks)
    scope = {
        "type": "http", "method": "POST", "path": "/v1/analyze", "raw_path": b"/v1/analyze", "query_string": b"",
        "headers": [], "client": ("a", 1), "server": ("b", 2), "scheme": "http", "http_version": "1.1", "app": app,
    }  # fmt: skip
    messages = iter([{"type": "http.request", "body": b"x", "more_body": True}, {"type": "http.disconnect"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    with TestClient(app) as client:
        client.portal.call(app, dict(scope), receive, send)  # type: ignore[union-attr]
        metrics = client.get("/metrics").text
    assert sent[0]["status"] == 499
    assert 'route="/v1/analyze",status="499"} 1.0' in metrics
    assert not caplog.records

"""One worker for all visitors: it batches, it keeps the newest, and nothing that one visitor does hurts another."""

import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor

import numpy as np
import pytest

from fizzog_core.errors import EngineClosedError, EngineCrashError, OverloadedError
from fizzog_core.labels import TASKS
from fizzog_core.networks.batching import Engine
from fizzog_core.networks.predictor import Networks
from tests.support.engine import FakeNetwork, emotion_of, hold


@pytest.fixture
def networks() -> Networks:
    return Networks(**{task: FakeNetwork(task) for task in TASKS})


@pytest.fixture
def engine(networks: Networks) -> Iterator[Engine]:
    engine = Engine(networks, capacity=4)
    yield engine
    emotion_of(networks).gate.set()
    engine.close()


def faces(value: float, count: int = 1) -> np.ndarray:
    return np.full((count, 48, 48, 1), value, np.float32)


def bad_value(batch: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    if (batch == 666).any():
        raise ValueError("bad row")
    return outputs


def test_what_comes_together_goes_in_one_call_and_each_gets_its_own(engine: Engine, networks: Networks) -> None:
    hold(engine, networks)
    answers = [engine.submit(client, "emotion", faces(client, client)) for client in (1, 2, 3)]
    emotion_of(networks).gate.set()
    for client, answer in zip((1, 2, 3), answers, strict=True):
        np.testing.assert_array_equal(answer.result(5), np.full((client, 7), client))
    assert emotion_of(networks).batches == [1, 6]
    assert engine.stats.rows == 7


def test_the_newest_request_of_a_client_wins(engine: Engine, networks: Networks) -> None:
    hold(engine, networks)
    older, newer = (engine.submit("a", "emotion", faces(value)) for value in (1, 2))
    emotion_of(networks).gate.set()
    assert newer.result(5)[0, 0] == 2
    assert older.cancelled()


def test_more_than_the_capacity_is_refused_at_once(engine: Engine, networks: Networks) -> None:
    hold(engine, networks)
    for client in range(4):
        engine.submit(client, "emotion", faces(1))
    with pytest.raises(OverloadedError, match="4 requests are waiting"):
        engine.submit("one more", "emotion", faces(1))
    assert not engine.submit(0, "emotion", faces(2)).done(), "a newer frame of one who waits takes no more room"


def test_a_bad_request_fails_alone(engine: Engine, networks: Networks) -> None:
    emotion_of(networks).spoil = bad_value
    hold(engine, networks)
    good, bad = engine.submit("a", "emotion", faces(1)), engine.submit("b", "emotion", faces(666))
    emotion_of(networks).gate.set()
    assert good.result(5)[0, 0] == 1
    with pytest.raises(ValueError, match="bad row"):
        bad.result(5)


def test_a_network_that_loses_rows_is_found_out(engine: Engine, networks: Networks) -> None:
    emotion_of(networks).spoil = lambda _, outputs: outputs[1:]
    with pytest.raises(RuntimeError, match="0 outputs for 1 rows"):
        engine.submit("a", "emotion", faces(1)).result(5)


def test_a_cancelled_request_does_not_stop_the_worker(engine: Engine, networks: Networks) -> None:
    hold(engine, networks)
    engine.submit("gone", "emotion", faces(1)).cancel()
    stays = engine.submit("stays", "emotion", faces(2))
    emotion_of(networks).gate.set()
    assert stays.result(5)[0, 0] == 2


def test_a_crash_is_counted_and_the_engine_continues(engine: Engine, networks: Networks) -> None:
    def crash(batch: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        raise SystemExit("crashed")

    emotion_of(networks).spoil = crash
    with pytest.raises(EngineCrashError, match="crashed and was started again"):
        engine.submit("a", "emotion", faces(1)).result(5)
    emotion_of(networks).spoil = bad_value
    assert engine.submit("a", "emotion", faces(3)).result(5)[0, 0] == 3
    assert engine.stats.crashes == 1
    assert "crashed" in engine.stats.last_error


def test_a_wrong_shape_is_refused_before_it_is_queued(engine: Engine) -> None:
    with pytest.raises(ValueError, match="takes"):
        engine.submit("a", "emotion", np.zeros((1, 5, 5, 1), np.float32))


def test_requests_of_one_client_to_three_networks_wait_together(engine: Engine, networks: Networks) -> None:
    hold(engine, networks)
    rows = {task: np.ones((1, *getattr(networks, task).row_shape), np.float32) for task in TASKS}
    answers = {task: engine.submit("a", task, batch) for task, batch in rows.items()}
    assert engine.waiting == 3
    emotion_of(networks).gate.set()
    assert {task: answer.result(5).shape for task, answer in answers.items()} == {
        "keypoints": (1, 31),
        "emotion": (1, 7),
        "gesture": (1, 5),
    }


def test_submitting_does_not_block_while_a_network_is_slow(engine: Engine, networks: Networks) -> None:
    hold(engine, networks)
    start = time.monotonic()
    engine.submit("a", "emotion", faces(1))
    assert time.monotonic() - start < 0.5


def test_eight_clients_at_once_get_their_own_answers(networks: Networks) -> None:
    engine = Engine(networks)

    def predict_all(client: int) -> bool:
        values = [client + n / 64 for n in range(50)]
        return all((engine.submit(client, "emotion", faces(value)).result(5) == value).all() for value in values)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(predict_all, range(8)))
    assert engine.stats.rows == 400
    assert engine.stats.calls < 400, "some requests were batched"
    engine.close()


def test_closing_cancels_and_refuses(engine: Engine, networks: Networks) -> None:
    hold(engine, networks)
    answer = engine.submit("a", "emotion", faces(1))
    emotion_of(networks).gate.set()
    engine.close()
    engine.close()
    with pytest.raises((CancelledError, EngineClosedError)):
        answer.result(5) if answer.cancelled() else engine.submit("a", "emotion", faces(1))
    with pytest.raises(EngineClosedError, match="shut down"):
        engine.submit("a", "emotion", faces(1))

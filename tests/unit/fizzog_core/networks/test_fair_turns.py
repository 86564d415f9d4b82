"""No request, however large, holds up the others: the engine's calls are small and the requests take turns."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from fizzog_core.labels import TASKS
from fizzog_core.networks.batching import LARGEST_BATCH, Engine
from fizzog_core.networks.predictor import Networks, Outputs
from tests.support.engine import FakeNetwork, hold

MANY = 10 * LARGEST_BATCH


@pytest.fixture
def networks() -> Networks:
    return Networks(**{task: FakeNetwork(task) for task in TASKS})


@pytest.fixture
def engine(networks: Networks) -> Iterator[Engine]:
    engine = Engine(networks)
    yield engine
    fake(networks).gate.set()
    engine.close()


def fake(networks: Networks, task: str = "emotion") -> FakeNetwork:
    network = getattr(networks, task)
    assert isinstance(network, FakeNetwork)
    return network


def numbered(networks: Networks, task: str, count: int) -> np.ndarray:
    """Rows of which row n is n everywhere."""
    shape = (count, *fake(networks, task).row_shape)
    return np.broadcast_to(np.arange(count, dtype=np.float32).reshape(-1, *[1] * (len(shape) - 1)), shape)


def in_order(answers: dict[str, Outputs]) -> list[str]:
    """Names of the answers in the order of their completion, filled while they complete."""
    order: list[str] = []
    for name, answer in answers.items():
        answer.add_done_callback(lambda _, name=name: order.append(name))
    return order


@pytest.mark.parametrize("task", TASKS)
def test_a_large_request_delays_a_small_one_by_one_call(engine: Engine, networks: Networks, task: str) -> None:
    hold(engine, networks)
    large = engine.submit("client of the service", task, numbered(networks, task, MANY))
    small = engine.submit("visitor", "emotion", numbered(networks, "emotion", 1))
    order = in_order({"large": large, "small": small})
    fake(networks).gate.set()
    large.result(5)
    assert order == ["small", "large"]
    assert max(fake(networks, task).batches) <= LARGEST_BATCH


def test_a_large_request_gets_the_outputs_of_its_rows_in_order(engine: Engine, networks: Networks) -> None:
    hold(engine, networks)
    count = MANY + 3
    answers = [engine.submit(client, "emotion", numbered(networks, "emotion", count)) for client in "ab"]
    fake(networks).gate.set()
    for answer in answers:
        np.testing.assert_array_equal(answer.result(5)[:, 0], np.arange(count))


def test_small_requests_do_not_stop_a_large_one(engine: Engine, networks: Networks) -> None:
    """A call has room for rows of large requests beside those of small ones."""
    hold(engine, networks)
    large = engine.submit("large", "emotion", numbered(networks, "emotion", 2 * LARGEST_BATCH))
    small = [engine.submit(client, "emotion", numbered(networks, "emotion", 1)) for client in range(4)]
    fake(networks).gate.set()
    assert [len(answer.result(5)) for answer in (*small, large)] == [1] * 4 + [2 * LARGEST_BATCH]
    assert fake(networks).batches == [1, LARGEST_BATCH, LARGEST_BATCH, 4]


def test_a_cancelled_large_request_uses_no_further_call(engine: Engine, networks: Networks) -> None:
    hold(engine, networks)
    large = engine.submit("large", "emotion", numbered(networks, "emotion", MANY))
    fake(networks).spoil = lambda _, outputs: (large.cancel(), outputs)[1]
    fake(networks).gate.set()
    engine.submit("visitor", "keypoints", numbered(networks, "keypoints", 1)).result(5)
    engine.submit("visitor", "emotion", numbered(networks, "emotion", 1)).result(5)
    assert sum(fake(networks).batches) <= 2 + LARGEST_BATCH


def test_a_large_request_with_a_bad_row_fails_alone(engine: Engine, networks: Networks) -> None:
    def bad(batch: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        if (batch == MANY - 1).any():
            raise ValueError("bad row")
        return outputs

    fake(networks).spoil = bad
    hold(engine, networks)
    large = engine.submit("large", "emotion", numbered(networks, "emotion", MANY))
    good = engine.submit("good", "emotion", numbered(networks, "emotion", MANY - 1))
    fake(networks).gate.set()
    assert len(good.result(5)) == MANY - 1
    with pytest.raises(ValueError, match="bad row"):
        large.result(5)
    assert not engine.waiting

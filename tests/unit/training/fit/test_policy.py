import keras
import numpy as np
import pytest

from training.fit import policy

BATCH = np.zeros((2, 3), np.float32), np.zeros((2, 1), np.float32)


def compiled() -> keras.Model:
    network = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
    network.compile("sgd", "mse")
    return network


@pytest.mark.parametrize(("slow", "faster"), [("mixed_bfloat16", "float32"), ("float32", "mixed_bfloat16")])
def test_the_policy_with_the_shorter_time_is_chosen(monkeypatch: pytest.MonkeyPatch, slow: str, faster: str) -> None:
    now = 0.0

    def train_on_batch(_self: keras.Model, *_: object) -> float:
        nonlocal now
        now += 50 if keras.config.dtype_policy().name == slow else 1
        return 0.0

    monkeypatch.setattr(keras.Model, "train_on_batch", train_on_batch)
    monkeypatch.setattr(policy.time, "perf_counter", lambda: now)
    assert policy.faster_policy(compiled, BATCH) == faster
    assert keras.config.dtype_policy().name == "float32"


def test_a_slow_second_policy_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: dict[str, int] = {}
    now = 0.0

    def train_on_batch(_self: keras.Model, *_: object) -> float:
        nonlocal now
        name = keras.config.dtype_policy().name
        steps[name] = steps.get(name, 0) + 1
        now += 1 if name == "float32" else 50
        return 0.0

    monkeypatch.setattr(keras.Model, "train_on_batch", train_on_batch)
    monkeypatch.setattr(policy.time, "perf_counter", lambda: now)
    policy.faster_policy(compiled, BATCH)
    assert steps == {"float32": 1 + policy.STEPS, "mixed_bfloat16": 2}


def test_a_real_network_is_timed() -> None:
    assert policy.faster_policy(compiled, BATCH) in {"float32", "mixed_bfloat16"}

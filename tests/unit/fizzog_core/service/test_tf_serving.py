from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from fizzog_core.errors import RequestError
from fizzog_core.networks.predictor import Networks
from fizzog_core.service import tf_serving

HAND = [[1.0, 2.0, 3.0]] * 21


def parse(message: Any, networks: Networks, most_rows: int = 4) -> tf_serving.PredictRequest:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return tf_serving.parse_predict(body, networks.gesture, most_rows)


@pytest.mark.parametrize(
    ("message", "by_row"),
    [
        ({"instances": [HAND]}, True),
        ({"instances": [{"landmarks_px": HAND}], "signature_name": ""}, True),
        ({"inputs": [HAND], "signature_name": "serving_default"}, False),
        ({"inputs": {"landmarks_px": [HAND]}}, False),
    ],
)
def test_every_request_format_has_the_same_rows(message: dict, by_row: bool, tiny_networks: Networks) -> None:
    asked = parse(message, tiny_networks)
    assert asked.by_row is by_row
    assert asked.rows.dtype == np.float32
    np.testing.assert_array_equal(asked.rows, np.asarray([HAND], dtype=np.float32))


@pytest.mark.parametrize(
    ("message", "status", "sentence"),
    [
        (b"", 400, "JSON Parse error"),
        (b"{", 400, "JSON Parse error"),
        (b"[" * 100_000, 400, "JSON Parse error"),
        (b"\xff\xfe", 400, "JSON Parse error"),
        ([], 400, "Is not object"),
        ({}, 400, "neither"),
        ({"instances": [HAND], "inputs": [HAND]}, 400, "both"),
        ({"instances": [HAND], "signature_name": "other"}, 400, '"other" not found'),
        ({"instances": [HAND], "signature_name": 7}, 400, '"7" not found'),
        ({"instances": []}, 400, "No values"),
        ({"instances": HAND[0][0]}, 400, "list/array"),
        ({"instances": [{"landmarks_px": HAND}, HAND]}, 400, "one key: landmarks_px"),
        ({"instances": [{"other": HAND}]}, 400, "one key: landmarks_px"),
        ({"inputs": {"other": [HAND]}}, 400, "one key: landmarks_px"),
        ({"inputs": []}, 400, "Expecting shape Nx21x3 but got: 0"),
        ({"inputs": 3}, 400, "Expecting shape"),
        ({"inputs": None}, 400, "something else"),
        ({"instances": HAND}, 400, "Expecting shape Nx21x3 but got: 21x3"),
        ({"instances": [HAND, HAND[:-1]]}, 400, "unlike lengths"),
        ({"instances": [[["1", "2", "3"]] * 21]}, 400, "something else"),
        ({"instances": [[[True, False, True]] * 21]}, 400, "something else"),
        ({"instances": [{"b64": "AAAA"}]}, 400, "one key"),
        ({"instances": [[[1, 2, 1e300]] * 21]}, 400, "finite"),
        (b'{"instances": [[' + b",".join([b"[NaN, 1, 2]"] * 21) + b"]]}", 400, "finite"),
        ({"instances": [HAND] * 5}, 413, "at most 4 rows"),
    ],
)
def test_refuses_in_a_sentence(message: Any, status: int, sentence: str, tiny_networks: Networks) -> None:
    with pytest.raises(RequestError, match=sentence) as refusal:
        parse(message, tiny_networks)
    assert refusal.value.status == status


@pytest.mark.parametrize(
    ("name", "number", "request_text"),
    [("", None, "Latest()"), ("other", None, "Latest(other)"), ("gesture", 2, "Specific(gesture, 2)")],
)
def test_a_network_that_is_not_served(name: str, number: int | None, request_text: str) -> None:
    with pytest.raises(RequestError) as refusal:
        tf_serving.check_name(name, number, ("gesture",))
    assert refusal.value.status == 404
    assert f"Servable not found for request: {request_text}" in str(refusal.value)


@pytest.mark.parametrize(("version", "is_served"), [(None, True), (tf_serving.VERSION, True), (2, False)])
def test_a_served_network_is_accepted_in_its_version_only(version: int | None, is_served: bool) -> None:
    try:
        tf_serving.check_name("gesture", version, ("gesture",))
        accepted = True
    except RequestError:
        accepted = False
    assert accepted is is_served


def test_metadata_contains_shapes_and_names(tiny_networks: Networks) -> None:
    answer = tf_serving.metadata_answer(tiny_networks.keypoints)
    signature = answer["metadata"]["signature_def"]["signature_def"]["serving_default"]
    sizes = [dim["size"] for dim in signature["inputs"]["crops"]["tensor_shape"]["dim"]]
    assert sizes == ["-1", "96", "96", "1"]
    assert [dim["size"] for dim in signature["outputs"]["points_unit"]["tensor_shape"]["dim"]] == ["-1", "30"]


def test_the_response_has_the_format_of_the_request() -> None:
    outputs = np.array([[0.25, 0.75]], dtype=np.float32)
    assert tf_serving.predict_answer(outputs, by_row=True) == {"predictions": [[0.25, 0.75]]}
    assert tf_serving.predict_answer(outputs, by_row=False) == {"outputs": [[0.25, 0.75]]}

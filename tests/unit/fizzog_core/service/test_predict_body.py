from __future__ import annotations

import json
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fizzog_core.errors import RequestError
from fizzog_core.networks.predictor import Networks
from fizzog_core.service import predict_body

HAND = [[1.0, 2.0, 3.0]] * 21


def parse(message: Any, networks: Networks, most_rows: int = 4) -> predict_body.PredictRequest:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return predict_body.parse(body, networks.gesture, most_rows)


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


ROWS = b'{"instances": [[' + b",".join([b"[1, 2, 3]"] * 21) + b"]]"


@pytest.mark.parametrize(
    ("message", "status", "sentence"),
    [
        (b"", 400, "JSON Parse error: no value"),
        (b"{", 400, "JSON Parse error"),
        (b"[" * 100_000, 400, "Is not object"),
        (b'{"instances":' + b"[" * 100_000, 400, "JSON Parse error"),
        (b"\xff\xfe", 400, "not UTF-8"),
        (ROWS, 400, "expected }"),
        (ROWS + b"}}", 400, "text after the end"),
        (ROWS + b",}", 400, "a key in quotes"),
        (ROWS + b', "a" 1}', 400, "expected :"),
        (ROWS[:-1] + b",]}", 400, "JSON Parse error"),
        (b'{"a": ' + b"9" * 900 + b"}", 400, "neither"),
        (b'{"a": "' + b"a" * 2000 + b'"}', 400, "more than the 1000 characters of a value"),
        (b'{"instances": [[[' + b"9" * 5000 + b"]]]}", 400, "JSON Parse error: too many digits"),
        ([], 400, "Is not object"),
        ({}, 400, "neither"),
        ({"instances": [HAND], "inputs": [HAND]}, 400, "both"),
        (ROWS + b"," + ROWS[1:] + b"}", 400, "both"),
        ({"instances": [HAND], "signature_name": "other"}, 400, '"other" not found'),
        ({"instances": [HAND], "signature_name": 7}, 400, '"7" not found'),
        ({"instances": []}, 400, "No values"),
        ({"instances": HAND[0][0]}, 400, "list/array"),
        ({"instances": [{"landmarks_px": HAND}, HAND]}, 400, "one key: landmarks_px"),
        ({"instances": [HAND, {"landmarks_px": HAND}]}, 400, "row 1 is no list"),
        ({"instances": [{"other": HAND}]}, 400, "one key: landmarks_px"),
        ({"inputs": {}}, 400, "one key: landmarks_px, got none"),
        ({"inputs": {"other": [HAND]}}, 400, "one key: landmarks_px"),
        ({"inputs": [{"landmarks_px": HAND}]}, 400, "row 0 is no list"),
        ({"inputs": []}, 400, "Expecting shape Nx21x3"),
        ({"inputs": 3}, 400, "list/array of shape Nx21x3"),
        ({"inputs": None}, 400, "list/array of shape Nx21x3"),
        ({"instances": HAND}, 400, "Expecting shape Nx21x3 but row 0 is 3"),
        ({"instances": [HAND, HAND[:-1]]}, 400, "row 1 is 20x3"),
        ({"instances": [[*HAND[:-1], [1.0]]]}, 400, "unlike lengths"),
        ({"instances": [[["1", "2", "3"]] * 21]}, 400, "something else"),
        ({"instances": [[[True, False, True]] * 21]}, 400, "something else"),
        ({"instances": [[[None, None, None]] * 21]}, 400, "something else"),
        ({"instances": [{"b64": "AAAA"}]}, 400, "one key"),
        ({"instances": [[[1, 2, 1e300]] * 21]}, 400, "finite"),
        ({"instances": [[*HAND[:-1], [1, 2, 10**400]]]}, 400, "finite"),
        (b'{"instances": [[' + b",".join([b"[NaN, 1, 2]"] * 21) + b"]]}", 400, "finite"),
        ({"instances": [HAND] * 5}, 413, "at most 4 rows"),
    ],
)
def test_refuses_in_a_sentence(message: Any, status: int, sentence: str, tiny_networks: Networks) -> None:
    with pytest.raises(RequestError, match=sentence) as refusal:
        parse(message, tiny_networks)
    assert refusal.value.status == status


BODIES = [
    json.dumps({"instances": [HAND]}).encode(),
    json.dumps({"signature_name": "", "inputs": {"landmarks_px": [HAND] * 2}}, indent=1).encode(),
]


@given(st.sampled_from(BODIES), st.integers(0, 400), st.integers(0, 8), st.binary(max_size=8))
@settings(max_examples=400, deadline=None, derandomize=True)
def test_a_mutated_body_is_refused_or_has_the_rows_of_a_json_parser(
    tiny_networks: Networks, body: bytes, start: int, length: int, inserted: bytes
) -> None:
    mutated = body[:start] + inserted + body[start + length :]
    try:
        rows = parse(mutated, tiny_networks).rows
    except RequestError:
        return
    message = json.loads(mutated)
    expected = message["instances"] if "instances" in message else message["inputs"]["landmarks_px"]
    np.testing.assert_array_equal(rows, np.asarray(expected, dtype=np.float32))


@pytest.mark.parametrize("indent", [None, 1, 4])
def test_a_full_body_is_within_the_limit_however_it_is_indented(indent: int | None, tiny_networks: Networks) -> None:
    hand = [[-123.45678901234567, 1.2345678901234567e-05, 255.0]] * 21
    body = json.dumps({"instances": [{"landmarks_px": hand}] * 4}, indent=indent).encode()
    assert len(body) <= predict_body.largest_body_bytes(tiny_networks.gesture, 4)
    assert len(parse(body, tiny_networks).rows) == 4


@pytest.mark.parametrize(
    "rows",
    [
        [],
        ["a" * 1_000_000, *[""] * 300_000],
        [{}] * 5_000_000,
        [[[]] * 5_000_000],
        [[[1, 2, 3]] * 1_000_000],
    ],
    ids=["none", "a long text and short ones", "objects", "empty lists", "a row that is too long"],
)
def test_memory_does_not_depend_on_what_the_body_holds(rows: list[Any], tiny_networks: Networks) -> None:
    body = json.dumps({"instances": rows}).encode()
    tracemalloc.start()
    try:
        with pytest.raises(RequestError):
            parse(body, tiny_networks)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * len(body) + 1_000_000

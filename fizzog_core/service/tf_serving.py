"""Requests and responses of TensorFlow Serving's REST API for one network.

Format: https://www.tensorflow.org/tfx/serving/api_rest
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pydantic_core
from numpy.typing import NDArray

from fizzog_core.errors import RequestError
from fizzog_core.networks.model_card import tensor_names
from fizzog_core.networks.predictor import Predictor

SIGNATURE = "serving_default"
VERSION = 1
"""The only version: the networks in models/."""


class PredictRequest(NamedTuple):
    """``rows`` ``(N, ...)`` float32; ``by_row``: the request used ``instances``, else ``inputs``."""

    rows: NDArray[np.float32]
    by_row: bool


def parse_predict(body: bytes, network: Predictor, most_rows: int) -> PredictRequest:
    """The rows of a ``:predict`` request's body. Raises RequestError, 400 or (too many rows) 413."""
    try:
        message = pydantic_core.from_json(body)
    except ValueError as error:
        raise RequestError(400, f"JSON Parse error: {error}") from None
    if not isinstance(message, dict):
        raise RequestError(400, "JSON Value: Is not object")
    signature = message.get("signature_name", SIGNATURE) or SIGNATURE
    if signature != SIGNATURE:
        raise RequestError(400, f'Serving signature name: "{signature}" not found in signature def')
    if ("instances" in message) == ("inputs" in message):
        came = "both" if "inputs" in message else "neither"
        raise RequestError(400, f"Expected one of the keys 'instances' (row format) and 'inputs', got {came}.")
    name = tensor_names(network.card)[0]
    by_row = "instances" in message
    values = _by_row(message["instances"], name) if by_row else _by_column(message["inputs"], name)
    return PredictRequest(_to_rows(values, network, most_rows), by_row)


def predict_answer(outputs: NDArray[np.float32], by_row: bool) -> dict[str, Any]:
    """Outputs ``(N, M)`` in the format of the request."""
    return {"predictions" if by_row else "outputs": outputs.tolist()}


def status_answer() -> dict[str, Any]:
    """Response to ``GET /v1/models/{name}``."""
    status = {"error_code": "OK", "error_message": ""}
    return {"model_version_status": [{"version": str(VERSION), "state": "AVAILABLE", "status": status}]}


def metadata_answer(network: Predictor) -> dict[str, Any]:
    """Response to ``GET /v1/models/{name}/metadata``: the network's signature."""
    entry, answer = tensor_names(network.card)
    signature = {
        "inputs": {entry: _tensor(f"{SIGNATURE}_{entry}:0", network.row_shape)},
        "outputs": {answer: _tensor("StatefulPartitionedCall:0", (network.outputs,))},
        "method_name": "tensorflow/serving/predict",
    }
    return {
        "model_spec": {"name": network.card.task, "signature_name": "", "version": str(VERSION)},
        "metadata": {"signature_def": {"signature_def": {SIGNATURE: signature}}},
    }


def check_name(name: str, version: int | None, known: tuple[str, ...]) -> None:
    """Raises RequestError 404, worded as in TensorFlow Serving, for an unknown network or version."""
    if name not in known or version not in (None, VERSION):
        asked = f"Latest({name})" if version is None else f"Specific({name}, {version})"
        have = ", ".join(known)
        raise RequestError(404, f"Servable not found for request: {asked}. Served: {have}, version {VERSION}.")


def _by_row(instances: Any, name: str) -> Any:
    if not isinstance(instances, list):
        raise RequestError(400, "Expecting 'instances' to be a list/array")
    if not instances:
        raise RequestError(400, "No values in 'instances' array")
    if isinstance(instances[0], dict):
        if any(not isinstance(item, dict) or set(item) != {name} for item in instances):
            raise RequestError(400, f"Every object of the 'instances' list needs one key: {name}")
        return [item[name] for item in instances]
    return instances


def _by_column(inputs: Any, name: str) -> Any:
    if not isinstance(inputs, dict):
        return inputs
    if set(inputs) != {name}:
        raise RequestError(400, f"The 'inputs' object needs one key: {name}, got {sorted(inputs)}")
    return inputs[name]


def _to_rows(values: Any, network: Predictor, most_rows: int) -> NDArray[np.float32]:
    expected = "x".join(("N", *map(str, network.row_shape)))
    try:
        rows = np.asarray(values)
    except ValueError:  # lists of unlike lengths
        raise RequestError(400, f"Expecting numbers of shape {expected}, got lists of unlike lengths") from None
    if rows.dtype.kind not in "iuf":
        raise RequestError(400, f"Expecting numbers of shape {expected}, got something else among them")
    if rows.shape[1:] != network.row_shape or not len(rows):
        raise RequestError(400, f"Expecting shape {expected} but got: {'x'.join(map(str, rows.shape))}")
    if len(rows) > most_rows:
        raise RequestError(413, f"Expecting at most {most_rows} rows in a request but got: {len(rows)}. Send several.")
    with np.errstate(over="ignore"):
        rows = rows.astype(np.float32)
    if not np.isfinite(rows).all():
        raise RequestError(400, "Expecting finite float32 numbers, got NaN, Infinity or one that is too large")
    return rows


def _tensor(name: str, row_shape: tuple[int, ...]) -> dict[str, Any]:
    sizes = [{"size": str(size), "name": ""} for size in (-1, *row_shape)]
    return {"dtype": "DT_FLOAT", "tensor_shape": {"dim": sizes, "unknown_rank": False}, "name": name}

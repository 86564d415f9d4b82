"""Responses of TensorFlow Serving's REST API for one network; predict_body.py parses its requests.

Format: https://www.tensorflow.org/tfx/serving/api_rest
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fizzog_core.errors import RequestError
from fizzog_core.networks.model_card import output_size, tensor_names
from fizzog_core.networks.predictor import Predictor

SIGNATURE = "serving_default"
VERSION = 1
"""The only version: the networks in models/."""


def predict_answer(outputs: NDArray[np.float32], by_row: bool) -> dict[str, Any]:
    """Outputs ``(N, M)`` in the format of the request. Raises RequestError 400 for outputs that JSON cannot hold."""
    if not np.isfinite(outputs).all():
        raise RequestError(
            400, "The network's outputs are not finite for these rows. Expected numbers as in docs/service.md: 0..255."
        )
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
        "outputs": {answer: _tensor("StatefulPartitionedCall:0", (output_size(network.card),))},
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


def _tensor(name: str, row_shape: tuple[int, ...]) -> dict[str, Any]:
    sizes = [{"size": str(size), "name": ""} for size in (-1, *row_shape)]
    return {"dtype": "DT_FLOAT", "tensor_shape": {"dim": sizes, "unknown_rank": False}, "name": name}

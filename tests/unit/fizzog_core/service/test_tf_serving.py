from __future__ import annotations

import numpy as np
import pytest

from fizzog_core.errors import RequestError
from fizzog_core.networks.predictor import Networks
from fizzog_core.service import tf_serving


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


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_outputs_that_json_cannot_hold_are_refused(value: float) -> None:
    with pytest.raises(RequestError, match="not finite for these rows") as refusal:
        tf_serving.predict_answer(np.array([[0.25, value]], dtype=np.float32), by_row=True)
    assert refusal.value.status == 400

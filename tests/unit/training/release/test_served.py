"""The file that the product runs: integer kernels in its convolutions, and nowhere else."""

from pathlib import Path

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from fizzog_core.errors import ExportError
from fizzog_core.networks import model_card
from fizzog_core.networks.litert import Program
from tests.support.fakes import make_card
from training.release import export, served

SIDE = 24


@pytest.fixture(scope="module")
def network() -> keras.Model:
    """A convolution, a depthwise convolution and a dense layer on pixels."""
    keras.utils.set_random_seed(0)
    pixels = keras.Input((SIDE, SIDE, 1))
    x = keras.layers.Conv2D(16, 3, 2, activation="relu", name="whole")(keras.layers.Rescaling(1 / 255)(pixels))
    x = keras.layers.DepthwiseConv2D(3, activation="relu", name="depthwise")(x)
    x = keras.layers.Flatten()(keras.layers.Conv2D(32, 1, activation="relu", name="pointwise")(x))
    return keras.Model(pixels, keras.layers.Dense(7, "softmax", name="dense")(x))


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, (6, SIDE, SIDE, 1)).astype(np.float32)


def kernel_types(path: Path) -> dict[str, set[type]]:
    """The dtypes of the kernels by kind of layer."""
    interpreter = Interpreter(model_path=str(path))
    dtypes = {tensor["index"]: tensor["dtype"] for tensor in interpreter.get_tensor_details()}
    found: dict[str, set[type]] = {}
    for step in interpreter._get_ops_details():
        if step["op_name"] in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
            found.setdefault(step["op_name"], set()).add(dtypes[step["inputs"][1]])
    return found


def test_the_kernels_of_convolutions_are_integers(network: keras.Model, rows: np.ndarray, tmp_path: Path) -> None:
    card = make_card("emotion", input_size=SIDE)
    served.write(network, card, tmp_path, rows)
    path = tmp_path / model_card.SERVED_FILE
    assert kernel_types(path) == {
        "CONV_2D": {np.int8}, "DEPTHWISE_CONV_2D": {np.float32}, "FULLY_CONNECTED": {np.float32},
    }  # fmt: skip
    found = Program(path)(rows)[0]
    np.testing.assert_allclose(found, network.predict_on_batch(rows), atol=0.02)
    for row, outputs in zip(rows, found, strict=True):  # the scale of the inputs is each row's own
        np.testing.assert_allclose(Program(path)(row[None])[0][0], outputs, atol=1e-6)


def test_a_file_with_other_outputs_is_refused(
    network: keras.Model, rows: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "TOLERANCE", {"emotion": 1e-6})
    with pytest.raises(ExportError, match="differs"):
        served.write(network, make_card("emotion", input_size=SIDE), tmp_path, rows)


def test_an_export_keeps_real_numbers(network: keras.Model, tmp_path: Path) -> None:
    path = export.write(network, make_card("emotion", input_size=SIDE), "tflite", tmp_path, 1, None)
    assert {kind for kinds in kernel_types(path).values() for kind in kinds} == {np.float32}

"""Writes a published network in another format and compares its outputs with the published network.

python -m training export TASK --format saved_model|tflite|onnx --out FOLDER [--int8 --data FOLDER]

A SavedModel goes to FOLDER/TASK/VERSION/, which TensorFlow Serving loads; the others to FOLDER/TASK.tflite or .onnx.
TensorFlow is imported inside the functions that need it: the other modules of this package know no backend.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import keras
import numpy as np
import typer
from numpy.typing import NDArray

from fizzog_core import settings
from fizzog_core.errors import ExportError
from fizzog_core.networks import model_card
from fizzog_core.networks.litert import Program, Run
from fizzog_core.networks.model_card import ModelCard
from fizzog_core.service import tf_serving
from training.evaluation.tasks import TASKS

log = logging.getLogger(__name__)

Form = Literal["saved_model", "tflite", "onnx"]
REPRESENTATIVE_ROWS = 256
"""Number of training rows from which the converter finds the value range of every layer."""
CHECK_ROWS = 8
TOLERANCE = 1e-4
"""Largest difference of a float export from the published network, in probabilities or in crop sides."""
INT8_TOLERANCE = {"keypoints": 0.05, "emotion": 0.35, "gesture": 0.35}
"""Tolerance of an int8 export, a rough check; benchmarks/accuracy/export.py measures its accuracy."""


def load(folder: Path) -> tuple[keras.Model, ModelCard]:
    """The published network in ``folder`` and its card; the file is verified by checksum. Raises ModelError."""
    card = model_card.load(folder)
    return keras.saving.load_model(model_card.network_path(folder, card), compile=False), card


def require_tensorflow() -> None:
    """Raises ExportError if Keras runs on another backend, which cannot write these files."""
    if keras.config.backend() != "tensorflow":
        raise ExportError(f"Expected Keras on TensorFlow, it runs on {keras.config.backend()}: set KERAS_BACKEND.")


def write(network: keras.Model, card: ModelCard, form: Form, out: Path, version: int, rows: NDArray | None) -> Path:
    """The network in ``form`` under ``out``; ``rows`` are representative inputs, for int8. Returns the new path.

    The file or folder is written atomically. Raises ExportError as ``require_tensorflow`` does.
    """
    require_tensorflow()
    if form == "saved_model":
        path = out / card.task / str(version)
        with whole(path) as partial:
            _write_saved_model(network, card, partial)
        return path
    path = out / f"{card.task}{'_int8' if rows is not None else ''}.{form}"
    with whole(path) as partial:
        if form == "tflite":
            partial.write_bytes(to_tflite(network, card, rows))
        else:
            _write_onnx(network, card, partial)
    return path


def opened(path: Path) -> Run:
    """The exported network as a function. Raises ExportError if its signature is not the expected one."""
    if path.is_dir():
        return _open_saved_model(path)
    return _open_tflite(path) if path.suffix == ".tflite" else _open_onnx(path)


def check(run: Run, network: keras.Model, rows: NDArray[np.float32], tolerance: float) -> float:
    """The largest difference between an exported and the published network on ``rows``. Raises ExportError above
    ``tolerance``, and for outputs that are not finite."""
    difference = float(np.abs(run(rows) - np.asarray(network.predict_on_batch(rows))).max())
    if not difference <= tolerance:
        raise ExportError(
            f"The exported network differs by {difference:.2g} from the published one, expected at most {tolerance}: "
            "nothing was written. Choose another form, or leave --int8 out."
        )
    return difference


def main(
    task: Annotated[str, typer.Argument(help="keypoints, emotion or gesture")],
    form: Annotated[str, typer.Option("--format", help="saved_model, tflite or onnx")],
    out: Annotated[Path, typer.Option(help="Folder to write into.")],
    version: Annotated[int, typer.Option(min=1, help="SavedModel only: number of its folder.")] = 1,
    int8: Annotated[bool, typer.Option("--int8", help="TFLite only: weights and layers as 8 bit integers.")] = False,
    data: Annotated[Path | None, typer.Option(help="With --int8: the task's data set.")] = None,
) -> None:
    """Write a published network in another format and check its outputs."""
    if task not in TASKS or form not in ("saved_model", "tflite", "onnx"):
        raise typer.BadParameter("Expected keypoints, emotion or gesture, as saved_model, tflite or onnx.")
    if int8 != (data is not None) or (int8 and form != "tflite"):
        raise typer.BadParameter("--int8 goes with --format tflite and --data FOLDER.")
    network, card = load(settings.get().models / task)
    rows = representative(task, card, data) if data is not None else None
    path = write(network, card, form, out, version, rows)
    inputs = noise(network) if rows is None else rows[:CHECK_ROWS]
    try:
        difference = check(opened(path), network, inputs, INT8_TOLERANCE[task] if int8 else TOLERANCE)
    except ExportError:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise
    print(
        f"{path}: loaded again, signature as promised, differs by at most {difference:.2g} from the published network."
    )


def representative(task: str, card: ModelCard, data: Path) -> NDArray[np.float32]:
    """Training rows of a data set as network inputs. Raises DataError."""
    loaded = TASKS[task].read(data)
    rows = np.random.default_rng(0).permutation(loaded.training_rows())[:REPRESENTATIVE_ROWS]
    return TASKS[task].inputs(loaded, rows, card)


def noise(network: keras.Model) -> NDArray[np.float32]:
    """Rows of random pixels or landmarks with a fixed seed."""
    return (np.random.default_rng(0).random((CHECK_ROWS, *network.input_shape[1:])) * 255).astype(np.float32)


def _serving_function(network: keras.Model, card: ModelCard) -> tuple[Any, Any]:
    """The network as a TensorFlow function with the service's tensor names, and its input."""
    import tensorflow as tf

    entry, answer = model_card.tensor_names(card)
    spec = tf.TensorSpec(network.input_shape, tf.float32, name=entry)
    return tf.function(lambda rows: {answer: network(rows, training=False)}, input_signature=[spec]), spec


def _write_saved_model(network: keras.Model, card: ModelCard, path: Path) -> None:
    import tensorflow as tf

    module: Any = tf.Module()
    module.network = network
    function, _ = _serving_function(network, card)
    tf.saved_model.save(module, str(path), signatures={tf_serving.SIGNATURE: function.get_concrete_function()})


def to_tflite(network: keras.Model, card: ModelCard, rows: NDArray | None = None) -> bytes:
    """The network as the bytes of a TensorFlow Lite file; int8 with representative ``rows``."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    frozen = convert_variables_to_constants_v2(_serving_function(network, card)[0].get_concrete_function())
    converter = tf.lite.TFLiteConverter.from_concrete_functions([frozen], tf.Module())
    if rows is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([row[None].astype(np.float32)] for row in rows)
    return converter.convert()


def _write_onnx(network: keras.Model, card: ModelCard, path: Path) -> None:
    import tf2onnx

    function, spec = _serving_function(network, card)
    tf2onnx.convert.from_function(function, input_signature=[spec], opset=17, output_path=str(path))


def _open_saved_model(path: Path) -> Run:
    import tensorflow as tf

    loaded: Any = tf.saved_model.load(str(path))
    if tf_serving.SIGNATURE not in loaded.signatures:
        raise ExportError(f"{path} has no signature {tf_serving.SIGNATURE}.")
    serve = loaded.signatures[tf_serving.SIGNATURE]
    (entry,) = serve.structured_input_signature[1]
    (answer,) = serve.structured_outputs

    def run(rows: NDArray[np.float32]) -> NDArray[np.float32]:
        assert loaded  # its variables live as long as it does
        return serve(**{entry: tf.constant(rows)})[answer].numpy()

    return run


def _open_tflite(path: Path) -> Run:
    program = Program(path)
    return lambda rows: program(rows)[0]


def _open_onnx(path: Path) -> Run:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (entry,), (answer,) = session.get_inputs(), session.get_outputs()
    return lambda rows: session.run([answer.name], {entry.name: rows})[0]


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A hidden path beside ``path`` (file or folder) that replaces it when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield partial
        if path.is_dir():
            raise ExportError(f"{path} exists; a served version is never changed. Choose another --version.")
        os.replace(partial, path)
    finally:
        if partial.is_dir():
            shutil.rmtree(partial)
        partial.unlink(missing_ok=True)

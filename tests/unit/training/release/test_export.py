from __future__ import annotations

import ast
from pathlib import Path

import keras
import numpy as np
import pytest
from typer.testing import CliRunner

from fizzog_core.errors import ExportError
from fizzog_core.service import tf_serving
from tests.support.imports import imports_at_module_level
from tests.support.paths import ROOT
from training.release import export

pytestmark = pytest.mark.slow

FORMS = ("saved_model", "tflite", "onnx")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("task", ["emotion", "gesture"])
@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated:UserWarning")
def test_an_export_answers_like_the_network(task: str, form: export.Form, tiny_models: Path, tmp_path: Path) -> None:
    network, card = export.load(tiny_models / task)
    path = export.write(network, card, form, tmp_path, 1, None)
    rows = export.noise(network)
    for count in (1, 3, len(rows)):
        assert export.check(export.opened(path), network, rows[:count], 1e-5) <= 1e-5
    assert not list(tmp_path.rglob(".*"))


def test_tensorflows_loader_finds_the_promised_signature(tiny_models: Path, tmp_path: Path) -> None:
    import tensorflow as tf

    network, card = export.load(tiny_models / "keypoints")
    path = export.write(network, card, "saved_model", tmp_path, 3, None)
    assert path == tmp_path / "keypoints" / "3"
    assert (path / "saved_model.pb").is_file()
    serve = tf.saved_model.load(str(path)).signatures[tf_serving.SIGNATURE]
    (entry,) = serve.structured_input_signature[1].items()
    assert entry[0] == "crops"
    assert entry[1].shape.as_list() == [None, 96, 96, 1]
    assert serve.structured_outputs["points_unit"].shape.as_list() == [None, 30]
    with pytest.raises(ExportError, match="exists"):
        export.write(network, card, "saved_model", tmp_path, 3, None)


@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated:UserWarning")
@pytest.mark.filterwarnings("ignore:Statistics for quantized inputs were expected:UserWarning")
def test_int8_is_smaller_and_close(tiny_models: Path, tmp_path: Path) -> None:
    network, card = export.load(tiny_models / "emotion")
    rows = export.noise(network)
    path = export.write(network, card, "tflite", tmp_path, 1, rows)
    assert path.name == "emotion_int8.tflite"
    assert export.check(export.opened(path), network, rows, 0.05) > 0


def test_another_networks_answers_are_refused(tiny_models: Path) -> None:
    network, _ = export.load(tiny_models / "gesture")
    rows = export.noise(network)
    with pytest.raises(ExportError, match="differs"):
        export.check(lambda rows: np.full((len(rows), 5), 0.9, np.float32), network, rows, 0.01)
    with pytest.raises(ExportError, match="differs by nan"):
        export.check(lambda rows: np.full((len(rows), 5), np.nan, np.float32), network, rows, 0.01)


def test_only_functions_import_tensorflow() -> None:
    source = (ROOT / "training" / "release" / "export.py").read_text(encoding="utf-8")
    assert not {"tensorflow", "onnxruntime"} & imports_at_module_level(ast.parse(source))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "Missing"),
        (["emotion", "--format", "exe", "--out", "."], "Expected keypoints"),
        (["emotion", "--format", "onnx", "--out", ".", "--int8"], "--int8 goes with"),
    ],
)
def test_the_command_says_what_it_expects(words: list[str], sentence: str) -> None:
    import typer

    app = typer.Typer()
    app.command()(export.main)
    answer = CliRunner().invoke(app, words)
    assert answer.exit_code == 2
    assert sentence in answer.output


def test_another_backend_is_refused(tiny_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network, card = export.load(tiny_models / "gesture")
    monkeypatch.setattr(keras.config, "backend", lambda: "torch")
    with pytest.raises(ExportError, match="torch"):
        export.write(network, card, "onnx", tmp_path, 1, None)

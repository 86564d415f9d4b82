from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from fizzog_core.cli.main import app
from tests.support.paths import ROOT

ASTRONAUT = str(ROOT / "samples" / "astronaut.png")


@pytest.fixture(autouse=True)
def _tiny(tiny_models: Path, set_fizzog) -> None:
    set_fizzog(models=tiny_models)


def run(*words: object):
    return CliRunner().invoke(app, ["analyze", *map(str, words)])


def test_without_a_picture_the_error_names_the_missing_argument() -> None:
    answer = run()
    assert answer.exit_code == 2
    assert "PICTURE" in answer.stderr


def test_a_table_for_a_reader() -> None:
    answer = run(ASTRONAUT)
    assert answer.exit_code == 0, answer.output
    assert "512 x 512, faces: 1, hands: 0" in answer.stdout
    assert "face 1" in answer.stdout
    assert "find_faces" in answer.stdout


def test_one_json_object_a_line_and_the_rest_go_on(tmp_path: Path) -> None:
    text = tmp_path / "text.jpg"
    text.write_text("no picture")
    plain = tmp_path / "plain [x].png"
    Image.new("RGB", (64, 64), "grey").save(plain)
    answer = run("--json", tmp_path / "absent.png", ASTRONAUT, text, plain)
    assert answer.exit_code == 1
    absent, astronaut, text_named, grey = map(json.loads, answer.stdout.splitlines())
    assert set(absent) == {"schema", "source", "error"}
    assert "No file" in absent["error"]
    assert len(astronaut["faces"]) == 1
    assert len(astronaut["faces"][0]["keypoints"]) == 15
    assert set(astronaut["stage_ms"]) == {"find_faces", "keypoints", "emotion", "find_hands", "gesture"}
    assert "not a picture" in text_named["error"]
    assert (grey["source"], grey["faces"], grey["hands"]) == (str(plain), [], [])


def test_a_failure_in_the_table_form_is_a_sentence_on_the_error_stream(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = run(tmp_path, tmp_path / "plain.png")
    assert answer.exit_code == 1
    errors = capfd.readouterr().err
    assert "is a folder" in errors
    assert "No file at" in errors
    assert answer.stdout == ""


def test_annotated_draws_one_picture(tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    assert run(ASTRONAUT, "--annotated", out).exit_code == 0
    with Image.open(out) as drawn, Image.open(ASTRONAUT) as original:
        assert drawn.size == original.size
        assert drawn.tobytes() != original.tobytes()
    answer = run(ASTRONAUT, ASTRONAUT, "--annotated", out)
    assert answer.exit_code == 2
    assert "got 2" in answer.stderr


@pytest.mark.parametrize("name", ["out.unknown", "no/such/folder/out.png"])
def test_a_drawing_that_cannot_be_written_is_a_sentence(tmp_path: Path, name: str) -> None:
    answer = run("--json", ASTRONAUT, "--annotated", tmp_path / name)
    assert answer.exit_code == 1
    assert "cannot be written" in json.loads(answer.stdout)["error"]


def test_missing_networks_are_a_sentence(tmp_path: Path, set_fizzog, capfd: pytest.CaptureFixture[str]) -> None:
    set_fizzog(models=tmp_path)
    answer = run(ASTRONAUT)
    assert answer.exit_code == 1
    assert "No card at" in capfd.readouterr().err


@pytest.mark.slow
def test_as_a_program_it_is_quiet_and_bears_odd_names(tiny_models: Path, tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/\xff\xfe.png"
    command = [sys.executable, "-m", "fizzog_core", "analyze", "--json", ASTRONAUT, odd]
    environment = os.environ | {"FIZZOG_MODELS": str(tiny_models), "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, cwd=ROOT, env=environment, check=False)
    assert done.returncode == 1
    assert done.stderr == b""
    first, second = map(json.loads, done.stdout.splitlines())
    assert len(first["faces"]) == 1
    assert "No file" in second["error"]

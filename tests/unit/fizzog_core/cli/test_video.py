"""The commands ``video`` and ``analyze --out``, as a shell calls them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from fizzog_core.cli.main import app
from fizzog_core.media.video_reader import VideoReader
from fizzog_core.tracking import timeline
from tests.support.paths import ROOT
from tests.support.videos import write_video

ASTRONAUT = ROOT / "samples" / "astronaut.png"


@pytest.fixture(autouse=True)
def _tiny(tiny_models: Path, set_fizzog) -> None:
    set_fizzog(models=tiny_models)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """The astronaut for a second, ten frames."""
    with Image.open(ASTRONAUT) as image:
        still = np.asarray(image.convert("RGB").resize((256, 256)))
    return write_video(tmp_path / "clip [1].mp4", 10, size=(256, 256), pictures=[still], sound="aac")


def call(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_video(clip: Path, tmp_path: Path) -> None:
    answer = call("video", clip, "--out", tmp_path / "out.mp4", "--table", tmp_path / "out.parquet", "--every", 3)
    assert answer.exit_code == 0, answer.output
    assert "clip [1].mp4  256 x 256, 1.0 s, 10 frames, 4 of them analysed" in answer.stdout
    assert "face 1" in answer.stdout
    table = pd.read_parquet(tmp_path / "out.parquet")
    assert table["frame"].tolist() == [0, 3, 6, 9]
    assert table["source"].unique().tolist() == ["clip [1].mp4"]
    assert set(table["kind"]) == {"face"}
    with VideoReader(tmp_path / "out.mp4") as reader:
        assert (sum(1 for _ in reader.frames()), reader.info.has_audio) == (10, True)


def test_video_alone_tells_what_it_saw(clip: Path, tmp_path: Path) -> None:
    answer = call("video", clip, "--fps", 2)
    assert answer.exit_code == 0, answer.output
    assert "2 of them analysed" in answer.stdout
    assert [path.name for path in tmp_path.iterdir()] == [clip.name]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["absent.mp4"], "No file at"),
        ([ASTRONAUT], "is a picture"),
        (["CLIP", "--every", 0], "Expected every"),
        (["CLIP", "--every", 2, "--fps", 2], "Remove one"),
        (["CLIP", "--out", "out.avi"], "ends in .mp4"),
        (["CLIP", "--table", "out.xlsx"], "expected a name that ends in"),
        (["CLIP", "--table", "nowhere/out.csv"], "cannot be written"),
        (["CLIP", "--out", "/proc/out.mp4"], "cannot be written"),
    ],
)
def test_video_refuses_in_a_sentence(options: list, sentence: str, clip: Path) -> None:
    answer = call("video", *[clip if option == "CLIP" else option for option in options])
    assert answer.exit_code == 1
    assert sentence in answer.stderr
    assert "Traceback" not in answer.output
    assert answer.exception is None or isinstance(answer.exception, SystemExit)


@pytest.mark.slow
def test_video_stopped_by_the_keyboard(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(timeline.Timeline, "note", stop)
    answer = call("video", clip, "--out", tmp_path / "out.mp4")
    assert answer.exit_code == 130
    assert "Nothing was written" in answer.stderr
    assert [path.name for path in tmp_path.iterdir()] == [clip.name]


@pytest.mark.slow
def test_folder_into_a_table_twice(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Image.new("RGB", (64, 64)).save(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "bad.jpg").write_text("no picture")
    words = ["analyze", tmp_path / "in", "--recursive", "--out", tmp_path / "out.csv"]
    first, second = call(*words), call(*words)
    assert (first.exit_code, second.exit_code) == (1, 1)
    assert "1 analysed, 0 skipped (already in the table), 1 rejected" in first.stdout
    assert "0 analysed, 1 skipped (already in the table), 1 rejected" in second.stdout
    assert "out.rejects.csv" in second.stderr
    assert pd.read_csv(tmp_path / "out.csv")["kind"].tolist() == ["none"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "exit_code", "sentence"),
    [
        (["absent", "--out", "a.csv"], 1, "No picture at absent"),
        ([ASTRONAUT, "--out", "a.xlsx"], 1, "expected a name that ends in"),
        ([ASTRONAUT, "--out", "nowhere/a.csv"], 1, "cannot be written"),
        ([ASTRONAUT, "--out", "a.csv", "--json"], 2, "Remove --json"),
        ([ASTRONAUT, "--recursive"], 2, "needs --out"),
    ],
)
def test_folder_refuses_in_a_sentence(options: list, exit_code: int, sentence: str) -> None:
    answer = call("analyze", *options)
    assert answer.exit_code == exit_code
    assert sentence in answer.stderr

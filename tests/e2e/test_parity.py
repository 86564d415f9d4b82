"""One set of pictures through every way in: the same boxes, labels, scores. ``-s`` prints docs/scale.md's table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from fizzog_core.cli.main import app
from fizzog_core.jobs import ray_batch
from fizzog_core.jobs.video import analyze_video
from fizzog_core.labels import TASKS
from fizzog_core.media import images
from fizzog_core.networks import loading
from fizzog_core.networks.loading import Network
from fizzog_core.networks.predictor import Networks
from fizzog_core.output import records, tables
from fizzog_core.service import app as service
from fizzog_core.vision.analyzer import Analyzer
from fizzog_core.vision.detector import Detector
from tests.support.paths import ROOT
from tests.support.videos import write_video
from training.release import export as network_export

PIXEL_TOLERANCE = 0.02
"""Boxes and points, in pixels: two steps of the rounding that every output has."""
SCORE_TOLERANCE = 1e-4
"""Probabilities and detector scores: one step of rounding."""
Known = dict[str, float | str]
"""Results for one picture: a label or number by its name, such as ``face1.x1``."""

pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")


def from_rows(rows: list[dict[str, Any]]) -> Known:
    known: Known = {}
    for row in rows:
        if row["kind"] != "none":
            for name, value in row.items():
                if value is not None and name not in (
                    "schema",
                    "source",
                    "frame",
                    "time_s",
                    "track_id",
                    "steady_label",
                ):
                    known[f"{row['kind']}{row['number']}.{name}"] = value
    return known


def from_table(path: Path, source: str) -> Known:
    return from_rows(
        [row for block in tables.read_blocks(path) for row in block.to_pylist() if row["source"] == source]
    )


def from_json(answer: dict[str, Any]) -> Known:
    rows = []
    for kind, question in (("face", "emotion"), ("hand", "gesture")):
        for number, thing in enumerate(answer[f"{kind}s"], start=1):
            row = {"kind": kind, "number": number, "score": thing["score"], "width": answer["width"]}
            row |= {"height": answer["height"], **dict(zip(("x1", "y1", "x2", "y2"), thing["box"], strict=True))}
            scores = thing[question]
            row |= {"label": scores["label"], "label_score": scores["score"], "handedness": thing.get("handedness")}
            row |= {f"{question}_{label}": value for label, value in scores["probabilities"].items()}
            for name, (x, y) in thing.get("keypoints", {}).items():
                row |= {f"{name}_x": x, f"{name}_y": y}
            rows.append(row)
    return from_rows(rows)


def differences(expected: Known, came: Known) -> tuple[float, float]:
    """The largest difference in pixels and in scores. Fails if something is missing or a word is another."""
    expected = {name: value for name, value in expected.items() if name in came or not name.endswith(".sure")}
    assert came.keys() == expected.keys()
    pixels = scores = 0.0
    for name, value in expected.items():
        other, column = came[name], name.partition(".")[2]
        if isinstance(value, str) or isinstance(other, str):
            assert value == other, name
        elif column.startswith(("emotion_", "gesture_")) or column.endswith("score"):
            scores = max(scores, abs(value - other))
        else:
            pixels = max(pixels, abs(value - other))
    return pixels, scores


@pytest.fixture(scope="module")
def networks() -> Networks:
    return loading.load_all(ROOT / "models")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a face, its small mirrored JPEG, a grey picture, and pictures of the data set if it exists."""
    folder = tmp_path_factory.mktemp("pictures")
    astronaut = Image.open(ROOT / "samples" / "astronaut.png").convert("RGB")
    astronaut.save(folder / "astronaut.png")
    small = Image.fromarray(np.ascontiguousarray(np.asarray(astronaut)[:, ::-1])).resize((320, 320))
    small.save(folder / "mirrored.jpg", quality=90)
    Image.new("RGB", (64, 48), "grey").save(folder / "grey.png")
    given = ROOT.parent / "shared" / "data" / "samples" / "pictures"
    for name in ("fr_two_people.jpg", "hands/four_06aa70cc.jpg", "hands/call_044768ad.jpg"):
        if (given / name).is_file():
            (folder / Path(name).name).symlink_to(given / name)
    return folder


def direct(networks: Networks, pictures: Path) -> dict[str, Known]:
    """The results of a direct call for each picture."""
    with Detector("image") as detector:
        analyzer = Analyzer(detector, networks)
        return {
            path.name: from_rows(tables.picture_rows("", analyzer.analyze(images.read(path))))
            for path in sorted(pictures.iterdir())
        }


@pytest.fixture(scope="module")
def expected(networks: Networks, pictures: Path) -> dict[str, Known]:
    return direct(networks, pictures)


def page(pictures: Path, networks: Networks, folder: Path) -> Iterator[tuple[str, Known]]:
    """The results of the upload page for a file's bytes."""

    def script(data: bytes) -> None:
        import streamlit as st

        from pages.ui import work

        st.session_state["found"] = work.picture(data).result

    for path in sorted(pictures.iterdir()):
        done = AppTest.from_function(script, args=(path.read_bytes(),), default_timeout=60).run()
        assert not done.exception
        yield path.name, from_json(records.to_json_dict("", done.session_state["found"]))


def command_line(pictures: Path, networks: Networks, folder: Path) -> Iterator[tuple[str, Known]]:
    paths = sorted(pictures.iterdir())
    answer = CliRunner().invoke(app, ["analyze", "--json", *map(str, paths)])
    for path, line in zip(paths, answer.stdout.splitlines(), strict=True):
        yield path.name, from_json(json.loads(line))


def folder_table(pictures: Path, networks: Networks, folder: Path) -> Iterator[tuple[str, Known]]:
    out = folder / "out.parquet"
    CliRunner().invoke(app, ["analyze", str(pictures), "--out", str(out)])
    for path in sorted(pictures.iterdir()):
        yield path.name, from_table(out, str(path))


def rest(pictures: Path, networks: Networks, folder: Path) -> Iterator[tuple[str, Known]]:
    with TestClient(service.create(lambda: networks)) as client:
        for path in sorted(pictures.iterdir()):
            yield path.name, from_json(client.post("/v1/analyze", content=path.read_bytes()).json())


def rest_rows(pictures: Path, networks: Networks, folder: Path) -> Iterator[tuple[str, Known]]:
    out = folder / "rows.parquet"
    with TestClient(service.create(lambda: networks)) as client:
        for path in sorted(pictures.iterdir()):
            address = f"/v1/analyze?form=parquet&source={path.name}"
            out.write_bytes(client.post(address, content=path.read_bytes()).content)
            yield path.name, from_table(out, path.name)


def batch_worker(pictures: Path, networks: Networks, folder: Path) -> Iterator[tuple[str, Known]]:
    """The class that Ray's workers run; benchmarks/scale/cluster.py runs it in a cluster."""
    job = ray_batch.Job(ray_batch.Location(str(pictures)), ray_batch.Location(str(folder / "batch")), ROOT / "models")
    assert ray_batch.prepare(job) == [0]
    ray_batch.ShardReader(job).read(0)
    for path in sorted(pictures.iterdir()):
        yield path.name, from_table(folder / "batch" / "rows" / "0000000.parquet", str(path))


def video_of_stills(pictures: Path, networks: Networks, folder: Path) -> Iterator[tuple[str, Known]]:
    """A clip of one frame, without loss; the detectors of a picture, so that only the way in differs."""
    for path in sorted(pictures.iterdir()):
        frame = images.read(path)
        size = frame.shape[1], frame.shape[0]
        clip = write_video(folder / "clip.mov", 1, size=size, codec="png", pixel_format="rgb24", pictures=[frame])
        table = folder / "clip.parquet"
        with Detector("image") as detector:
            analyze_video(clip, Analyzer(detector, networks), table=table)
        yield path.name, from_rows([row for block in tables.read_blocks(table) for row in block.to_pylist()])


WAYS = {
    "upload page": page,
    "command line, --json": command_line,
    "folder, Parquet": folder_table,
    "video, still clip": video_of_stills,
    "REST, /v1/analyze": rest,
    "REST, rows as Parquet": rest_rows,
    "batch worker, Parquet": batch_worker,
}


def compare(name: str, expected: dict[str, Known], came: dict[str, Known]) -> None:
    assert came.keys() == expected.keys()
    pixels, scores = np.max([differences(expected[picture], came[picture]) for picture in expected], axis=0)
    print(f"\n| {name} | {len(came)} | {pixels:.3f} | {scores:.1e} |")
    assert pixels <= PIXEL_TOLERANCE
    assert scores <= SCORE_TOLERANCE


@pytest.mark.parametrize("name", WAYS)
def test_every_interface_has_the_same_results(
    name: str, expected: dict[str, Known], pictures: Path, networks: Networks, tmp_path: Path
) -> None:
    compare(name, expected, dict(WAYS[name](pictures, networks, tmp_path)))


@pytest.mark.parametrize("form", ["saved_model", "onnx"])
def test_an_export_has_the_results_of_the_keras_network(
    form: network_export.Form, pictures: Path, tmp_path: Path
) -> None:
    """Exports keep real numbers, unlike the served files."""
    loaded = {task: network_export.load(ROOT / "models" / task) for task in TASKS}
    keras = {task: Network(network.predict_on_batch, card) for task, (network, card) in loaded.items()}
    again = {
        task: Network(network_export.opened(network_export.write(network, card, form, tmp_path, 1, None)), card)
        for task, (network, card) in loaded.items()
    }
    compare(form, direct(Networks(**keras), pictures), direct(Networks(**again), pictures))


def test_the_set_shows_something(expected: dict[str, Known]) -> None:
    assert "face1.emotion_happy" in expected["astronaut.png"]
    assert "face1.nose_tip_x" in expected["mirrored.jpg"]
    assert expected["grey.png"] == {}

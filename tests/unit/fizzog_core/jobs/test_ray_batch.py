from __future__ import annotations

import dataclasses
import socket
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image
from typer.testing import CliRunner

from fizzog_core.cli.main import app
from fizzog_core.errors import ClusterError, ExportError, PictureError
from fizzog_core.jobs import ray_batch, ray_cluster
from fizzog_core.jobs.location import Location
from fizzog_core.output import tables
from tests.support.disk import full_disk
from tests.support.fakes import FakeDetector, make_face

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_batch, "SHARD_PICTURES", 2)
    monkeypatch.setattr(ray_batch, "Detector", lambda mode: FakeDetector((make_face(0, 0, 20),)))


@pytest.fixture
def job(tmp_path: Path, tiny_models: Path) -> ray_batch.Job:
    """Four pictures in two folders and one text that is named like a picture: three shards."""
    source = tmp_path / "in"
    (source / "below").mkdir(parents=True)
    for name in ("a.png", "b.JPG", "below/c.png", "below/d.webp"):
        Image.new("RGB", (48, 40), "grey").save(source / name)
    (source / "e.png").write_text("no picture")
    (source / "notes.txt").write_text("no picture either")
    return ray_batch.Job(Location(str(source)), Location(str(tmp_path / "out")), tiny_models)


def sources(job: ray_batch.Job) -> list[str]:
    """Sources of all rows, sorted, one for each face."""
    paths = sorted(Path(job.out.uri, ray_batch.ROWS).glob("*.parquet"))
    found = [s for path in paths for block in tables.read_blocks(path, ["source"]) for s in block["source"].to_pylist()]
    return sorted(source.removeprefix(job.source.uri) for source in found)


def test_each_picture_has_one_row_set_or_one_refusal(job: ray_batch.Job) -> None:
    assert ray_batch.prepare(job) == [0, 1, 2]
    reader = ray_batch.ShardReader(job)
    answer = reader({"shard": [0, 1, 2]})
    assert {name: column.tolist() for name, column in answer.items()} == {
        "shard": [0, 1, 2],
        "pictures": [2, 2, 0],
        "rejected": [0, 0, 1],
        "failure": ["", "", ""],
    }
    assert sources(job) == ["/a.png", "/b.JPG", "/below/c.png", "/below/d.webp"]
    (refused,) = pq.read_table(Path(job.out.uri, ray_batch.REJECTS)).to_pylist()
    assert refused["source"].endswith("/e.png")
    assert "not a picture" in refused["reason"]


def test_doing_a_shard_again_doubles_nothing_and_the_rest_is_still_to_do(job: ray_batch.Job) -> None:
    ray_batch.prepare(job)
    reader = ray_batch.ShardReader(job)
    reader.read(1)
    before = sources(job)
    reader.read(1)
    assert sources(job) == before
    assert ray_batch.prepare(job) == [0, 2]


def test_a_worker_that_dies_while_writing_leaves_nothing_that_counts(
    job: ray_batch.Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    ray_batch.prepare(job)
    reader = ray_batch.ShardReader(job)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ray_batch.pq, "write_table", die)
        with pytest.raises(KeyboardInterrupt):
            reader.read(0)
    assert ray_batch.prepare(job) == [0, 1, 2]
    reader.read(0)
    assert sources(job) == ["/a.png", "/b.JPG"]


def left(job: ray_batch.Job) -> list[str]:
    """What is in the job's folder, but for whole shards."""
    found = (path.relative_to(job.out.uri) for path in Path(job.out.uri).rglob("*") if path.is_file())
    return sorted(str(path) for path in found if path.parent.name != ray_batch.ROWS or path.suffix != ".parquet")


def test_a_full_disk_is_reported_and_leaves_no_partial_file(job: ray_batch.Job) -> None:
    with full_disk(), pytest.raises(ExportError, match="out cannot be written"):
        ray_batch.prepare(job)
    assert left(job) == []
    ray_batch.prepare(job)
    reader = ray_batch.ShardReader(job)
    with full_disk():
        answer = reader({"shard": [0]})
    assert (answer["shard"].tolist(), answer["pictures"].tolist()) == ([0], [0])
    assert "out cannot be written" in answer["failure"][0]
    assert left(job) == [ray_batch.MANIFEST]
    assert ray_batch.prepare(job) == [0, 1, 2]


def test_what_a_killed_worker_left_is_swept(job: ray_batch.Job) -> None:
    ray_batch.prepare(job)
    Path(job.out.uri, ray_batch.ROWS, f".0000000.parquet.12345678{ray_batch.PARTIAL}").write_bytes(b"half")
    ray_batch.ShardReader(job).read(0)
    ray_batch.remove_unfinished(job.out)
    assert left(job) == [ray_batch.MANIFEST]
    assert sources(job) == ["/a.png", "/b.JPG"]


def test_pictures_that_come_later_do_not_change_a_job(job: ray_batch.Job) -> None:
    ray_batch.prepare(job)
    Image.new("RGB", (8, 8)).save(Path(job.source.uri, "0.png"))
    assert ray_batch.prepare(job) == [0, 1, 2]
    ray_batch.ShardReader(job).read(0)
    assert sources(job) == ["/a.png", "/b.JPG"]


def test_another_jobs_folder_is_refused(job: ray_batch.Job, tmp_path: Path) -> None:
    ray_batch.prepare(job)
    other = dataclasses.replace(job, source=Location(str(Path(job.source.uri, "below"))))
    with pytest.raises(ExportError, match="another job"):
        ray_batch.prepare(other)


@pytest.mark.parametrize("name", ["empty", "absent"])
def test_nothing_to_do_is_a_sentence(name: str, job: ray_batch.Job, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(PictureError, match=r"No (picture|folder)"):
        ray_batch.prepare(dataclasses.replace(job, source=Location(str(tmp_path / name))))


def test_an_output_that_cannot_be_written_is_a_sentence(job: ray_batch.Job, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="cannot be written"):
        ray_batch.prepare(dataclasses.replace(job, out=Location(str(tmp_path / "file" / "out"))))
    with pytest.raises(ExportError, match="no folder or bucket"):
        ray_batch.prepare(dataclasses.replace(job, out=Location("gopher://a/b")))


def test_a_bucket_that_cannot_be_reached_is_a_sentence(job: ray_batch.Job, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "nobody")
    nowhere = Location("s3://bucket/folder?endpoint_override=127.0.0.1:1&scheme=http&region=us-east-1")
    with pytest.raises(PictureError, match=r"s3://bucket/folder.* cannot be listed"):
        ray_batch.prepare(dataclasses.replace(job, source=nowhere))
    assert not Path(job.out.uri).exists()


def test_a_cluster_that_cannot_be_reached_is_a_sentence(job: ray_batch.Job, set_fizzog) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(ClusterError, match=f"No Ray cluster at {address}"):
            ray_batch.run(job, address, 1)
        set_fizzog(models=job.models_dir)
        answer = CliRunner().invoke(app, ["serve", "--ray-address", f"ray://{address}"])
    assert answer.exit_code == 1
    assert "No Ray cluster at" in answer.output
    assert left(job) == [ray_batch.MANIFEST]


def test_the_name_of_a_picture_in_a_bucket() -> None:
    place = Location("s3://bucket/folder/?region=eu-west-1")
    assert place.name_of("below/a.png") == "s3://bucket/folder/below/a.png"
    assert Location("/what?/").name_of("a.png") == "/what?/a.png"


def test_each_location_has_one_client(job: ray_batch.Job) -> None:
    assert job.source.files()[0] is Location(job.source.uri).files()[0]
    assert job.source.files()[0] is not job.out.files()[0]


def test_a_finished_job_needs_no_cluster(job: ray_batch.Job, set_fizzog, monkeypatch: pytest.MonkeyPatch) -> None:
    set_fizzog(models=job.models_dir)
    ray_batch.prepare(job)
    ray_batch.ShardReader(job)({"shard": [0, 1, 2]})
    monkeypatch.setattr(ray_cluster, "connected", lambda address: pytest.fail("a cluster was asked for"))
    answer = CliRunner().invoke(app, ["batch", job.source.uri, "--out", job.out.uri])
    assert answer.exit_code == 0, answer.output
    assert "0 shards left" in answer.output


def test_without_ray_the_error_names_the_missing_package(
    job: ray_batch.Job, set_fizzog, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_fizzog(models=job.models_dir)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ClusterError, match=r"-e '\.\[scale\]'"):
        ray_batch.run(job, "local", 1)
    answer = CliRunner().invoke(app, ["batch", job.source.uri, "--out", job.out.uri])
    assert answer.exit_code == 1
    assert "[scale]" in answer.output

"""Each command that adds to a published folder adds its files together, and nothing when it fails."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from fizzog_core.errors import DataError, ExportError
from fizzog_core.networks import model_card
from tests.support import tiny_data
from training.evaluation import tasks
from training.release import leave_one_source_out, profile, served


@pytest.fixture
def models(tiny_models: Path, tmp_path: Path, set_fizzog: Callable[..., None]) -> Path:
    """A copy of the tiny published networks, which the commands change."""
    copy = tmp_path / "models"
    shutil.copytree(tiny_models, copy)
    set_fizzog(models=copy, runs=tmp_path / "runs")
    return copy


@pytest.fixture(autouse=True)
def gestures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small gesture data in place of a data set's folder, and no measurement of latency in further processes."""
    data = tiny_data.gesture_data()
    monkeypatch.setattr(leave_one_source_out, "load_gestures", lambda _: data)
    monkeypatch.setitem(tasks.TASKS, "gesture", replace(tasks.TASKS["gesture"], read=lambda _: data))
    monkeypatch.setattr(profile, "THREADS", ())


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def changed_names(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def test_profile_writes_both_files_or_none(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (models / "gesture" / "layers.csv").write_text("of the last network")
    (models / "gesture" / "latency.json").write_text("of the last network")
    before = contents(models)
    monkeypatch.setattr(profile, "measure_latency", lambda _: {}["calls"])
    with pytest.raises(KeyError):
        profile.main("gesture")
    assert contents(models) == before


def test_profile_leaves_the_other_files(models: Path) -> None:
    before = contents(models)
    profile.main("gesture")
    assert changed_names(before, contents(models)) <= {"gesture/layers.csv", "gesture/latency.json"}
    assert (models / "gesture" / "latency.json").is_file()
    with pytest.raises(DataError, match="Expected emotion"):
        profile.main("gesture/runs")


def test_convert_writes_the_file_and_its_checksum_or_neither(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = model_card.load(models / "gesture")
    model_card.save(replace(card, served_sha256=""), models / "gesture")
    (models / "gesture" / model_card.SERVED_FILE).unlink()
    before = contents(models)
    monkeypatch.setattr(served, "TOLERANCE", {"gesture": -1.0})
    with pytest.raises(ExportError, match="differs"):
        served.main("gesture", Path("data"))
    assert contents(models) == before
    monkeypatch.setattr(served, "TOLERANCE", {"gesture": 1e-5})
    served.main("gesture", Path("data"))
    assert changed_names(before, contents(models)) == {"gesture/card.json", f"gesture/{model_card.SERVED_FILE}"}
    written = model_card.checksum(models / "gesture" / model_card.SERVED_FILE)
    assert model_card.load(models / "gesture").served_sha256 == written


def test_left_out_sources_are_published_when_all_are_measured(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(models)
    sources = sorted(set(tiny_data.gesture_data().source.tolist()))
    lines = [{"source": source, "rows": 1, "balanced_accuracy": 0.5} for source in sources]
    path = tmp_path / "runs" / "gesture" / "gesture_landmarks_held_out_sources.csv"
    path.parent.mkdir(parents=True)
    pd.DataFrame(lines).to_csv(path, index=False)
    with pytest.raises(DataError, match="--out"):
        leave_one_source_out.main("gesture_landmarks", Path("data"), without_test=True)
    leave_one_source_out.main("gesture_landmarks", Path("data"), out=path)
    assert contents(models) == before
    leave_one_source_out.main("gesture_landmarks", Path("data"))
    assert changed_names(before, contents(models)) == {"gesture/held_out_sources.csv"}
    assert (models / "gesture" / "held_out_sources.csv").read_bytes() == path.read_bytes()

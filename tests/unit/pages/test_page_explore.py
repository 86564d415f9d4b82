"""The data page: every view and widget, its figures against the raw data, and its sentences."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.testing.v1 import AppTest

from benchmarks.siege.files import packed
from fizzog_core import settings
from fizzog_core.jobs import dataset_upload
from fizzog_core.networks import model_card
from pages.ui import loaders
from pages.ui.explore import map
from pages.ui.explore.views import OWN, VIEWS
from tests.support import worker_jobs
from tests.support.fakes import make_card
from tests.support.uploads import FACE, fer2013, keypoints, png

PAGE = str(settings.ROOT / "pages" / "explore_data.py")
CHANGES = {"rotation": 12, "scale": 0.1, "shift": 0.06, "light": 0.2, "erase": 0.25}
EVERY_VIEW = [(name, view) for name, views in VIEWS.items() for view in views]


@pytest.fixture(scope="module", autouse=True)
def own_processes() -> Iterator[None]:
    """Ends the process that reads files, after the last test."""
    yield
    loaders.close()


@pytest.fixture
def figures(tmp_path: Path, set_fizzog: Callable[..., None]) -> Path:
    """The committed figures with a small map, and two networks' cards; no pictures and no network."""
    for task in ("emotion", "keypoints"):
        model_card.save(make_card(task, config=CHANGES), tmp_path / "models" / task)
    folder = tmp_path / "datasets"
    shutil.copytree(settings.ROOT / "datasets", folder)
    rows = pd.read_parquet(folder / "fer2013" / "rows.parquet")
    rows = rows[rows["split"] == "PublicTest"].head(60).reset_index(drop=True)
    line = np.arange(60.0)
    places = pd.DataFrame({"row": rows["row"], "x": line, "y": line, "label": rows["label"], "prediction": "sad"})
    places.assign(score=0.5, correct=places["label"] == "sad", sha256="of an earlier network").to_parquet(
        folder / "fer2013" / "embedding.parquet"
    )
    set_fizzog(datasets=folder, models=tmp_path / "models")
    return folder


def opened(**link: str) -> AppTest:
    page = AppTest.from_file(PAGE, default_timeout=120)
    page.query_params.update(link)
    page.run()
    assert not page.exception
    return page


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "view"), EVERY_VIEW)
def test_every_view_opens_by_its_link(name: str, view: str, figures: Path) -> None:
    page = opened(dataset=name, view=view)
    assert not page.error
    assert [group.value for group in page.button_group[:2]] == [name, view]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "view"), [(n, v) for n, v in EVERY_VIEW if v in ("Samples", "Augmentation", "Map")])
def test_every_view_with_pictures(
    name: str, view: str, figures: Path, shared_data: Path, set_fizzog: Callable[..., None]
) -> None:
    set_fizzog(data=shared_data)
    page = opened(dataset=name, view=view)
    assert not page.error
    assert view == "Map" or page.get("image")


def test_filters_change_the_figures(figures: Path) -> None:
    page = opened()
    assert metrics(page)["rows"] == "35,887"
    page.multiselect[0].set_value(["PrivateTest"]).run()
    assert metrics(page)["rows"] == "3,589"
    page.multiselect[1].set_value(["disgust", "happy"]).run()
    raw = pd.read_parquet(figures / "fer2013" / "rows.parquet", columns=["split", "label"])
    kept = raw[(raw["split"] == "PrivateTest") & raw["label"].isin(["disgust", "happy"])]["label"].value_counts()
    assert metrics(page)["rows"] == f"{kept.sum():,}"
    assert metrics(page)["largest over smallest class"] == f"{kept['happy'] / kept['disgust']:.1f}"


def test_figures_are_those_of_the_raw_data(figures: Path, shared_data: Path) -> None:
    page = opened(usage="PublicTest")
    raw = np.load(shared_data / "fer2013" / "labels.npz")
    sizes = np.bincount(raw["emotion"][raw["usage"] == 1])
    assert metrics(page)["rows"] == f"{sizes.sum():,}"
    assert metrics(page)["largest over smallest class"] == f"{sizes.max() / sizes.min():.1f}"
    without = page.dataframe[-1].value.set_index("classes").loc["6, without disgust"]
    assert without["rows"] == sizes.sum() - sizes[1]
    assert without["always the largest"] == pytest.approx(sizes.max() / (sizes.sum() - sizes[1]))


def test_filters_that_leave_nothing(figures: Path) -> None:
    page = opened(dataset="keypoints", view="Points", split="test", source="dlib_faces")
    assert "No row is left" in page.info[0].value


def test_another_sample_is_another_and_can_be_linked(figures: Path) -> None:
    page = opened(view="Samples")
    first = page.dataframe[-1].value
    page.button[0].click().run()
    second = page.dataframe[-1].value
    assert page.number_input[0].value == 2
    assert first["row"].tolist() != second["row"].tolist()
    assert opened(view="Samples", seed="2").dataframe[-1].value["row"].tolist() == second["row"].tolist()


def test_rows_of_a_link_open_the_samples(figures: Path) -> None:
    page = opened(dataset="fer2013", rows="12, 40")
    assert page.button_group[1].value == "Samples"
    assert page.dataframe[-1].value["row"].tolist() == [12, 40]


@pytest.mark.parametrize("rows", ["x", "-1", "35887", "1.5"])
def test_wrong_rows_are_told(rows: str, figures: Path) -> None:
    page = opened(view="Samples")
    page.text_input[0].set_value(rows).run()
    assert not page.exception
    assert "Expected row numbers from 0 to 35,886" in page.error[0].value


def test_a_button_leads_to_the_rows(figures: Path, shared_data: Path, set_fizzog: Callable[..., None]) -> None:
    set_fizzog(data=shared_data)
    page = opened(view="Labels and votes")
    page.button[0].click().run()
    assert not page.exception
    assert page.button_group[1].value == "Samples"
    assert len(page.dataframe[-1].value) == 48


def test_strength_and_row_of_the_changes(figures: Path, shared_data: Path, set_fizzog: Callable[..., None]) -> None:
    set_fizzog(data=shared_data)
    page = opened(dataset="keypoints", view="Augmentation")
    page.slider[0].set_value(0.5).run()
    page.number_input[0].set_value(77).run()
    assert not page.exception
    assert not page.error


def test_count_of_signers(figures: Path) -> None:
    page = opened(dataset="gestures", view="Sources and signers")
    page.button_group[2].set_value("signers").run()
    assert not page.exception


@pytest.mark.parametrize("colour", map.COLOURS)
def test_colours_of_the_map(colour: str, figures: Path) -> None:
    page = opened(view="Map", colour=colour)
    assert page.button_group[2].value == colour
    assert "earlier network" in page.warning[0].value


@pytest.mark.parametrize(
    ("brush", "rows"),
    [
        ({}, None),
        ({"x": [1.0, 3.0]}, None),
        ({"x": [3.0, 1.0], "y": [0.0, 2.0]}, [11, 12]),
        ({"x": [9, 9.5], "y": [9, 9.5]}, []),
    ],
)
def test_brushed(brush: dict, rows: list[int] | None) -> None:
    places = pd.DataFrame({"row": [10, 11, 12, 13], "x": [0.0, 1, 2, 3], "y": [0.0, 1, 2, 3]})
    found = map.brushed(places, brush)
    assert (None if found is None else found["row"].tolist()) == rows


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "data", "form"),
    [
        ("a.csv", fer2013(f"3,{FACE},Training", f"4,{FACE},PublicTest", "9,1,Training"), "FER2013 csv"),
        ("b.csv", keypoints(nose_tip_x="", nose_tip_y=""), "Kaggle keypoints csv"),
        ("c.zip", packed({"cat/1.png": png(), "dog/2.png": png(40, 20), "dog/3.png": b"x"}), "zip of class folders"),
    ],
)
def test_own_data(name: str, data: bytes, form: str, figures: Path) -> None:
    page = opened(dataset=OWN)
    assert "20 MB a file" in page.markdown[0].value
    page.file_uploader[0].upload(name, data, "application/octet-stream").run()
    assert not page.exception
    assert not page.error
    assert metrics(page)["form"] == form
    assert metrics(page)["refused"] == str(len(page.warning))
    page.button[0].click().run()
    assert not page.exception


def test_a_visit_that_ends_ends_the_reading_of_its_file(figures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    caption = DeltaGenerator.caption

    def leave(part: DeltaGenerator, text: str, **options: Any) -> DeltaGenerator:
        if text.startswith("In analysis"):
            st.stop()  # as Streamlit stops the run of a visitor who leaves
        return caption(part, text, **options)

    with monkeypatch.context() as patched:
        patched.setattr(DeltaGenerator, "caption", leave)
        patched.setattr(dataset_upload, "read", worker_jobs.hang_with)
        page = opened(dataset=OWN)
        page.file_uploader[0].upload("c.zip", packed({"cat/1.png": png()}), "application/zip").run()
    assert not page.exception
    assert loaders.data_sets().submit(worker_jobs.count, 1).future.result(worker_jobs.LIMIT_S / 2) == 1
    page.run()
    assert metrics(page)["form"] == "zip of class folders"


def test_own_data_that_is_none(figures: Path) -> None:
    page = opened(dataset=OWN)
    page.file_uploader[0].upload("a.csv", b"a,b\n1,2\n", "text/csv").run()
    assert not page.exception
    assert "of neither format" in page.error[0].value


@pytest.mark.slow
@pytest.mark.parametrize("content", [None, b"", b"broken"])
@pytest.mark.parametrize(("name", "view"), [(name, "Counts") for name in VIEWS] + [("fer2013", "Map")])
def test_missing_and_broken_figures_are_told(name: str, view: str, content: bytes | None, figures: Path) -> None:
    for file in (figures / name).glob("*.parquet"):
        file.unlink() if content is None else file.write_bytes(content)
    page = opened(dataset=name, view=view)
    assert "Restore it" in page.error[0].value


def test_missing_card_and_network_are_told(figures: Path, tmp_path: Path, set_fizzog: Callable[..., None]) -> None:
    set_fizzog(models=tmp_path / "none")
    assert "No card at" in opened(view="Augmentation").error[0].value
    assert "No emotion network is published" in opened(view="Labels and votes").info[-1].value
    shutil.rmtree(figures / "gestures")
    assert "No card at" in opened(dataset="gestures").error[0].value

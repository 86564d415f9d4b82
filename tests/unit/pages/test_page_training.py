"""The training page: every view and widget, deep links, and sentences for what is missing or damaged."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from fizzog_core.labels import EMOTIONS, TASKS
from tests.support import training_runs
from tests.support.paths import ROOT

VIEWS = (
    "Curves", "Classes", "Scores", "Test splits", "Comparison", "Points and people", "Worst mistakes", "Network",
)  # fmt: skip


@pytest.fixture
def folders(tmp_path: Path, set_fizzog: Callable[..., None]) -> tuple[Path, Path]:
    """models/ and runs/ with made-up runs; the real summaries of the data sets."""
    models, training = training_runs.everything(tmp_path)
    set_fizzog(models=models, runs=training)
    return models, training


def open_page(**query: str | list[str]) -> AppTest:
    page = AppTest.from_file(str(ROOT / "pages" / "training_metrics.py"), default_timeout=150)
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def widgets(page: AppTest) -> list:
    kinds = ("button_group", "selectbox", "slider", "toggle", "button", "multiselect")
    return [widget for kind in kinds for widget in page.get(kind)]


def change(widget) -> None:
    """Another value than now."""
    if widget.type == "slider":
        widget.set_value(widget.min if widget.value == widget.max else widget.max)
    elif widget.type == "toggle":
        widget.set_value(not widget.value)
    elif widget.type == "button":
        widget.click()
    elif widget.type == "multiselect":
        widget.set_value([])
    else:
        widget.set_value(next((o for o in widget.options if o != widget.value), widget.value))


def test_without_any_run_it_says_how_to_train_one(tmp_path: Path, set_fizzog: Callable[..., None]) -> None:
    set_fizzog(models=tmp_path, runs=tmp_path)
    assert "python -m training train" in open_page().info[0].value


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("view", VIEWS)
def test_every_widget_of_every_view(folders: tuple[Path, Path], task: str, view: str) -> None:
    page = open_page(view=view, task=task.capitalize())
    assert page.title[0].value == "Training metrics"
    for key in [widget.key for widget in widgets(page) if widget.key not in ("task", "view")]:
        widget = next((widget for widget in widgets(page) if widget.key == key), None)
        if widget is not None:
            change(widget)
            page.run()
            assert not page.exception, key


@pytest.mark.slow
@pytest.mark.parametrize("view", VIEWS)
def test_several_runs_at_once(folders: tuple[Path, Path], view: str) -> None:
    models, _ = folders
    training_runs.emotion(models / "emotion" / "runs" / "copy")
    page = open_page(view=view) if view != "Curves" else open_page()
    page.multiselect[0].set_value(
        ["emotion.published.emotion", "emotion.kept.copy", "emotion.training.emotion_residual"]
    )
    page.run()
    assert not page.exception


def test_a_new_run_is_offered_without_a_restart(folders: tuple[Path, Path]) -> None:
    models, _ = folders
    page = open_page()
    before = page.multiselect[0].options
    training_runs.emotion(models / "emotion" / "runs" / "brand_new")
    page.run()
    assert set(page.multiselect[0].options) - set(before) == {"brand_new (for comparison)"}


def test_emotion_errors_are_shown_by_source(folders: tuple[Path, Path]) -> None:
    page = open_page(view="Points and people", task="Emotion")
    stored = pd.read_parquet(folders[0] / "emotion" / "predictions_expressions.parquet")
    right = stored[list(EMOTIONS)].idxmax(axis=1) == stored["label"]
    shown = page.dataframe[0].value.set_index("group")["accuracy"]
    assert shown.to_dict() == right.groupby(stored["source"]).mean().round(4).to_dict()
    (folders[0] / "emotion" / "predictions_expressions.parquet").unlink()
    page.run()
    assert "not measured on the expression sources" in "".join(info.value for info in page.info)


def test_sources_that_were_left_out_are_shown_where_they_were_measured(folders: tuple[Path, Path]) -> None:
    page = open_page(view="Points and people", task="Emotion")
    assert "Sources that were left out of a training" not in [heading.value for heading in page.subheader]
    table = pd.DataFrame({"source": ["kdef"], "gain": [0.05]})
    table.to_csv(folders[0] / "emotion" / "held_out_sources.csv", index=False)
    page.run()
    assert "Sources that were left out of a training" in [heading.value for heading in page.subheader]
    assert page.dataframe[-1].value.equals(table)


def test_a_deep_link_sets_the_filters(folders: tuple[Path, Path]) -> None:
    page = open_page(view="Classes", split="PublicTest", classes="5", order="best first", shares="false")
    assert {widget.key: widget.value for widget in widgets(page) if widget.key in ("split", "classes", "order")} == {
        "split": "PublicTest",
        "classes": 5,
        "order": "best first",
    }
    assert "75 rows of PublicTest" in "".join(text.value for text in page.markdown)


def test_a_nonsense_link_falls_back(folders: tuple[Path, Path]) -> None:
    page = open_page(view="Nothing", task="Weather", split="None")
    assert {widget.key: widget.value for widget in widgets(page)}["view"] == "Curves"


@pytest.mark.parametrize(
    ("name", "view"),
    [
        ("card.json", "Test splits"),
        ("card.json", "Comparison"),
        ("history.csv", "Curves"),
        ("predictions.parquet", "Classes"),
        ("predictions.parquet", "Worst mistakes"),
        ("layers.csv", "Network"),
        ("latency.json", "Network"),
    ],
)
def test_damaged_and_missing_files_are_sentences(folders: tuple[Path, Path], name: str, view: str) -> None:
    path = folders[0] / "emotion" / name
    path.write_bytes(b"\x00 damaged")
    page = open_page(**({} if view == "Curves" else {"view": view}))
    assert any(name in warning.value for warning in page.warning)
    path.unlink()
    page.run()
    assert not page.exception
    assert not any(name in warning.value for warning in page.warning)


def test_the_worst_mistakes_lead_to_their_rows_among_the_data(folders: tuple[Path, Path]) -> None:
    page = open_page(view="Worst mistakes", count="5", label="happy")
    table = page.dataframe[0].value
    assert 0 < len(table) <= 5
    assert (table["label"] == "happy").all()
    assert (table["answer"] != "happy").all()
    link = page.get("link_button")[0].proto.url
    assert link == f"explore_data?dataset=fer2013&rows={','.join(map(str, table['row']))}"


def test_tensorboard_command_is_given(folders: tuple[Path, Path]) -> None:
    page = open_page(view="Network")
    page.button(key="board-emotion.published.emotion").click().run()
    assert page.code[0].value.startswith(".venv/bin/tensorboard --logdir ")


def test_real_pictures_of_mistakes_with_the_data(shared_data: Path, set_fizzog: Callable[..., None]) -> None:
    set_fizzog(data=shared_data)
    page = open_page(view="Worst mistakes", task="Gesture", count="5")
    assert page.get("image")


@pytest.mark.slow
@pytest.mark.parametrize("view", VIEWS)
def test_a_source_projects_run_is_shown_without_a_change_of_code(folders: tuple[Path, Path], view: str) -> None:
    models, _ = folders
    training_runs.source_emotion(models / "emotion" / "runs" / "baseline_emotion_model_1")
    page = open_page(view=view) if view != "Curves" else open_page()
    page.multiselect[0].set_value(["emotion.kept.baseline_emotion_model_1"])
    page.run()
    assert not page.exception
    if view == "Comparison":
        reruns = page.dataframe[-1].value.set_index("name")
        assert reruns.loc["emotion model 1", ["reported", "ours_as_the_author_split", "ours"]].tolist() == [
            0.53, 0.52, 0.5,
        ]  # fmt: skip

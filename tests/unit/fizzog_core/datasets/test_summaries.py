from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fizzog_core import settings
from fizzog_core.datasets import summaries
from fizzog_core.errors import DataError
from fizzog_core.labels import EMOTIONS
from training.data.sets import USAGES

CARD = summaries.DatasetCard(
    name="fer2013", title="t", about="a", origin="o", licence="l", faults=(), rows={"Training": 1}, checksums={},
    figures={},
)  # fmt: skip


def committed(name: str) -> Path:
    return settings.ROOT / "datasets" / name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder that is called as FER2013's."""
    made = tmp_path / "fer2013"
    made.mkdir()
    return made


def test_card_there_and_back(folder: Path) -> None:
    card = replace(CARD, faults=("one",), figures={"pairs": 2.0})
    summaries.save_card(card, folder)
    assert summaries.load_card(folder) == card


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "No card at"), (b"", "is not a data set's card"), (b"{}", "card: name: Field required"), (b"\xff", "card")],
)
def test_bad_cards_are_refused(content: bytes | None, said: str, folder: Path) -> None:
    if content is not None:
        (folder / "card.json").write_bytes(content)
    with pytest.raises(DataError, match=said) as error:
        summaries.load_card(folder)
    assert "python -m training summarise fer2013 --data FOLDER" in str(error.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "No table at"), (b"", "cannot be read"), (b"PAR1" + bytes(50), "cannot be read")],
)
def test_bad_tables_are_refused(content: bytes | None, said: str, folder: Path) -> None:
    if content is not None:
        (folder / "rows.parquet").write_bytes(content)
    with pytest.raises(DataError, match=said) as error:
        summaries.load_table(folder, "rows")
    assert "training summarise fer2013" in str(error.value)


def test_lacking_columns_are_named(folder: Path) -> None:
    pd.DataFrame({"row": [1], "x": [1.0], "y": [1.0], "label": ["sad"]}).to_parquet(folder / "embedding.parquet")
    with pytest.raises(DataError, match=r"lacks the columns prediction, score, correct.*training embedding"):
        summaries.load_table(folder, "embedding")


def test_a_new_table_is_read_again(folder: Path) -> None:
    columns = summaries.COLUMNS["fer2013"]["means"]
    pd.DataFrame([["a", 1, 2, 3]], columns=list(columns)).to_parquet(folder / "means.parquet")
    assert len(summaries.load_table(folder, "means")) == 1
    pd.DataFrame([["a", 1, 2, 3]] * 2, columns=list(columns)).to_parquet(folder / "means.parquet")
    assert len(summaries.load_table(folder, "means")) == 2


@pytest.mark.parametrize(
    ("subjects", "expected"),
    [
        ([], []),
        (["a", "a", "b", "c"], [[1, 0], [0, 2]]),
        (["a", "b", "b", "c"], [[2, 1], [1, 2]]),
    ],
)
def test_shared_groups(subjects: list[str], expected: list[list[int]]) -> None:
    splits = ["train", "train", "test", "test"][: len(subjects)]
    found = summaries.shared_groups(pd.DataFrame({"split": splits, "subject": subjects}), "subject")
    assert found.to_numpy().tolist() == expected


def test_counts_and_imbalance() -> None:
    rows = pd.DataFrame({"label": ["a", "a", "a", "b"], "split": ["x", "x", "y", "x"]})
    found = summaries.counts(rows).set_index(["label", "split"])
    assert found["count"].to_dict() == {("a", "x"): 2, ("a", "y"): 1, ("b", "x"): 1}
    assert found.loc[("a", "x"), "share"] == pytest.approx(2 / 3)
    assert summaries.imbalance(summaries.counts(rows)) == 3
    assert np.isnan(summaries.imbalance(summaries.counts(rows[:0])))


@pytest.mark.parametrize(
    ("name", "table"), [(n, t) for n, tables in summaries.COLUMNS.items() for t in tables if t != "embedding"]
)
def test_committed_tables_are_whole(name: str, table: str) -> None:
    assert len(summaries.load_table(committed(name), table)) > 0


@pytest.mark.parametrize("name", summaries.NAMES)
def test_committed_cards_agree_with_their_rows(name: str) -> None:
    rows = summaries.load_table(committed(name), "rows")
    assert summaries.load_card(committed(name)).rows == rows["split"].value_counts().to_dict()


def test_fer2013_is_as_published() -> None:
    """Counts of Goodfellow et al. 2013; two fear and surprise rows are exchanged in each test usage of this copy."""
    rows = summaries.load_table(committed("fer2013"), "rows")
    assert rows["split"].value_counts().reindex(USAGES).tolist() == [28709, 3589, 3589]
    training = rows.loc[rows["split"] == "Training", "label"].value_counts()
    assert training.reindex(EMOTIONS).tolist() == [3995, 436, 4097, 7215, 4830, 3171, 4965]


def test_no_mean_is_of_few_pictures() -> None:
    for name in ("fer2013", "expressions", "keypoints"):
        assert summaries.load_table(committed(name), "means")["count"].min() >= 100


def test_keypoint_subjects_are_numbers() -> None:
    assert summaries.load_table(committed("keypoints"), "rows")["subject"].dtype.kind == "i"

"""Reads ``datasets/<name>/``: derived figures of the data sets, written by ``python -m training summarise``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pydantic
from pyarrow.lib import ArrowException

from fizzog_core.errors import DataError

NAMES = ("fer2013", "expressions", "keypoints", "gestures")
CARD_FILE = "card.json"
COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "fer2013": {
        "rows": (
            "row",
            "split",
            "label",
            "brightness",
            "contrast",
            "sharpness",
            "kind",
            "majority",
            "entropy",
            "credit",
        ),
        "means": ("label", "count", "mean", "deviation"),
        "duplicates": ("row", "other", "kind", "split", "other_split", "label", "other_label"),
        "embedding": ("row", "x", "y", "label", "prediction", "score", "correct"),
    },
    "expressions": {
        "rows": ("row", "split", "source", "label", "subject", "brightness", "contrast", "sharpness", "kind"),
        "means": ("label", "count", "mean", "deviation"),
        "sources": ("source", "origin", "terms", "wrong_labels"),
        "duplicates": (
            "row",
            "other",
            "kind",
            "split",
            "other_split",
            "source",
            "other_source",
            "label",
            "other_label",
        ),
    },
    "keypoints": {
        "rows": ("row", "split", "source", "subject", "missing", "eye_distance_px", "yaw", "asymmetry", "kind"),
        "means": ("label", "count", "mean", "deviation"),
        "moments": ("source", "split", "point", "faces", "present", "x", "y", "xx", "xy", "yy"),
        "clouds": ("split", "point", "x", "y", "count"),
        "duplicates": ("row", "other", "kind", "split", "other_split"),
    },
    "gestures": {
        "rows": ("row", "split", "source", "signer", "label", "gesture", "found_first", "found", "handedness", "kind"),
        "shapes": ("label", "landmark", "hands", "x", "y"),
        "duplicates": ("row", "other", "kind", "split", "other_split", "relation"),
        "random_split": ("split_by", "pictures", "with_duplicate", "share"),
    },
}
"""Every table of each data set, and the columns that a reader may count on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetCard:
    """``rows`` by split; ``checksums``: SHA-256 of the files it was made from; ``figures``: single numbers."""

    name: str
    title: str
    about: str
    origin: str
    licence: str
    faults: tuple[str, ...]
    rows: dict[str, int]
    checksums: dict[str, str]
    figures: dict[str, float]


_CARD = pydantic.TypeAdapter(DatasetCard)


def load_card(folder: Path) -> DatasetCard:
    """``folder/card.json``. Raises DataError if it is missing or not a data set's card."""
    path = folder / CARD_FILE
    try:
        return _CARD.validate_json(path.read_bytes())
    except FileNotFoundError:
        raise DataError(f"No card at {path}. {_remedy(folder)}") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}. {_remedy(folder)}") from None
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise DataError(f"{path} is not a data set's card: {where}: {first['msg']}. {_remedy(folder)}") from None


def save_card(card: DatasetCard, folder: Path) -> None:
    """Write ``folder/card.json`` in a stable order."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CARD_FILE).write_bytes(_CARD.dump_json(card, indent=2) + b"\n")


def load_table(folder: Path, name: str) -> pd.DataFrame:
    """Table ``name`` of the data set in ``folder``, with at least its COLUMNS. It is cached: do not change it.

    Raises DataError if it is missing, damaged or lacks columns.
    """
    path = folder / f"{name}.parquet"
    try:
        return _read(path, COLUMNS[folder.name][name], path.stat().st_mtime_ns)
    except FileNotFoundError:
        raise DataError(f"No table at {path}. {_remedy(folder, name)}") from None


@lru_cache(maxsize=32)
def _read(path: Path, columns: tuple[str, ...], _changed_ns: int) -> pd.DataFrame:
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError, ArrowException) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{path} cannot be read: {said}. {_remedy(path.parent, path.stem)}") from None
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise DataError(f"{path} lacks the columns {', '.join(missing)}. {_remedy(path.parent, path.stem)}")
    return table


def _remedy(folder: Path, table: str = "") -> str:
    command = "embedding" if table == "embedding" else f"summarise {folder.name}"
    return f"Restore it, or write it with `python -m training {command} --data FOLDER`."


def shared_groups(rows: pd.DataFrame, group: str) -> pd.DataFrame:
    """For each two splits, how many values of column ``group`` (subjects, signers) have rows in both.

    A square table, splits by splits; its diagonal counts the groups of each split.
    """
    pairs = rows[["split", group]].drop_duplicates()
    both = pairs.merge(pairs, on=group)
    order = list(dict.fromkeys(rows["split"]))
    table = both.groupby(["split_x", "split_y"]).size().unstack(fill_value=0)
    return table.reindex(index=order, columns=order, fill_value=0).rename_axis(index="split", columns="also in")


def counts(rows: pd.DataFrame, by: str = "label") -> pd.DataFrame:
    """Rows of each ``by`` and split: columns ``by``, ``split``, ``count`` and ``share`` of that split 0..1."""
    found = rows.groupby([by, "split"], observed=True).size().rename("count").reset_index()
    found["share"] = found["count"] / found.groupby("split", observed=True)["count"].transform("sum")
    return found


def imbalance(found: pd.DataFrame, by: str = "label") -> float:
    """The largest class over the smallest, from ``counts``; NaN with no rows."""
    sizes = found.groupby(by, observed=True)["count"].sum()
    return float(sizes.max() / sizes.min()) if len(sizes) else float("nan")

"""Derived figures of the data sets for the data page: ``python -m training summarise fer2013 --data FOLDER``.

Writes ``datasets/<name>/``: counts, means over hundreds of pictures, numbers per row. No file shows a single picture.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from numpy.typing import NDArray

from fizzog_core import settings
from fizzog_core.datasets import image_stats, keypoint_stats, summaries, vote_stats
from fizzog_core.errors import DataError
from fizzog_core.labels import EMOTIONS
from fizzog_core.networks import model_card
from training.data.duplicates import near_pairs, thumbnail
from training.data.expressions import ExpressionData, cut, load_expressions
from training.data.sets import USAGES, EmotionData, KeypointData, load_emotion, load_keypoints
from training.data.summarise_gestures import gestures

SOURCES = Path(__file__).with_name("expression_sources.csv")
"""Origin, terms and share of wrong labels (one person's reading of 100 faces) of each expression source."""
FACE_PX = 48
FEWEST_FOR_A_MEAN = 100
"""A mean of fewer pictures is too close to a single one to be published."""
RESEARCH = "For research use only, as its owners ask; the pictures are not part of this project."


def duplicates(pictures: NDArray[np.uint8], split: NDArray[np.str_], keep: int = 4) -> pd.DataFrame:
    """Pairs of rows of grey ``pictures`` ``(N, S, S)`` that are exact or near duplicates.

    Columns: row, other, kind, split, other_split; row > other.
    """
    exact = image_stats.exact_duplicates(pictures).assign(kind="exact")
    near = near_pairs(np.stack([thumbnail(picture) for picture in pictures]), keep=keep)
    alike = pd.DataFrame({"row": near[:, 1], "other": near[:, 0], "kind": "near"})
    same = (pictures[alike["row"]] == pictures[alike["other"]]).all(axis=(1, 2))
    pairs = pd.concat([exact, alike[~same]], ignore_index=True)
    return pairs.assign(split=split[pairs["row"]], other_split=split[pairs["other"]])


def fer2013(data: EmotionData) -> tuple[dict[str, pd.DataFrame], dict[str, float]]:
    """The tables of FER2013 and its single figures. Raises DataError without the FER+ votes."""
    if data.votes is None:
        raise DataError("This data has no FER+ votes. Prepare it with --ferplus, or pass our folder.")
    label, split = np.array(EMOTIONS)[data.emotion], np.array(USAGES)[data.usage]
    named = pd.DataFrame(data.votes, columns=[f"votes_{name}" for name in vote_stats.VOTES])
    start = pd.DataFrame({"row": np.arange(len(label)), "split": split, "label": label})
    rows = pd.concat([start, image_stats.table(data.pixels), vote_stats.table(data.votes, label), named], axis=1)
    pairs = duplicates(data.pixels, split)
    pairs = pairs.assign(label=label[pairs["row"]], other_label=label[pairs["other"]])
    tables = {"rows": rows, "means": image_stats.class_means(data.pixels, label), "duplicates": pairs}
    return tables, _duplicate_figures(pairs)


def keypoints(data: KeypointData) -> tuple[dict[str, pd.DataFrame], dict[str, float]]:
    """The tables of the faces with 15 points and their single figures. Subjects become numbers."""
    rim, side = int(data.rim), data.pixels.shape[1] - 2 * int(data.rim)
    pictures = np.ascontiguousarray(data.pixels[:, rim : rim + side, rim : rim + side])
    points = (data.keypoints_px - rim) * np.float32(96 / side)
    start = pd.DataFrame(
        {
            "row": np.arange(len(points)),
            "split": data.split,
            "source": data.source,
            "subject": pd.factorize(data.subject)[0],
        }
    )
    rows = pd.concat([start, keypoint_stats.rows(points), image_stats.table(pictures)], axis=1)
    pairs = duplicates(pictures, data.split)
    pairs["same_subject"] = data.subject[pairs["row"]] == data.subject[pairs["other"]]
    tables = {
        "rows": rows,
        "means": image_stats.class_means(pictures, data.source)[lambda found: found["count"] >= FEWEST_FOR_A_MEAN],
        "moments": keypoint_stats.moments(points, start[["source", "split"]]),
        "clouds": keypoint_stats.clouds(points, data.split),
        "duplicates": pairs,
    }
    return tables, _duplicate_figures(pairs)


def expressions(
    data: ExpressionData, geometry: model_card.CropGeometry
) -> tuple[dict[str, pd.DataFrame], dict[str, float]]:
    """The tables of the expression sources and their single figures. Subjects become numbers, -1 where unknown.

    The grey statistics are of faces of FACE_PX pixels, cut with ``geometry`` as for the served network.
    """
    label = np.array(EMOTIONS)[data.emotion]
    faces = cut(data, np.arange(len(label)), geometry, FACE_PX)
    start = pd.DataFrame({"row": np.arange(len(label)), "split": data.split, "source": data.source, "label": label})
    known = data.subject != ""
    start["subject"] = np.where(known, pd.factorize(np.char.add(data.source, data.subject))[0], -1)
    sources = pd.read_csv(SOURCES)
    pairs = duplicates(faces, data.split)
    for end in ("row", "other"):
        prefix = "other_" if end == "other" else ""
        pairs = pairs.assign(**{f"{prefix}source": data.source[pairs[end]], f"{prefix}label": label[pairs[end]]})
    tables = {
        "rows": pd.concat([start, image_stats.table(faces)], axis=1),
        "means": image_stats.class_means(faces, label)[lambda found: found["count"] >= FEWEST_FOR_A_MEAN],
        "sources": sources[sources["source"].isin(data.source)],
        "duplicates": pairs,
    }
    return tables, _duplicate_figures(pairs)


def _duplicate_figures(pairs: pd.DataFrame) -> dict[str, float]:
    """Number of rows with an exact or a near duplicate before them, in any split and in another split."""
    apart = pairs[pairs["split"] != pairs["other_split"]]
    return {
        f"{kind}_duplicates{suffix}": float(found.loc[found["kind"] == kind, "row"].nunique())
        for kind in ("exact", "near")
        for suffix, found in (("", pairs), ("_across_splits", apart))
    }


TEXTS = {
    "fer2013": (
        "FER2013",
        "35,887 grey faces of 48 x 48 pixels with one of seven emotions, and ten people's votes on each (FER+).",
        "Goodfellow et al. 2013, Challenges in Representation Learning; FER+: Barsoum et al. 2016.",
        (
            "Labels came from search words and were checked by two people: many are wrong or open to argument.",
            "Some pictures are blank, notices, icons or drawings; some occur twice, a few with two different labels.",
            "Age, sex and skin tone are not labelled, so gaps between groups cannot be measured.",
        ),
    ),
    "keypoints": (
        "Facial keypoints",
        "11,602 faces in the framing of Kaggle's Facial Keypoints Detection with up to 15 points; subjects are known.",
        "YouTube Faces, LFW with Dantone's points, HELEN with 300-W markup, Webmorph studio pictures, dlib's examples.",
        (
            "LFW has no brows annotated; the YouTube points are whole pixels and look machine-made.",
            "Brow ends differ by up to 3 px of 96 between the sources.",
            "Kaggle's own pictures are not among them; nose tip and lower lip are defined a little differently there.",
        ),
    ),
    "expressions": (
        "Expressions",
        "34,577 faces of 14 sources outside FER2013 with one of seven emotions; the people of some sources are known.",
        "RAF-DB, AffectNet, KDEF, CK+, NimStim, Radboud Faces, LFW, stock and web pictures: see Sources.",
        (
            "Between about 2 % (CK+) and 30 % (stock pictures) of a source's labels are wrong.",
            "AffectNet's pictures are black outside the face; RAF-DB's are cut so close that borders are repeated.",
            "People are not known in the web sources, so one person can be in two splits there.",
            "Posed sources show strong expressions; fear and disgust are rare in pictures from everyday life.",
        ),
    ),
    "gestures": (
        "ASL gestures",
        "7,324 pictures of hands: letters and digits of the ASL alphabet by 30 public sources; signers are known.",
        "Public ASL data sets; 21 landmarks of each hand by MediaPipe 0.10.21.",
        (
            "Most sources are bursts of one person before one webcam: count signers, not pictures.",
            "T, M, N, S and E look like A; K and U look like V.",
            "Left hands and pictures without any hand are few.",
        ),
    ),
}


def write(
    name: str, tables: dict[str, pd.DataFrame], figures: dict[str, float], source: Path, folder: Path
) -> summaries.DatasetCard:
    """Write the tables and the card of data set ``name`` to ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, frame in tables.items():
        frame.to_parquet(folder / f"{table}.parquet", index=False, compression="zstd")
    files = [source] if source.is_file() else sorted(f for f in source.iterdir() if f.suffix in {".npz", ".csv"})
    title, about, origin, faults = TEXTS[name]
    card = summaries.DatasetCard(
        name=name,
        title=title,
        about=about,
        origin=origin,
        licence=RESEARCH,
        faults=faults,
        rows={str(split): int(count) for split, count in tables["rows"]["split"].value_counts().items()},
        checksums={file.name: model_card.checksum(file) for file in files},
        figures=figures,
    )
    summaries.save_card(card, folder)
    return card


def main(
    name: Annotated[str, typer.Argument(help="fer2013, keypoints, gestures or expressions")],
    data: Annotated[Path, typer.Option(help="the data set's folder, or for faces an .npz of training prepare")],
) -> None:
    """Write the tables and the card of datasets/<name>/."""
    if name == "fer2013":
        tables, figures = fer2013(load_emotion(data))
    elif name == "keypoints":
        tables, figures = keypoints(load_keypoints(data))
    elif name == "gestures":
        tables, figures = gestures(data)
    elif name == "expressions":
        tables, figures = expressions(
            load_expressions(data), model_card.load(settings.get().models / "emotion").crop_geometry
        )
    else:
        raise DataError(f"Expected {', '.join(summaries.NAMES)}, got {name!r}.")
    card = write(name, tables, figures, data, settings.get().datasets / name)
    typer.echo(f"{card.title}: {sum(card.rows.values()):,} rows; tables {', '.join(tables)}; {card.figures}")

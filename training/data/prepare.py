"""Converts data sets to the files that training reads: ``python -m training prepare --help``.

Every command writes one .npz and beside it a report: inputs, kept rows, refused rows, duplicates.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console
from rich.progress import track

from fizzog_core import settings
from fizzog_core.errors import DataError
from fizzog_core.labels import EMOTIONS
from fizzog_core.networks import model_card
from training.data import csv_readers, prepare_custom, prepare_gestures, prepare_hands, splits
from training.data.duplicates import across, clusters, digest, near_pairs, thumbnail
from training.data.expressions import ExpressionData, load_expressions
from training.data.image_folders import Seen, label_folders, list_checksum, read_all
from training.data.reports import Report
from training.data.sets import SPLITS, USAGES, EmotionData, GestureData, KeypointData, Usage, load_keypoints

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
DATA = Path("data")


@contextmanager
def reported(report: Report, out: Path) -> Iterator[None]:
    """Write the report beside ``out``, also after an error, and print it after a success."""
    try:
        yield
    finally:
        report.write(out)
    typer.echo(report.as_text(), nl=False)


def finish(
    report: Report, out: Path, data: EmotionData | KeypointData | GestureData | ExpressionData, seen: Seen
) -> None:
    """Count the rows, look for duplicates across the splits, and save the data."""
    if isinstance(data, EmotionData):
        split, order = np.array(USAGES)[data.usage], USAGES
    else:
        split, order = data.split, SPLITS
    report.count(split.tolist(), order)
    report.duplicates = across(seen.thumbnails, seen.digests, split, order)
    data.save(out)


def seen_in(pixels: NDArray[np.uint8]) -> Seen:
    """Thumbnails and digests of grey pictures ``(N, S, S)`` uint8."""
    return Seen.of([thumbnail(picture) for picture in pixels], [digest(picture.tobytes()) for picture in pixels])


@app.command()
def fer2013(
    csv: Annotated[Path, typer.Option(help="fer2013.csv of Kaggle")],
    ferplus: Annotated[Path | None, typer.Option(help="fer2013new.csv of FER+, adds the ten votes")] = None,
    folders: Annotated[Path | None, typer.Option(help="also write train/ and validation/<emotion>/ here")] = None,
    partial: Annotated[bool, typer.Option("--partial", help="accept a file that is not the whole set")] = False,
    out: Annotated[Path, typer.Option(help="file to write")] = DATA / "emotion.npz",
) -> None:
    """FER2013: validated faces with their emotion and usage."""
    report = Report("fer2013")
    with reported(report, out):
        data, numbers, report.refused = csv_readers.fer2013(csv)
        report.inputs[csv.name] = model_card.checksum(csv)
        if not partial:
            csv_readers.check_published(data)
        if ferplus is not None:
            data = replace(data, votes=csv_readers.ferplus(ferplus, data, numbers))
            report.inputs[ferplus.name] = model_card.checksum(ferplus)
        finish(report, out, data, seen_in(data.pixels))
        if folders is not None:
            write_folders(data, numbers, folders)


def write_folders(data: EmotionData, numbers: NDArray[np.int64], folder: Path) -> None:
    """``train/<emotion>/<row>.png`` for Training, ``validation/...`` for PublicTest and PrivateTest."""
    for name in EMOTIONS:
        for side in ("train", "validation"):
            (folder / side / name).mkdir(parents=True, exist_ok=True)
    rows = list(zip(data.pixels, data.emotion, data.usage, numbers, strict=True))
    for pixels, emotion, usage, number in track(rows, "writing pictures", console=Console(stderr=True)):
        side = "train" if usage == Usage.TRAINING else "validation"
        Image.fromarray(pixels).save(folder / side / EMOTIONS[emotion] / f"{number + 1:05d}.png")


@app.command()
def keypoints(
    csv: Annotated[Path | None, typer.Option(help="training.csv of Kaggle, or a csv of that format")] = None,
    folder: Annotated[Path | None, typer.Option(help="our set: labels.npz and faces/")] = None,
    seed: Annotated[int, typer.Option(help="random seed of the split of a csv")] = 1,
    out: Annotated[Path, typer.Option(help="file to write")] = DATA / "keypoints.npz",
) -> None:
    """Faces with 15 points, split by subject; in a csv near duplicates count as one subject."""
    _expect_one(csv, folder, "--csv", "--folder")
    report = Report("keypoints")
    with reported(report, out):
        if csv is not None:
            data, report.refused = csv_readers.keypoints(csv)
            report.inputs[csv.name] = model_card.checksum(csv)
            seen = seen_in(data.pixels)
            data = split_by_likeness(data, seen, seed)
        else:
            assert folder is not None
            data, seen = given_keypoints(folder, report)
        missing = int(np.isnan(data.keypoints_px[:, :, 0]).sum())
        report.notes.append(f"points not annotated: {missing:,} of {data.keypoints_px[:, :, 0].size:,}")
        finish(report, out, data, seen)


def split_by_likeness(data: KeypointData, seen: Seen, seed: int) -> KeypointData:
    """The data split by subject; rows that are near duplicates get one ``subject``, that of the first row."""
    first = clusters(len(data.pixels), near_pairs(seen.thumbnails, keep=32))
    subject = data.subject[first]
    return replace(data, subject=subject, split=splits.by_group(subject, seed))


def given_keypoints(folder: Path, report: Report) -> tuple[KeypointData, Seen]:
    """Our set of faces. Raises DataError if a picture is unreadable or a subject is in two splits."""
    files = label_folders(folder).get("faces", [])
    names, keys = [], []
    for path, _, key in read_all(files, folder, report.refused):
        names.append(path.name)
        keys.append(key)
    report.inputs["faces"] = list_checksum(names, keys)
    if report.refused:
        raise DataError(f"{folder}: {report.refused[0].where}: {report.refused[0].reason} Restore the folder.")
    data = load_keypoints(folder)
    report.inputs["labels.npz"] = model_card.checksum(folder / "labels.npz")
    shared = splits.straddling(data.subject, data.split)
    if shared:
        raise DataError(f"{folder}: subjects in more than one split: {', '.join(shared[:5])}. Restore labels.npz.")
    return data, seen_in(data.pixels)


@app.command()
def gestures(
    folder: Annotated[Path | None, typer.Option(help="asl_alphabet_train of Kaggle: 29 folders")] = None,
    split: Annotated[prepare_gestures.SplitName, typer.Option(help="how its frames are split")] = "blocks",
    limit: Annotated[int | None, typer.Option(min=1, help="largest number of frames of each letter")] = None,
    manifest: Annotated[Path | None, typer.Option(help="manifest.csv of our set")] = None,
    out: Annotated[Path, typer.Option(help="file to write")] = DATA / "gestures.npz",
) -> None:
    """Hands as 21 landmarks: A, F, L and V are the gestures, every other hand is "none"."""
    _expect_one(folder, manifest, "--folder", "--manifest")
    report = Report("gestures")
    with reported(report, out):
        if folder is not None:
            from fizzog_core.vision.detector import Detector

            data, seen = prepare_gestures.from_letters(folder, split, limit, Detector(), report)
        else:
            assert manifest is not None
            data, seen = prepare_gestures.from_manifest(manifest, report)
            report.inputs[manifest.name] = model_card.checksum(manifest)
        finish(report, out, data, seen)


@app.command()
def hands(
    gestures: Annotated[Path, typer.Option(help="our set of gestures: manifest.csv, landmarks.npz and pictures/")],
    people: Annotated[Path, typer.Option(help="our set of whole pictures of people, hands and neither")],
    out: Annotated[Path, typer.Option(help="file to write, about 4 GB")] = DATA / "hands.npz",
) -> None:
    """Squares around hands, and without a hand, for the hand landmark network; no test rows."""
    report = Report("hands")
    with reported(report, out):
        for name, folder in (("gestures", gestures), ("people", people)):
            report.inputs[f"{name}/manifest.csv"] = model_card.checksum(folder / "manifest.csv")
        data = prepare_hands.build(gestures, people)
        report.count(data.split.tolist(), SPLITS)
        for split in SPLITS[:2]:
            report.notes.append(f"{split}: {int((data.hand & (data.split == split)).sum()):,} rows with a hand")
        data.save(out)


@app.command()
def expressions(
    folder: Annotated[Path, typer.Option(help="the given set: faces_*.webp and labels.npz")],
    out: Annotated[Path, typer.Option(help="file to write")] = DATA / "expressions.npz",
) -> None:
    """Faces of other sources than FER2013 with their expression, source and split."""
    report = Report("expressions")
    with reported(report, out):
        data = load_expressions(folder)
        report.inputs["labels.npz"] = model_card.checksum(folder / "labels.npz")
        known = data.subject != ""
        people = np.char.add(np.char.add(data.source, "/"), data.subject)
        shared = splits.straddling(people[known], data.split[known])
        if shared:
            raise DataError(f"{folder}: people in more than one split: {', '.join(shared[:5])}. Restore labels.npz.")
        for source, count in zip(*np.unique(data.source, return_counts=True), strict=True):
            report.notes.append(f"{source}: {count:,} faces")
        finish(report, out, data, seen_in(data.crops))


@app.command()
def custom(
    folder: Annotated[Path, typer.Option(help="your pictures, one folder per emotion, gesture or letter")],
    out: Annotated[Path, typer.Option(help="file to write")] = DATA / "custom.npz",
) -> None:
    """Your own pictures: detects the face or the hand and writes crops or landmarks to add to a training run."""
    from fizzog_core.vision.detector import Detector

    report = Report("custom")
    with reported(report, out):
        if prepare_custom.task_of(list(label_folders(folder))) == "emotion":
            geometry = model_card.load(settings.get().models / "emotion").crop_geometry
            data, seen = prepare_custom.faces(folder, Detector(), geometry, report)
        else:
            data, seen = prepare_custom.hands(folder, Detector(), report)
        finish(report, out, data, seen)


def _expect_one(one: Path | None, other: Path | None, name: str, other_name: str) -> None:
    if (one is None) == (other is None):
        raise DataError(f"Expected either {name} or {other_name}. Give one of them.")

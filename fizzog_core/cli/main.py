"""The command ``fizzog``, also ``python -m fizzog_core``. ``analyze`` is here, each other command in its own module."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import Image
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fizzog_core import runtime, settings
from fizzog_core.cli.batch import batch
from fizzog_core.cli.doctor import doctor
from fizzog_core.cli.exits import exit_on_error
from fizzog_core.cli.folder import analyze_to_table
from fizzog_core.cli.serve import serve
from fizzog_core.cli.video import video
from fizzog_core.drawing import overlay
from fizzog_core.errors import ExportError
from fizzog_core.labels import NOT_SURE
from fizzog_core.media import images
from fizzog_core.networks import loading
from fizzog_core.output import records
from fizzog_core.output.rejects import Reject
from fizzog_core.runtime.atomic_files import guarded, whole
from fizzog_core.runtime.paths import path_text, short_text
from fizzog_core.runtime.stderr import quiet
from fizzog_core.types import Box, Frame, FrameResult, Scores
from fizzog_core.vision.analyzer import Analyzer
from fizzog_core.vision.detector import Detector

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
app.command()(video)
app.command()(serve)
app.command()(batch)
app.command()(doctor)


@app.callback()
def main() -> None:
    """Detect faces with 15 keypoints and an emotion, and hands with an ASL gesture."""
    runtime.configure()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # an ASCII or cp1252 terminal cannot show every file name
            stream.reconfigure(errors="backslashreplace")


@app.command()
def analyze(
    pictures: Annotated[
        list[str],
        typer.Argument(metavar="PICTURE...", help="Picture files. With --out also folders and patterns."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON for each picture.")] = False,
    annotated: Annotated[
        Path | None,
        typer.Option(metavar="OUT.png", help="Write the annotated picture (one picture only)."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT.parquet|.csv|.jsonl",
            help="Write one table for all pictures. Pictures that the table already has are skipped.",
        ),
    ] = None,
    recursive: Annotated[bool, typer.Option("--recursive", help="With --out: include the folders below.")] = False,
) -> None:
    """Analyse pictures. The exit status is 1 if a picture could not be analysed."""
    if out is not None:
        if as_json or annotated:
            raise typer.BadParameter("--out writes a table. Remove --json and --annotated.")
        analyze_to_table(pictures, recursive, out)
    if recursive:
        raise typer.BadParameter("--recursive needs --out: folders are analysed into a table.")
    if annotated is not None and len(pictures) > 1:
        raise typer.BadParameter(f"Expected one picture with --annotated, got {len(pictures)}.")
    # Threads of native libraries write to stderr at any time, so one quiet block covers the whole analysis.
    with quiet() as terminal:
        errors = Console(file=terminal, soft_wrap=True)
        with exit_on_error(errors):
            networks = loading.load_all(settings.get().models)
            with Detector("image") as detector, Analyzer(detector, networks) as analyzer:
                went_well = [_analyze_one(Path(name), analyzer, as_json, annotated, errors) for name in pictures]
    raise typer.Exit(int(not all(went_well)))


def _analyze_one(path: Path, analyzer: Analyzer, as_json: bool, annotated: Path | None, errors: Console) -> bool:
    """Prints the result of one picture; returns whether it could be analysed."""
    source = path_text(path)
    try:
        frame = images.read(path)
        result = analyzer.analyze(frame)
        if annotated is not None:
            _save(overlay.draw(frame, result), annotated)
    except Exception as error:
        reason = Reject.from_error(source, error).reason
        if as_json:
            _print_json(records.to_error_dict(source, reason))
        else:
            errors.print(f"[bold]{escape(source)}[/bold]: {escape(reason)}")
        return False
    if as_json:
        _print_json(records.to_json_dict(source, result))
    else:
        _print_table(source, result)
    return True


def _save(picture: Frame, path: Path) -> None:
    ending = path.suffix.lower()
    format_ = Image.registered_extensions().get(ending)
    if format_ is None or format_ not in Image.SAVE:
        raise ExportError(f"{short_text(path)} cannot be written: unknown ending. Expected a name such as out.png.")
    with whole(path) as partial, guarded(path):
        Image.fromarray(picture).save(partial, format_)


def _print_json(record: dict[str, Any]) -> None:
    print(json.dumps(record), flush=True)


def _print_table(source: str, result: FrameResult) -> None:
    faces, hands = result.faces or (), result.hands or ()
    title = f"[bold]{escape(source)}[/bold]  {result.width} x {result.height}, faces: {len(faces)}, hands: {len(hands)}"
    console = Console(soft_wrap=True)
    console.print(title)
    if faces or hands:
        table = Table("", "label", "second", "left, top", "size", "score")
        for number, face in enumerate(faces, start=1):
            detection = face.detection
            table.add_row(
                f"face {number}", *_top_two(face.emotion), *_geometry(detection.box), f"{detection.score:.0%}"
            )
        for number, hand in enumerate(hands, start=1):
            name = f"{hand.handedness or ''} hand {number}".strip()
            box = hand.detection.box
            table.add_row(name, *_top_two(hand.gesture), *_geometry(box), f"{hand.detection.score:.0%}")
        console.print(table)
    console.print("  ".join(f"{stage} {ms:.0f} ms" for stage, ms in result.stage_ms.items()), style="dim")


def _top_two(scores: Scores | None) -> tuple[str, str]:
    """The two labels with the highest probabilities."""
    if scores is None:
        return "", ""
    best, second = sorted(scores.as_dict().items(), key=lambda item: -item[1])[:2]
    prefix = "" if scores.is_sure else f"{NOT_SURE}: "
    return f"{prefix}{best[0]} {best[1]:.0%}", f"{second[0]} {second[1]:.0%}"


def _geometry(box: Box) -> tuple[str, str]:
    return f"{box.x1:.0f}, {box.y1:.0f}", f"{box.width:.0f} x {box.height:.0f}"

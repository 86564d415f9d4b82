"""The command line: ``python -m fizzog_core analyze PICTURE...`` and ``video IN``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import Image
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fizzog_core import settings
from fizzog_core.cli.batch import batch
from fizzog_core.cli.folder import analyze_to_table
from fizzog_core.cli.serve import serve
from fizzog_core.cli.video import video
from fizzog_core.drawing import overlay
from fizzog_core.errors import ExportError, FizzogError
from fizzog_core.labels import NOT_SURE
from fizzog_core.media import images
from fizzog_core.networks import loading
from fizzog_core.output import records
from fizzog_core.output.rejects import Reject
from fizzog_core.runtime.paths import path_text
from fizzog_core.runtime.stderr import quiet
from fizzog_core.types import Box, Frame, FrameResult, Scores
from fizzog_core.vision.analyzer import Analyzer
from fizzog_core.vision.detector import Detector

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
app.command()(video)
app.command()(serve)
app.command()(batch)


@app.callback()
def main() -> None:
    """Fizzog finds faces with 15 keypoints and an emotion, and hands with a gesture."""


@app.command()
def analyze(
    pictures: Annotated[
        list[str],
        typer.Argument(metavar="PICTURE...", help="Picture files of any usual format; with --out folders too."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line instead of a table.")] = False,
    annotated: Annotated[
        Path | None, typer.Option(metavar="OUT.png", help="Also draw the result into this file (for one picture).")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="OUT.parquet|.csv|.jsonl", help="Write a table; what it has already is left out."),
    ] = None,
    recursive: Annotated[
        bool, typer.Option("--recursive", help="With --out, look into the folders below too.")
    ] = False,
) -> None:
    """Read pictures. Exits with 1 if any of them could not be read."""
    if out is not None:
        if as_json or annotated:
            raise typer.BadParameter("--out writes a table; leave --json and --annotated out.")
        analyze_to_table(pictures, recursive, out)
    if recursive:
        raise typer.BadParameter("--recursive goes with --out: folders are analysed into a table.")
    if annotated is not None and len(pictures) > 1:
        raise typer.BadParameter(f"--annotated draws one picture, {len(pictures)} were given.")
    # MediaPipe's threads write whenever they like, so the whole work is one quiet block.
    with quiet() as terminal:
        errors = Console(file=terminal, soft_wrap=True)
        try:
            with Detector("picture") as detector:
                analyzer = Analyzer(detector, loading.load_all(settings.get().models))
                went_well = [_analyze_one(Path(name), analyzer, as_json, annotated, errors) for name in pictures]
        except FizzogError as error:
            errors.print(escape(str(error)))
            raise typer.Exit(1) from None
    raise typer.Exit(int(not all(went_well)))


def _analyze_one(path: Path, analyzer: Analyzer, as_json: bool, annotated: Path | None, errors: Console) -> bool:
    """Print what is in a picture; whether it could be read."""
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
    try:
        Image.fromarray(picture).save(path)
    except (OSError, ValueError) as error:
        raise ExportError(f"The drawing cannot be written to {path}: {error}. Expected a name like out.png.") from None


def _print_json(record: dict[str, Any]) -> None:
    print(json.dumps(record), flush=True)


def _print_table(source: str, result: FrameResult) -> None:
    faces, hands = result.faces or (), result.hands or ()
    title = f"[bold]{escape(source)}[/bold]  {result.width} x {result.height}, faces: {len(faces)}, hands: {len(hands)}"
    console = Console(soft_wrap=True)
    console.print(title)
    if faces or hands:
        table = Table("", "answer", "next", "left, top", "size", "found")
        for number, face in enumerate(faces, start=1):
            detection = face.detection
            table.add_row(f"face {number}", *_answers(face.emotion), *_place(detection.box), f"{detection.score:.0%}")
        for number, hand in enumerate(hands, start=1):
            name = f"{hand.handedness or ''} hand {number}".strip()
            box = hand.detection.box
            table.add_row(name, *_answers(hand.gesture), *_place(box), f"{hand.detection.score:.0%}")
        console.print(table)
    console.print("  ".join(f"{stage} {ms:.0f} ms" for stage, ms in result.stage_ms.items()), style="dim")


def _answers(scores: Scores | None) -> tuple[str, str]:
    """The best answer and the one after it."""
    if scores is None:
        return "", ""
    best, second = sorted(scores.as_dict().items(), key=lambda item: -item[1])[:2]
    doubt = "" if scores.is_sure else f"{NOT_SURE}: "
    return f"{doubt}{best[0]} {best[1]:.0%}", f"{second[0]} {second[1]:.0%}"


def _place(box: Box) -> tuple[str, str]:
    return f"{box.x1:.0f}, {box.y1:.0f}", f"{box.width:.0f} x {box.height:.0f}"

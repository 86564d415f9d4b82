"""The command line: ``python -m fizzog_core analyze PICTURE...``."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fizzog_core import export, images, models, overlay, settings
from fizzog_core.analyzer import Analyzer
from fizzog_core.detectors import Detector
from fizzog_core.errors import ExportError, FizzogError
from fizzog_core.types import Box, Frame, FrameResult, Scores

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def main() -> None:
    """Fizzog finds faces with 15 keypoints and an emotion, and hands with a gesture."""


@app.command()
def analyze(
    pictures: Annotated[list[Path], typer.Argument(metavar="PICTURE...", help="Picture files of any usual format.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line instead of a table.")] = False,
    annotated: Annotated[
        Path | None, typer.Option(metavar="OUT.png", help="Also draw the result into this file (for one picture).")
    ] = None,
) -> None:
    """Read pictures. Exits with 1 if any of them could not be read."""
    if annotated is not None and len(pictures) > 1:
        raise typer.BadParameter(f"--annotated draws one picture, {len(pictures)} were given.")
    show, complain = (_print_json, _print_json_error) if as_json else (_print_table, _print_error)
    try:
        with _quiet():
            analyzer = Analyzer(Detector("picture"), models.load_all(settings.get().models))
    except FizzogError as error:
        Console(stderr=True).print(escape(str(error)))
        raise typer.Exit(1) from None
    failed = False
    for path in pictures:
        source = os.fsencode(path).decode(errors="replace")
        try:
            frame = images.read(path)
            with _quiet():
                result = analyzer.analyze(frame)
            if annotated is not None:
                _save(overlay.draw(frame, result), annotated)
            show(source, result)
        except FizzogError as error:
            failed = True
            complain(source, str(error))
    raise typer.Exit(int(failed))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what TensorFlow and MediaPipe write to the standard error from C++, past every Python setting, off it."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _save(picture: Frame, path: Path) -> None:
    try:
        Image.fromarray(picture).save(path)
    except (OSError, ValueError) as error:
        raise ExportError(f"The drawing cannot be written to {path}: {error}. Expected a name like out.png.") from None


def _print_json(source: str, result: FrameResult) -> None:
    print(json.dumps(export.to_json_dict(source, result)), flush=True)


def _print_json_error(source: str, message: str) -> None:
    print(json.dumps(export.to_error_dict(source, message)), flush=True)


def _print_error(source: str, message: str) -> None:
    Console(stderr=True, soft_wrap=True).print(f"[bold]{escape(source)}[/bold]: {escape(message)}")


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
    doubt = "" if scores.is_sure else "not sure: "
    return f"{doubt}{best[0]} {best[1]:.0%}", f"{second[0]} {second[1]:.0%}"


def _place(box: Box) -> tuple[str, str]:
    return f"{box.x1:.0f}, {box.y1:.0f}", f"{box.width:.0f} x {box.height:.0f}"

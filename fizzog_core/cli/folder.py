"""``fizzog analyze PATH... --out TABLE``: folders of pictures to one table."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from fizzog_core import settings
from fizzog_core.cli.exits import exit_on_error
from fizzog_core.jobs import folder
from fizzog_core.jobs.picture_files import find_pictures
from fizzog_core.networks import loading
from fizzog_core.output import tables
from fizzog_core.runtime.cpu import available_cores
from fizzog_core.runtime.paths import path_text
from fizzog_core.runtime.stderr import quiet


def analyze_to_table(paths: list[str], recursive: bool, out: Path) -> None:
    """Analyse all pictures that ``paths`` name into ``out``. Exits with 1 if one was rejected or the job failed."""
    errors = Console(stderr=True, soft_wrap=True)
    with exit_on_error(errors, "Stopped. Finished pictures are kept: repeat the command to continue."):
        result, notes = _run(paths, recursive, out)
    counts = f"{result.analysed} analysed, {result.kept} skipped (already in the table), {len(result.rejects)} rejected"
    print(f"{path_text(out)}: {counts}, {result.analysed / result.took_s:.1f} pictures/s.")
    for note in notes:
        errors.print(escape(note))
    if result.rejects:
        errors.print(f"Reasons: {escape(path_text(result.rejects_path))}")
    raise typer.Exit(int(bool(result.rejects)))


def _run(paths: list[str], recursive: bool, out: Path) -> tuple[folder.FolderResult, list[str]]:
    tables.check_format(out)
    found = find_pictures(paths, recursive)
    with quiet() as terminal:
        networks = loading.load_all(settings.get().models)
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        with Progress(*columns, console=Console(file=terminal)) as bar:
            task = bar.add_task("pictures", total=len(found.pictures))
            result = folder.analyze_pictures(
                found.pictures, networks, out, workers=available_cores(), on_batch=lambda n: bar.advance(task, n)
            )
    return result, found.notes

"""``python -m fizzog_core analyze PATH... --out TABLE``: folders of pictures to one table."""

from __future__ import annotations

import os
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from fizzog_core import settings
from fizzog_core.errors import FizzogError
from fizzog_core.jobs import folder
from fizzog_core.networks import loading
from fizzog_core.output import tables
from fizzog_core.runtime.stderr import quiet


def analyze_to_table(paths: list[str], recursive: bool, out: Path) -> None:
    """Analyse all pictures that ``paths`` name into ``out``. Exits with 1 if one was refused or nothing can be done."""
    errors = Console(stderr=True, soft_wrap=True)
    try:
        result = _run(paths, recursive, out)
    except FizzogError as error:
        errors.print(escape(str(error)))
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        errors.print("Stopped. What is done is kept: the same command goes on from here.")
        raise typer.Exit(130) from None
    counts = f"{result.analysed} analysed, {result.kept} there already, {len(result.rejects)} refused"
    print(f"{out}: {counts}, {result.analysed / result.took_s:.1f} pictures/s.")
    if result.rejects:
        errors.print(f"Why they were refused: {escape(str(result.rejects_path))}")
    raise typer.Exit(int(bool(result.rejects)))


def _run(paths: list[str], recursive: bool, out: Path) -> folder.FolderResult:
    tables.check_form(out)
    pictures = folder.find_pictures(paths, recursive)
    with quiet() as terminal:
        networks = loading.load_all(settings.get().models)
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        with Progress(*columns, console=Console(file=terminal)) as bar:
            task = bar.add_task("pictures", total=len(pictures))
            return folder.analyze_pictures(
                pictures, networks, out, workers=_cores(), on_batch=lambda n: bar.advance(task, n)
            )


def _cores() -> int:
    """Cores that this process may use; ``taskset`` can leave it fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

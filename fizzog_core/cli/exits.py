"""How a command ends when it fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from fizzog_core.errors import FizzogError


@contextmanager
def exit_on_error(errors: Console, stopped: str | None = None) -> Iterator[None]:
    """Prints a FizzogError to ``errors`` and exits with 1. With ``stopped``, Ctrl+C prints that sentence and exits with
    130."""
    try:
        yield
    except FizzogError as error:
        errors.print(str(error), markup=False, highlight=False)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        if stopped is None:
            raise
        errors.print(stopped)
        raise typer.Exit(130) from None

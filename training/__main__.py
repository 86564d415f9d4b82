"""``python -m training``: every training command.

The modules import Keras, so a command imports only its own module.
"""

from __future__ import annotations

import sys
from importlib import import_module

import typer

from fizzog_core.errors import FizzogError

COMMANDS = {
    "prepare": "training.data.prepare",
    "redetect-hands": "training.data.redetected_hands",
    "summarise": "training.data.summarise",
    "train": "training.fit.train",
    "train-two-heads": "training.fit.train_two_heads",
    "evaluate": "training.evaluation.evaluate",
    "leave-one-source-out": "training.evaluation.leave_one_source_out",
    "average": "training.release.weight_average",
    "publish-two-heads": "training.release.publish_two_heads",
    "profile": "training.release.profile",
    "embedding": "training.release.embedding",
    "export": "training.release.export",
    "convert": "training.release.served",
}
"""Each command and the module that holds it."""


def build(names: list[str]) -> typer.Typer:
    """A Typer app with the commands ``names``; imports their modules only."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    app.callback(help="Prepares data sets, trains networks, measures and publishes them.")(lambda: None)
    for name in names:
        module = import_module(COMMANDS[name])
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name)
        else:
            app.command(name, help=module.__doc__)(module.main)
    return app


def main() -> None:
    """The command line; an error that the user can mend is one sentence and exit code 1."""
    first = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        build([first] if first in COMMANDS else list(COMMANDS))(prog_name="python -m training")
    except FizzogError as error:
        sys.exit(f"Cannot {first}: {error}")


if __name__ == "__main__":
    main()

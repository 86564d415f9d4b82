"""``python -m training``: every training command.

A command imports only its own module, because most of them import Keras.
"""

from __future__ import annotations

import sys
from importlib import import_module

import typer

from fizzog_core.errors import FizzogError

COMMANDS = {
    "prepare": ("training.data.prepare", "app"),
    "redetect-hands": ("training.data.redetected_hands", "main"),
    "summarise": ("training.data.summarise", "main"),
    "train": ("training.commands", "train"),
    "train-two-heads": ("training.fit.train_two_heads", "main"),
    "evaluate": ("training.commands", "evaluate"),
    "leave-one-source-out": ("training.release.leave_one_source_out", "main"),
    "leave-one-group-out": ("training.release.leave_one_group_out", "main"),
    "average": ("training.release.weight_average", "main"),
    "publish": ("training.commands", "publish"),
    "keep": ("training.commands", "keep"),
    "join-trunks": ("training.release.join_trunks", "main"),
    "publish-hand-landmarks": ("training.release.publish_hand_landmarks", "main"),
    "publish-two-heads": ("training.release.publish_two_heads", "main"),
    "profile": ("training.release.profile", "main"),
    "embedding": ("training.release.embedding", "main"),
    "export": ("training.release.export", "main"),
    "convert": ("training.release.served", "main"),
}
"""Each command, its module and its function, or its Typer app with subcommands."""


def build(names: list[str]) -> typer.Typer:
    """A Typer app with the commands ``names``; imports their modules only."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    app.callback(help="Prepares data sets, trains networks, measures and publishes them.")(lambda: None)
    for name in names:
        module, attribute = COMMANDS[name]
        command = getattr(import_module(module), attribute)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name, help=(command.__doc__ or "").partition("\n")[0])(command)
    return app


def main() -> None:
    """The command line: an error that the user can mend is one sentence on stderr and exit code 1."""
    first = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        build([first] if first in COMMANDS else list(COMMANDS))(prog_name="python -m training")
    except FizzogError as error:
        sys.exit(f"Cannot {first}: {error}")
    except OSError as error:
        if error.filename is None or error.strerror is None:
            raise
        sys.exit(f"Cannot {first}: {error.filename}: {error.strerror}. Check the path, its permissions and the disk.")


if __name__ == "__main__":
    main()

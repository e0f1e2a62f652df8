"""The command line: ``python -m rrm_ui judge | rank | evaluate | report | calibrate | models | train``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from rrm_ui import __version__
from rrm_ui.cli.exit_codes import EXIT_BAD_INPUT, EXIT_CODES, EXIT_FAILURE
from rrm_ui.errors import BadInput, UserError
from rrm_ui.logs import TERMINAL_FORMAT, configure_logging
from rrm_ui.settings import get_settings

COMMANDS = ("judge", "rank", "evaluate", "report", "calibrate", "models", "train")
"""Each is a module here with ``add_parser``."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Results go to standard output, everything else to standard error.

    An error that is meant for a person is one sentence there: exit code 2 for bad input, 1 for any other.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(
        prog="python -m rrm_ui", description="Judge with reward reasoning models.", epilog=EXIT_CODES
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    # A command that is named is imported alone: the others' libraries take seconds.
    for name in COMMANDS if not {*arguments[:1]} & {*COMMANDS} else arguments[:1]:
        import_module(f"rrm_ui.cli.{name}").add_parser(commands)
    args = parser.parse_args(arguments)
    try:
        configure_logging(get_settings(), TERMINAL_FORMAT)
        code: int = args.run(args)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read has enough; what is still held back is not to be written at the end either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILURE
    except UserError as error:
        print(f"error: {error.message}", file=sys.stderr)
        return EXIT_BAD_INPUT if isinstance(error, BadInput) else EXIT_FAILURE
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return EXIT_FAILURE
    return code

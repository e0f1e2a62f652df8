"""The command line: ``python -m rrm_ui judge | models``."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence

from rrm_ui import __version__
from rrm_ui.cli import judge, models
from rrm_ui.settings import get_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Results go to standard output, everything else to standard error."""
    parser = argparse.ArgumentParser(prog="python -m rrm_ui", description="Judge with reward reasoning models.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    judge.add_parser(commands)
    models.add_parser(commands)
    args = parser.parse_args(arguments)
    logging.basicConfig(level=get_settings().log_level, format="%(levelname)s %(name)s: %(message)s")
    code: int = args.run(args)
    return code

"""``python -m rrm_ui models``: what there is to judge with, and making one of them ready."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from rrm_ui.cli.exit_codes import EXIT_DONE
from rrm_ui.engines.models.catalogue import CATALOGUE, find_entry
from rrm_ui.errors import BadInput
from rrm_ui.progress import Progress, Stage
from rrm_ui.settings import Settings, get_settings

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

REDRAW_SECONDS = 0.1


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add the ``models`` command; ``run`` answers it."""
    parser = subparsers.add_parser("models", help="list the models, or make one ready")
    parser.add_argument("--json", action="store_true", help="list as one JSON array")
    parser.set_defaults(run=run)
    commands = parser.add_subparsers(dest="models_command", metavar="fetch")
    fetch = commands.add_parser("fetch", help="make a model ready and print its folder")
    fetch.add_argument("name", help="a name from the list, a Hub id, or a local folder")
    return parser


def run(args: argparse.Namespace) -> int:
    """List the catalogue or fetch a model."""
    settings = get_settings()
    if args.models_command == "fetch":
        return _fetch(args.name, settings)
    _list(settings, as_json=args.json)
    return EXIT_DONE


def _list(settings: Settings, as_json: bool) -> None:
    from rrm_ui.engines.models.listing import list_models, this_machine

    machine = this_machine()
    rows = [listed.to_dict() for listed in list_models(settings, machine)]
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    print(f"{'name':<41} {'params':>6} {'context':>7}  {'GB: NF4':>7} {'int8':>5} {'bf16':>5}  {'vote':>7}  family")
    for row in rows:
        weights = row["weights_bytes"]
        print(
            f"{row['name']:<41} {row['parameters'] / 1e9:>5.1f}B {row['context_tokens']:>7,}  "
            f"{_gb(weights['nf4']):>7} {_gb(weights['int8']):>5} {_gb(weights['none']):>5}  "
            f"{row['vote_bytes'] / 1e6:>4.0f} MB  {row['prompt_family']:<14}  {_state(row)}"
        )
    print(f"\nFree: {_gb(machine.free_bytes)} GB of {machine.place}. A vote is counted with a prompt of 1,024 tokens")
    print("and its family's whole budget. Embeddings, head and norms stay in 16 bits.")


def _gb(count: int) -> str:
    return f"{count / 1e9:.1f}"


def _state(row: dict[str, Any]) -> str:
    """Return what a person wants to know last: does it fit, is it here, is it only a demonstration."""
    fit = "fits" if row["fit"] == "fits" else "too large"
    parts = [fit, "fetched" if row["fetched"] else "not fetched", "demonstration" if row["demonstration"] else ""]
    return ", ".join(part for part in parts if part)


def _fetch(name: str, settings: Settings) -> int:
    if find_entry(name) is None and "/" not in name and not Path(name).expanduser().is_dir():
        known = ", ".join(entry.name for entry in CATALOGUE)
        raise BadInput(f"There is no model {name}; give {known}, a Hub id (owner/name), or a local folder.")
    from rrm_ui.engines.models.fetch import fetch_model

    line = ProgressLine(sys.stderr)
    try:
        folder = fetch_model(name, settings, line)
    finally:
        line.close()
    print(folder.resolve())
    return EXIT_DONE


@dataclass
class ProgressLine:
    """Shows progress: one line redrawn in place on a terminal; in a log a line per stage and tenth of it."""

    stream: TextIO
    _shown: tuple[Stage, int] | None = None
    _drawn_at: float = field(default=0.0)
    _width: int = 0

    def __call__(self, progress: Progress) -> None:
        """Show ``progress`` if it is news."""
        if self.stream.isatty():
            self._redraw(progress)
        else:
            self._log(progress)

    def close(self) -> None:
        """Leave the cursor on a fresh line."""
        if self._width:
            print(file=self.stream, flush=True)
            self._width = 0

    def _redraw(self, progress: Progress) -> None:
        new_stage = self._shown is None or self._shown[0] != progress.stage
        now = time.monotonic()
        if not new_stage and now - self._drawn_at < REDRAW_SECONDS and progress.share != 1.0:
            return
        text = progress.describe()
        print("\r" + text.ljust(self._width), end="", file=self.stream, flush=True)
        self._shown, self._drawn_at, self._width = (progress.stage, 0), now, len(text)

    def _log(self, progress: Progress) -> None:
        step = (progress.stage, int(10 * (progress.share or 0.0)))
        if step != self._shown:
            self._shown = step
            print(progress.describe(), file=self.stream, flush=True)

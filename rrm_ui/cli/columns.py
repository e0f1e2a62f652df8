"""``--column`` and ``--label-value``: how a file of somebody's own is read."""

from __future__ import annotations

import argparse

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.items import Label


def add_column_options(parser: argparse.ArgumentParser) -> None:
    """Add both options."""
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="FIELD=NAME",
        help="which column is what, e.g. query=question; may be given again",
    )
    parser.add_argument(
        "--label-value",
        action="append",
        default=[],
        metavar="VALUE=LABEL",
        help="what a label means, e.g. 0=A (a number below 0 as --label-value=-1=A); may be given again",
    )


def columns_of(args: argparse.Namespace) -> dict[str, str] | None:
    """Return which column was named for which field; None if none was.

    Raises:
        BadInput: an option is no pair.
    """
    return _pairs(args.column, "--column") or None


def label_values_of(args: argparse.Namespace) -> dict[str, Label] | None:
    """Return what the labels were said to mean; None if nothing was.

    Raises:
        BadInput: an option is no pair, or names no label.
    """
    labels: dict[str, Label] = {}
    for value, label in _pairs(args.label_value, "--label-value").items():
        if label not in ("A", "B", "tie"):
            raise BadInput(f"--label-value {value}={label}: the label must be A, B or tie.")
        labels[value] = label  # type: ignore[assignment]
    return labels or None


def _pairs(options: list[str], name: str) -> dict[str, str]:
    pairs = {}
    for option in options:
        key, found, value = option.partition("=")
        if not (key and found and value):
            raise BadInput(f"{name} is {option!r}; write it as KEY=VALUE.")
        pairs[key] = value
    return pairs

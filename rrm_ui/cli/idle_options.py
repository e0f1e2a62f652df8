"""Options that were given where they cannot act: refused, so that nobody believes that they did."""

from __future__ import annotations

import argparse

from rrm_ui.errors import BadInput


def refuse_idle(args: argparse.Namespace, *names: str, needed: str) -> None:
    """Refuse the options ``names``, which act with ``needed`` only; one that was not given is None.

    Raises:
        BadInput: one was given.
    """
    for name in names:
        if getattr(args, name) is not None:
            option = f"--{name.replace('_', '-')}"
            raise BadInput(f"{option} does nothing without {needed}; give that as well, or leave {option} out.")

"""Filling texts with values, where no script does it."""

from __future__ import annotations

import re
from collections.abc import Mapping

NUMBERED = re.compile(r"\{(\w+)\?([^:}]*):([^}]*)\}")


def fill(text: str, values: Mapping[str, object]) -> str:
    """Return ``text`` with ``{name}`` filled and ``{name?one:many}`` chosen by the number, as ``locale.js`` does."""
    chosen = NUMBERED.sub(lambda found: found[2] if str(values[found[1]]) == "1" else found[3], text)
    return chosen.format(**values)

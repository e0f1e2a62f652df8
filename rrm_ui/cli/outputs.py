"""What a command writes is nothing that it reads."""

from __future__ import annotations

from pathlib import Path

from rrm_ui.errors import BadInput


def refuse_replacing(kept: dict[Path, str], *written: Path) -> None:
    """Refuse to write where something of ``kept`` lies; its values say what that is.

    Raises:
        BadInput: one of ``written`` is one of ``kept``, by whatever name.
    """
    for place in written:
        for path, what in kept.items():
            if place.resolve() == path.resolve() or (place.exists() and path.exists() and place.samefile(path)):
                raise BadInput(f"{place} is {what}, which would be lost; write to another file.")

"""What an endpoint of the API takes, as Gradio reads it off its function, and what is wrong with what it was given."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

Parameters = list[dict[str, Any]]
"""``parameters`` of an endpoint in ``gr.Blocks.get_api_info()``."""

SHOWN_CHARACTERS = 40


def names_of(parameters: Parameters) -> str:
    """Return the names, as a sentence lists them."""
    return ", ".join(parameter["parameter_name"] for parameter in parameters)


def problem_with_names(given: Collection[str], parameters: Parameters) -> str | None:
    """Return what keeps ``given`` from being the names of a call's arguments, or None."""
    known = {parameter["parameter_name"] for parameter in parameters}
    # First, because a name that was mistyped is missing too.
    for name in given:
        if name not in known:
            return f"There is no parameter {shown(name)}; the parameters are {names_of(parameters)}."
    missing = [
        parameter
        for parameter in parameters
        if not parameter["parameter_has_default"] and parameter["parameter_name"] not in given
    ]
    return f"{names_of(missing)} {'is' if len(missing) == 1 else 'are'} missing." if missing else None


def shown(name: str) -> str:
    """Return a name that somebody sent, as a sentence repeats it: not at any length, nor halves of characters."""
    return name[:SHOWN_CHARACTERS].encode(errors="replace").decode()

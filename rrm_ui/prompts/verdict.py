"""Reading a verdict from text: only what follows the last ``</think>``, and there the last boxed one."""

from __future__ import annotations

import re
from typing import Literal

CLOSE = "</think>"
STEM = "\\boxed{Assistant "
"""What stands before the deciding digit."""

_BOXED = re.compile(r"\\boxed\{\s*Assistant\s*([12])\s*\}")


def after_thinking(text: str) -> str:
    """Return what follows the last ``</think>``; all of it if there is none."""
    return text.rpartition(CLOSE)[2]


def read_verdict(answer: str) -> Literal["first", "second"] | None:
    """Return the position that the last boxed verdict in ``answer`` names, or None.

    ``answer`` is what stands after the thinking. A verdict quoted in the thinking, or in a response that
    the thinking quotes, is not part of it and never counts.
    """
    found = _BOXED.findall(after_thinking(answer))
    return None if not found else ("first" if found[-1] == "1" else "second")


def awaits_digit(answer: str) -> bool:
    """Return whether the next character of ``answer`` decides the verdict."""
    return after_thinking(answer).endswith(STEM)


def is_settled(answer: str) -> bool:
    """Return whether ``answer`` holds a verdict on a line that has ended.

    The rest of the verdict's line is awaited because the last box on it counts, not the first.
    """
    tail = after_thinking(answer)
    ends = [found.end() for found in _BOXED.finditer(tail)]
    return bool(ends) and "\n" in tail[ends[-1] :]

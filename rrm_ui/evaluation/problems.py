"""What may be wrong with a file of comparisons or with a row of it, in the words of every language.

The English words are what the terminal says. A page and a report say the same in their reader's language, by the code
and the values that go with them.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files

from rrm_ui.errors import BadInput, Failure
from rrm_ui.languages import LANGUAGES


@lru_cache(maxsize=1)
def load_problems() -> dict[str, dict[str, str]]:
    """Return the words of every problem by language and key: ``error_`` and its code."""
    folder = files("rrm_ui.evaluation").joinpath("texts")
    return {name: json.loads(folder.joinpath(f"{name}.json").read_text(encoding="utf-8")) for name in LANGUAGES}


def problem(code: str, **values: int | float | str) -> Failure:
    """Return the problem ``code``; what is wrong with a row is a clause without a full stop."""
    written = {name: f"{value:,}" if isinstance(value, int) else value for name, value in values.items()}
    return Failure(load_problems()["en"][f"error_{code}"].format(**written), code, dict(values))


def unusable(code: str, **values: int | float | str) -> BadInput:
    """Return the error that a file cannot be used because of ``code``."""
    return BadInput(problem(code, **values).message, code=code, **values)

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

PARSERS_WORDS = {
    "Expecting value": "json_value",
    "Expecting property name": "json_name",
    "Expecting ':' delimiter": "json_colon",
    "Expecting ',' delimiter": "json_comma",
    "Illegal trailing comma": "json_last_comma",
    "Unterminated string": "json_string",
    "Invalid control character": "json_control",
    "Invalid \\escape": "json_escape",
    "Invalid \\uXXXX escape": "json_unicode",
    "Extra data": "json_extra",
    "unexpected end of data": "csv_end",
    "new-line character seen in unquoted field": "csv_line_end",
    "field larger than field limit": "csv_cell",
}
"""How the standard library's messages about JSON and CSV begin, and the codes of their words."""


def parsers_words(message: str) -> dict[str, str]:
    """Return the values that tell what a parser of the standard library said, in any language where it is known."""
    code = next((code for start, code in PARSERS_WORDS.items() if message.startswith(start)), None)
    if "expected after" in message:  # between the two signs that the file has
        code = "csv_quote"
    return {"problem": load_problems()["en"][f"problem_{code}"], "problem_code": code} if code else {"problem": message}


@lru_cache(maxsize=1)
def load_problems() -> dict[str, dict[str, str]]:
    """Return the words of every problem by language and key: ``error_`` and its code.

    Those of a parser (``problem_`` and its code) are what others give as their ``problem``.
    """
    folder = files("rrm_ui.evaluation").joinpath("texts")
    return {name: json.loads(folder.joinpath(f"{name}.json").read_text(encoding="utf-8")) for name in LANGUAGES}


def problem(code: str, **values: int | float | str) -> Failure:
    """Return the problem ``code``; what is wrong with a row is a clause without a full stop."""
    written = {name: f"{value:,}" if isinstance(value, int) else value for name, value in values.items()}
    return Failure(load_problems()["en"][f"error_{code}"].format(**written), code, dict(values))


def unusable(code: str, **values: int | float | str) -> BadInput:
    """Return the error that a file cannot be used because of ``code``."""
    return BadInput(problem(code, **values).message, code=code, **values)

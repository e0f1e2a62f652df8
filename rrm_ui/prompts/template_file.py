"""A family's words replaced by those of a file (``RRM_PROMPT_FILE``): a model judges best with what it was trained on.

The file is TOML. ``user`` is the user turn with the places of the three texts in it, ``system`` the system turn,
``opening`` what opens the thinking, ``family`` whose form of the verdict it asks for.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from rrm_ui.errors import BadInput
from rrm_ui.prompts.families import FAMILIES, PromptFamily

PLACES = ("{query}", "{response_1}", "{response_2}")
"""Stand for the three texts, each once and in this order: prompts that share a query share the work of reading it."""
KEYS = ("family", "system", "user", "opening")


@dataclass(frozen=True)
class PromptTemplate:
    """The words of a file. None leaves the family's own."""

    user: tuple[str, str, str, str]
    """The user turn: before the query, before the first response, before the second one, after it."""
    system: str | None = None
    opening: str | None = None
    family: PromptFamily | None = None
    """Whose form of the verdict the words ask for; None: that of the model's family."""

    def apply(self, family: PromptFamily) -> PromptFamily:
        """Return ``family`` with these words in place of its own."""
        before_query, before_first, before_second, after_responses = self.user
        return replace(
            family,
            system=family.system if self.system is None else self.system,
            before_query=before_query,
            before_first=before_first,
            before_second=before_second,
            after_responses=after_responses,
            opening=family.opening if self.opening is None else self.opening,
        )


def read_template(path: Path) -> PromptTemplate:
    """Read a template file.

    Raises:
        BadInput: it cannot be read, or does not say what it must; the message names the file and what to change.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))  # some editors begin with a byte order mark
    except OSError as error:
        raise _bad(path, f"it cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _bad(path, f"it is not TOML ({error})") from error
    unknown = sorted(set(content) - set(KEYS))
    if unknown:
        raise _bad(path, f"it sets {', '.join(unknown)}, and may set {', '.join(KEYS)}")
    texts: dict[str, str | None] = dict.fromkeys(KEYS)
    for key, value in content.items():
        if not isinstance(value, str):
            raise _bad(path, f"{key} is not text; write it between ''' marks")
        texts[key] = value.strip("\n") if key != "opening" else value
    if not texts["user"]:
        raise _bad(path, f"it lacks user, the user turn with {', '.join(PLACES)} in it")
    return PromptTemplate(
        user=_parts(path, texts["user"]),
        system=texts["system"],
        opening=texts["opening"],
        family=_family(path, texts["family"]),
    )


def _parts(path: Path, user: str) -> tuple[str, str, str, str]:
    for place in PLACES:
        if user.count(place) != 1:
            raise _bad(path, f"user holds {place} {user.count(place)} times, and must hold it once")
    before_query, _, rest = user.partition(PLACES[0])
    before_first, _, rest_first = rest.partition(PLACES[1])
    before_second, _, after = rest_first.partition(PLACES[2])
    if any(place in part for place in PLACES for part in (before_query, before_first, before_second)):
        raise _bad(path, f"the places in user must stand in the order {', '.join(PLACES)}")
    return before_query, before_first, before_second, after


def _family(path: Path, name: str | None) -> PromptFamily | None:
    if name is not None and name not in FAMILIES:
        raise _bad(path, f"its family is {name!r}, and must be one of {', '.join(FAMILIES)}")
    return FAMILIES[name] if name is not None else None


def _bad(path: Path, problem: str) -> BadInput:
    return BadInput(f"The prompt file {path} cannot be used: {problem}. Mend it, or unset RRM_PROMPT_FILE.")

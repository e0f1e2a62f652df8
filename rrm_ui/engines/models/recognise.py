"""Which family a model belongs to: by the settings, the catalogue, its name, or its chat template."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rrm_ui.engines.models.catalogue import CatalogueEntry
from rrm_ui.errors import BadInput
from rrm_ui.prompts.families import CHAT, FAMILIES, RM_R1, RM_R1_INSTRUCT, RRM, PromptFamily
from rrm_ui.prompts.template_file import PromptTemplate, read_template
from rrm_ui.settings import Settings

NAMED: tuple[tuple[str, PromptFamily], ...] = (
    (r"(^|[^a-z])rm-r1\b.*instruct", RM_R1_INSTRUCT),
    (r"(^|[^a-z])rm-r1\b", RM_R1),
    (r"(^|[^a-z])rrm([^a-z]|$)", RRM),
    (r"qwen3|qwq|r1-distill", CHAT),
)
"""What a name tells, the first match counts."""


@dataclass(frozen=True)
class Wording:
    """What the settings say about the words, read before anything is fetched."""

    family: PromptFamily | None = None
    """The family that was named."""
    template: PromptTemplate | None = None


@dataclass(frozen=True)
class Recognised:
    """The words a model will be asked with, and whether its family was guessed."""

    family: PromptFamily
    guessed: bool = False


def read_wording(settings: Settings) -> Wording:
    """Read what ``settings`` say about the words.

    Raises:
        BadInput: they name a family that does not exist, or a template file that cannot be used.
    """
    name = settings.prompt_family
    if name != "auto" and name not in FAMILIES:
        raise BadInput(f"RRM_PROMPT_FAMILY is {name!r}; it must be auto, {', '.join(FAMILIES)}.")
    template = read_template(settings.prompt_file.expanduser()) if settings.prompt_file else None
    return Wording(FAMILIES.get(name) or (template.family if template else None), template)


def recognise(entry: CatalogueEntry | None, names: Iterable[str], chat_template: str, wording: Wording) -> Recognised:
    """Return the words for a model.

    ``names`` are what it is called: its name, and where it says that it came from. What neither ``wording``, the
    catalogue nor a name tells is a guess: a chat model that was never trained to judge.
    """
    found = wording.family or (entry.family if entry else None) or _by_name(names, chat_template)
    family = found or CHAT
    return Recognised(wording.template.apply(family) if wording.template else family, guessed=found is None)


def _by_name(names: Iterable[str], chat_template: str) -> PromptFamily | None:
    for name in names:
        for pattern, family in NAMED:
            if re.search(pattern, name.lower()):
                # An RM-R1 under a name of its own: only the distilled ones have a template that knows of thinking.
                plain = family is RM_R1 and "distill" not in name.lower() and "</think>" not in chat_template
                return RM_R1_INSTRUCT if plain else family
    return None

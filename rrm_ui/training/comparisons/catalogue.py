"""Every family, and which of them are trained on."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from rrm_ui.errors import BadInput
from rrm_ui.training.comparisons import families
from rrm_ui.training.comparisons.draft import Family

FAMILIES: tuple[Family, ...] = tuple(
    sorted(
        (import_module(f"{families.__name__}.{module.name}").FAMILY for module in iter_modules(families.__path__)
         if not module.name.startswith("_")),
        key=lambda family: family.name,
    )
)  # fmt: skip

COLD_START: tuple[Family, ...] = tuple(family for family in FAMILIES if family.taught == "thoughts")
REINFORCED: tuple[Family, ...] = tuple(family for family in FAMILIES if family.taught == "reward")
HELD_OUT: tuple[Family, ...] = tuple(family for family in FAMILIES if family.taught == "never")
TRAINED: tuple[Family, ...] = tuple(family for family in FAMILIES if family.taught != "never")

GROUPS: dict[str, tuple[Family, ...]] = {
    "cold-start": COLD_START,
    "reinforced": REINFORCED,
    "trained": TRAINED,
    "held-out": HELD_OUT,
    "all": FAMILIES,
}


def families_named(text: str) -> tuple[Family, ...]:
    """Return the families of a group (see ``GROUPS``), or those whose names ``text`` lists.

    Raises:
        BadInput: there is no such family; the message lists them.
    """
    if text in GROUPS:
        return GROUPS[text]
    by_name = {family.name: family for family in FAMILIES}
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in by_name]
    if unknown or not names:
        raise BadInput(
            f"No family of comparisons is called {', '.join(unknown) or repr(text)}. There are: {', '.join(by_name)}."
        )
    return tuple(by_name[name] for name in dict.fromkeys(names))

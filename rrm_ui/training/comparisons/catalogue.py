"""Every family, and which of them are trained on."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from rrm_ui.training.comparisons import families
from rrm_ui.training.comparisons.draft import Family

FAMILIES: tuple[Family, ...] = tuple(
    sorted(
        (import_module(f"{families.__name__}.{module.name}").FAMILY for module in iter_modules(families.__path__)
         if not module.name.startswith("_")),
        key=lambda family: family.name,
    )
)  # fmt: skip

TRAINED: tuple[Family, ...] = tuple(family for family in FAMILIES if not family.held_out)
HELD_OUT: tuple[Family, ...] = tuple(family for family in FAMILIES if family.held_out)

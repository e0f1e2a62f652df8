"""The versions of what computes: with another one the same question may get other votes."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from rrm_ui import __version__

COMPUTING_PACKAGES = ("torch", "transformers", "bitsandbytes")


def computing_versions(quantization: str) -> dict[str, str]:
    """Return the versions of what computes a model in ``quantization``: another one may round otherwise."""
    versions = {"rrm-ui": __version__, "python": platform.python_version()}
    in_four_bits = ("onnxruntime",) if quantization.startswith("int4") else ()
    for package in (*COMPUTING_PACKAGES, *in_four_bits):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions


Change = tuple[str, str, str]
"""What differs, how it was, and how it is now."""


def other_versions(before: Mapping[str, str], now: Mapping[str, str]) -> list[Change]:
    """Return each version that is another now; Python's computes nothing."""
    names = sorted(name for name in {*before, *now} - {"python"} if before.get(name) != now.get(name))
    return [(f"version of {name}", str(before.get(name)), str(now.get(name))) for name in names]


def told_change(change: Change) -> str:
    """Return a change in words."""
    name, was, is_now = change
    return f"{name} was {was}, is {is_now}"

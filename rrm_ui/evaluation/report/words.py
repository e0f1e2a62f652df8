"""The words and numbers of a report in one language."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache, reduce
from importlib.resources import files

from rrm_ui.errors import Failure
from rrm_ui.evaluation.findings import Estimate
from rrm_ui.evaluation.problems import load_problems
from rrm_ui.languages import LANGUAGES
from rrm_ui.wording import fill


@lru_cache(maxsize=1)
def load_words() -> dict[str, dict[str, str]]:
    """Return every text by language and key."""
    folder = files("rrm_ui.evaluation.report").joinpath("texts")
    return {name: json.loads(folder.joinpath(f"{name}.json").read_text(encoding="utf-8")) for name in LANGUAGES}


class Words:
    """Texts by key, and numbers, as one language writes them; an unknown language reads English."""

    def __init__(self, language: str = "en") -> None:
        self.language = language if language in LANGUAGES else "en"
        self._texts = load_words()[self.language]

    def __call__(self, key: str, **values: object) -> str:
        """Return the text of ``key`` with its ``{places}`` filled."""
        return fill(self._texts[key], values)

    def named(self, name: str, value: str) -> str:
        """Return ``value`` behind its name."""
        return self("named", name=name, value=value)

    def joined(self, joint: str, parts: Iterable[str]) -> str:
        """Return ``parts`` as one text; ``joint`` is the key of how two of them stand together."""
        return reduce(lambda one, more: self(joint, one=one, next=more), parts)

    def known(self, key: str, otherwise: str) -> str:
        """Return the text of ``key``, or ``otherwise`` where there is none: for names that data may bring."""
        return self._texts.get(key, otherwise)

    def problem(self, failure: Failure) -> str:
        """Return what is wrong with a row; in English where its kind or values are of another version's record."""
        texts, given = load_problems()[self.language], dict(failure.values)
        try:
            text = texts[f"error_{failure.code}"]
            if "problem" in given:
                given["problem"] = texts.get(f"problem_{given.get('problem_code')}", given["problem"])
            return text.format(
                **{name: one if isinstance(one, str) else self.number(one) for name, one in given.items()}
            )
        except (KeyError, TypeError):
            return failure.message

    def number(self, value: float, digits: int = 0) -> str:
        """Return ``value`` with ``digits`` decimals and its thousands set off."""
        return f"{value:,.{digits}f}"

    def percent(self, share: float | None, digits: int = 1) -> str:
        """Return a share of 1 as a percentage; a dash for None."""
        return "–" if share is None else f"{100 * share:.{digits}f}%"

    def interval(self, estimate: Estimate | None) -> str:
        """Return the ends of an interval as percentages."""
        return "–" if estimate is None else f"{100 * estimate.low:.1f}–{100 * estimate.high:.1f}"

    def estimate(self, estimate: Estimate | None) -> str:
        """Return an estimate with its interval."""
        return "–" if estimate is None else f"{self.percent(estimate.value)} ({self.interval(estimate)})"

    def weights(self, quantization: str) -> list[str]:
        """Return what is quantized, and how: nothing, the layers, the head (``nf4, head int8``)."""
        layers, _, head = quantization.partition(", head ")
        return [layers.upper()] * (layers != "none") + [self("head", form=form) for form in [head] if form]

    def thinking(self, budget: int) -> str:
        """Return how much a vote may think."""
        return self("n_budget", n=self.number(budget)) if budget else self("direct")

    def duration(self, seconds: float) -> str:
        """Return a time in the largest two units that it fills."""
        whole = round(seconds)
        hours, minutes = whole // 3600, whole % 3600 // 60
        if hours:
            return self("hours", hours=hours, minutes=minutes)
        return self("minutes", minutes=minutes, seconds=whole % 60) if minutes else self("seconds", seconds=whole)
